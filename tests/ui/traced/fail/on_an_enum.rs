use arc_obs::traced;

#[traced]
/// What to load.
#[derive(Debug)]
pub(crate) enum Load { //~ enum
    All,
}

fn main() {
    let _ = Load::All;
}
