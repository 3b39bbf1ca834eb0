use arc_obs::track_request;

#[track_request(method = "POST", endpoint = "https://example.org/ask")] //~ "https://example.org/ask"
fn ask() {}

fn main() {}
