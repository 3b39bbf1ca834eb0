use arc_obs::traced;

struct Plain;

#[traced(fields(plain = Plain, vec = vec![1], path = path, unit = (), limit))] //~ Plain //~ vec![1] //~ path //~ () //~ limit
fn load(path: &std::path::Path, limit: std::time::Duration) -> bool {
    path.exists() && limit.is_zero()
}

#[traced(fields(debugged = ?Plain, %path))] //~ Plain //~ path
fn formatted(path: &std::path::Path) -> bool {
    path.exists()
}

fn main() {
    load("x".as_ref(), std::time::Duration::ZERO);
    formatted("x".as_ref());
}
