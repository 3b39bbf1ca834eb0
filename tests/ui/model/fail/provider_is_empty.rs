use arc_obs::Model;

const MINE: Model = Model::new("mine").provider(""); //~ Model::new

fn main() {
    let _ = MINE;
}
