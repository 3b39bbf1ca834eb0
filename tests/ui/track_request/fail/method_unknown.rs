use arc_obs::track_request;

#[track_request(method = "BREW", endpoint = "/ask")] //~ "BREW"
fn ask() {}

fn main() {}
