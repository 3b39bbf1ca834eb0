use arc_obs::traced;

#[derive(Debug)]
struct Report {
    title: String,
}

#[traced(on_success(whole = |report| report, title = |report| report.titel.as_str(), two = |a, b| 1))] //~ |report| report, //~ titel //~ |a, b|
fn load() -> Result<Report, u8> {
    Ok(Report { title: String::new() })
}

fn main() {
    println!("{:?}", load().map(|report| report.title));
}
