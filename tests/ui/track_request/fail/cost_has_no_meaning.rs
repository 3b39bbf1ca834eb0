use arc_obs::track_request;

#[track_request(method = "POST", endpoint = "/ask", cost = 0.5)] //~ cost
fn ask() {}

fn main() {}
