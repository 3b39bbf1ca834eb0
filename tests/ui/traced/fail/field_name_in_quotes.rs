use arc_obs::traced;

#[traced(fields("user.id" = 1, "x-request-id" = 2), on_success("n" = |n| *n))] //~ "user.id" //~ "x-request-id" //~ "n"
fn load() -> u8 {
    1
}

fn main() {
    load();
}
