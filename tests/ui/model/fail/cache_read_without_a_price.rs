use arc_obs::Model;

const MINE: Model = Model::new("mine").cache_read(0.1); //~ Model::new

fn main() {
    let _ = MINE;
}
