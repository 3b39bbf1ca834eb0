use arc_obs::track_tool;

#[track_tool("a_name_that_has_one_character_more_than_a_name_may_have_altogethe")] //~ "a_name
fn search() {}

fn main() {}
