use arc_obs::Model;

const MINE: Model = Model::new("mine").price(0.2, 2_000_000.0); //~ Model::new

fn main() {
    let _ = MINE;
}
