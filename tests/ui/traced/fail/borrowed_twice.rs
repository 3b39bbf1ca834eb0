use arc_obs::traced;

#[traced]
fn load(lines: &mut Vec<String>) -> usize {
    let first = &lines[0];
    lines.clear(); //~ lines
    first.len()
}

fn main() {
    load(&mut Vec::new());
}
