use arc_obs::traced;

arc_obs::labels! { first: bool }

#[traced(labels(first = first?))] //~ ?
fn serve(first: Option<bool>) -> Option<bool> {
    first
}

fn main() {
    serve(None);
}
