use arc_obs::track_cache;

#[track_cache("a_name_that_has_one_character_more_than_a_name_may_have_altogethe")] //~ "a_name
fn get() -> Option<u8> {
    None
}

fn main() {}
