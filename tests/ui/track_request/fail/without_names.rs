use arc_obs::track_request;

#[track_request("POST", "/ask")] //~ "POST" //~ "/ask" //~ #[track_request
fn ask() {}

fn main() {}
