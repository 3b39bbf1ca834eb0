use arc_obs::track_tool;

struct Tools(String);

#[track_tool(name = self.0)] //~ 0)
impl Tools {
    fn find(&self) {}

    fn list(&self) {}
}

fn main() {
    let tools = Tools(String::new());
    tools.find();
    tools.list();
}
