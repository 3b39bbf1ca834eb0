use arc_obs::track_request;

#[track_request(method = "GET", endpoint = "/ask?q=1")] //~ "/ask?q=1"
fn ask() {}

fn main() {}
