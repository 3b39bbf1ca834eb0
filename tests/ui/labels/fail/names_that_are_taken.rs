arc_obs::labels! {
    le: bool, //~ le
    quantile: bool, //~ quantile
    job: bool, //~ job
    instance: bool, //~ instance
    environment: bool, //~ environment
    model: bool, //~ model
    status: bool, //~ status
    r#type: bool, //~ r#type
}

fn main() {}
