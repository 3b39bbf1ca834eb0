use arc_obs::track_tool;

struct Tool {
    title: String,
}

impl Tool {
    #[track_tool(name = self.nmae)] //~ nmae
    fn call(&self) -> usize {
        self.title.len()
    }
}

fn main() {
    Tool { title: String::new() }.call();
}
