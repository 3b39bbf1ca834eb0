use arc_obs::traced;

#[traced]
pub union Number { //~ union
    pub whole: u32,
    pub part: f32,
}

fn main() {}
