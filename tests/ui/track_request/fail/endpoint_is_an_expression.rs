use arc_obs::track_request;

#[track_request(method = "GET", endpoint = path)] //~ path
fn ask(path: &str) -> usize {
    path.len()
}

fn main() {}
