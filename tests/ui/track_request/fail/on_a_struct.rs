use arc_obs::track_request;

#[track_request(method = "POST", endpoint = "/ask")]
pub struct Ask; //~ struct

fn main() {}
