use arc_obs::track_request;

#[track_request(method = "POST")] //~ #[track_request
fn ask() {}

fn main() {}
