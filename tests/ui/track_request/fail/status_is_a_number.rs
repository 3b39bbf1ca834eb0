use arc_obs::track_request;

#[track_request(method = "POST", endpoint = "/ask", status = 201)] //~ 201
fn ask() {}

fn main() {}
