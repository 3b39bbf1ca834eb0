use arc_obs::traced;

macro_rules! make {
    ($name:ident) => {
        fn $name() {}
    };
}

#[traced]
make!(open); //~ make

fn main() {
    open();
}
