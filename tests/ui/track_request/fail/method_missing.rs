use arc_obs::track_request;

#[track_request(endpoint = "/ask")] //~ #[track_request
fn ask() {}

fn main() {}
