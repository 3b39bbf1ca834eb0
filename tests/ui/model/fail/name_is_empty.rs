use arc_obs::Model;

const MINE: Model = Model::new(" "); //~ Model::new

fn main() {
    let _ = MINE;
}
