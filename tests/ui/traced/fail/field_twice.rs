use arc_obs::traced;

#[traced(fields(limit, user.id = 1, limit = 2, user.id = _))] //~ limit = 2 //~ user.id = _
fn load(limit: usize) -> usize {
    limit
}

#[traced(fields(a = 1), fields(b = 2), on_success(n = |n| *n, n = |n| *n))] //~ fields(b //~ n = |n| *n))
fn lists() -> u8 {
    1
}

fn main() {
    load(1);
    lists();
}
