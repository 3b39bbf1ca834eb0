use arc_obs::traced;

#[traced(fields(later = tracing::field::Empty, other = Empty, debugged = ?_, ?text = text))] //~ tracing::field::Empty //~ Empty //~ ? //~ ?text
fn load(text: &str) -> usize {
    text.len()
}

fn main() {
    load("x");
}
