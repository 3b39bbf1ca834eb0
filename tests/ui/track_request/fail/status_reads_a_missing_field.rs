use arc_obs::track_request;

#[track_request(method = "POST", endpoint = "/ask", status = |answer| answer.code)] //~ code
fn ask() -> String {
    String::new()
}

fn main() {}
