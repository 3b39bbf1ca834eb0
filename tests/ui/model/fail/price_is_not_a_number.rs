use arc_obs::Model;

const MINE: Model = Model::new("mine").price(f64::NAN, 0.6); //~ Model::new

fn main() {
    let _ = MINE;
}
