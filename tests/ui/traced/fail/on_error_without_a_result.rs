use arc_obs::traced;

#[traced(on_error(code = |error| error.code()))] //~ on_error
fn plain() -> u8 {
    1
}

#[traced(on_error(shown = %|error| error))] //~ on_error
async fn later() -> Option<u8> {
    None
}

fn main() {
    plain();
    drop(later());
}
