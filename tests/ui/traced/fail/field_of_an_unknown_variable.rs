use arc_obs::traced;

#[traced(fields(limt, user = usr.id))] //~ limt //~ usr
fn load(limit: usize) -> usize {
    limit
}

fn main() {
    load(1);
}
