use arc_obs::track_request;

#[track_request(method = "GET", endpoint = "")] //~ ""
fn ask() {}

fn main() {}
