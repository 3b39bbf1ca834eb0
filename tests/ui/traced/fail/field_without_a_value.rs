use arc_obs::traced;

#[traced(fields(limit = , user.id =))] //~ limit //~ user.id
fn load(limit: usize) -> usize {
    limit
}

#[traced(on_success(len), on_error(code =))] //~ len //~ code
fn result() -> Result<u8, u8> {
    Ok(1)
}

fn main() {
    load(1);
    let _ = result();
}
