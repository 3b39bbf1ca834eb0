use arc_obs::track_request;

#[track_request(method = "POST", endpoint = "/ask", status = |_| "created")] //~ |_|
fn ask() {}

fn main() {}
