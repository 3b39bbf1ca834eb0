use arc_obs::traced;

#[traced]
fn load(text: &str) -> u32 {
    text.parse::<u32>()? //~ ?
}

fn main() {
    load("1");
}
