use arc_obs::track_tool;

struct Scan {
    dollars: f64,
}

#[track_tool("scan", cost = |scan| scan.dolars)] //~ dolars
fn scan() -> Scan {
    Scan { dollars: 0.5 }
}

fn main() {
    let _ = scan().dollars;
}
