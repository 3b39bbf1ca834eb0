use arc_obs::track_request;

#[track_request(method = "GET", endpoint = "ask")] //~ "ask"
fn ask() {}

fn main() {}
