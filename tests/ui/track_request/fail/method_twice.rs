use arc_obs::track_request;

#[track_request(method = "POST", method = "GET", endpoint = "/ask")] //~ method = "GET"
fn ask() {}

fn main() {}
