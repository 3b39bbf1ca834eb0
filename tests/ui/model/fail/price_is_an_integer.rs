use arc_obs::Model;

const MINE: Model = Model::new("mine").price(1, 2); //~ price

fn main() {
    let _ = MINE;
}
