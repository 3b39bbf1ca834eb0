use arc_obs::track_request;

#[track_request(method = "GET", endpoint = "/ask me")] //~ "/ask me"
fn ask() {}

fn main() {}
