use arc_obs::traced;

trait Shop {
    #[traced]
    type Order; //~ type
    #[traced]
    const OPEN: bool; //~ const
}

fn main() {}
