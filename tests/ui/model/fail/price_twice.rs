use arc_obs::Model;

const MINE: Model = Model::new("mine").price(0.2, 0.6).price(0.3, 0.6); //~ Model::new

fn main() {
    let _ = MINE;
}
