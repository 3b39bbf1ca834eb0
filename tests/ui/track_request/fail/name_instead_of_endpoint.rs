use arc_obs::track_request;

#[track_request(name = "ask", method = "POST", endpoint = "/ask")] //~ name
fn ask() {}

fn main() {}
