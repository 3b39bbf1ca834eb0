use arc_obs::traced;

#[traced(on_success(len = report.len(), later = _, n = 3), on_error(code = 4))] //~ report.len() //~ _ //~ 3 //~ 4
fn load() -> Result<Vec<u8>, u8> {
    Ok(Vec::new())
}

fn main() {
    let _ = load();
}
