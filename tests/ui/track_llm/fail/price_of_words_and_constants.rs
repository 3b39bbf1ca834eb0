use arc_obs::track_llm;

const OUTPUT: f64 = 0.6;

#[track_llm(model = "my-model", price(input = "0.2", output = OUTPUT, reasoning = f64::NAN), usage = none)] //~ "0.2" //~ OUTPUT //~ f64::NAN
fn ask() {}

fn main() {
    let _ = OUTPUT;
}
