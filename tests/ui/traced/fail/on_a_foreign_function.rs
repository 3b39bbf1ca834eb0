use arc_obs::traced;

unsafe extern "C" {
    #[traced]
    fn abs(n: i32) -> i32; //~ abs
}

fn main() {
    let _ = unsafe { abs(1) };
}
