use arc_obs::traced;

#[traced]
struct Load; //~ struct

fn main() {
    let _ = Load;
}
