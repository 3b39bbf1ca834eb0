use arc_obs::track_request;

#[track_request(method = "post", endpoint = "/ask")] //~ "post"
fn ask() {}

fn main() {}
