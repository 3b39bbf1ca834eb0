use arc_obs::traced;

#[traced(fields(?user, user.id = user.id, plan.steps.first = _, plan.steps = _))] //~ user.id //~ plan.steps = _
fn load(user: User) -> u64 {
    user.id
}

#[derive(Debug)]
struct User {
    id: u64,
}

fn main() {
    load(User { id: 1 });
}
