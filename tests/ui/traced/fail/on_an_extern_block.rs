use arc_obs::traced;

#[traced]
unsafe extern "C" { //~ extern
    fn abs(n: i32) -> i32;
}

fn main() {
    let _ = unsafe { abs(1) };
}
