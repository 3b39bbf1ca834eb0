use arc_obs::track_workflow;

#[track_workflow(name = name)] //~ name)
fn run<N: std::fmt::Display>(name: N) -> String {
    name.to_string()
}

fn main() {
    run("daily");
}
