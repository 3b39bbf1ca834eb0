use arc_obs::traced;

#[traced]
pub const unsafe extern "C" fn one() -> u8 { //~ const
    1
}

fn main() {
    const ONE: u8 = unsafe { one() };
    assert_eq!(ONE, 1);
}
