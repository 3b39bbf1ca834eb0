use arc_obs::track_request;

#[track_request(method = "PSOT", endpoint = "/ask")] //~ "PSOT"
fn ask() {}

fn main() {}
