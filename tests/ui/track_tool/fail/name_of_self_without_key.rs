use arc_obs::track_tool;

struct Tool(String);

impl Tool {
    #[track_tool(self.0)] //~ self.0
    fn call(&self) {}
}

fn main() {
    Tool(String::new()).call();
}
