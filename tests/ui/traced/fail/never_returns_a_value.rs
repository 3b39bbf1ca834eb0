use arc_obs::traced;

#[traced]
fn serve() -> ! {
    3 //~ 3
}

fn main() {
    serve();
}
