use arc_obs::traced;

macro_rules! make {
    ($name:ident, $returned:ty, $value:expr) => {
        #[traced]
        fn $name() -> $returned {
            $value
        }
    };
}

make!(open, u32, "three"); //~ "three"

fn main() {
    open();
}
