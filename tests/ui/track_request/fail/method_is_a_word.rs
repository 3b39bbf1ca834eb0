use arc_obs::track_request;

#[track_request(method = POST, endpoint = "/ask")] //~ POST
fn ask() {}

fn main() {}
