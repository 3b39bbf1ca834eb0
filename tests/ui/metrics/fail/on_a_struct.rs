#[arc_obs::metrics(prefix = "shop")]
pub struct Shop; //~ struct

fn main() {}
