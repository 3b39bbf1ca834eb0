use arc_obs::traced;

struct User {
    id: u64,
}

impl User {
    #[traced(fields(self.id, ?self, text.len(), ?text.trim(), 3, pair.0, *text))] //~ self.id //~ self, //~ text.len() //~ text.trim() //~ 3 //~ pair.0 //~ *text
    fn load(&self, text: &str, pair: (u8, u8)) -> u64 {
        self.id + text.len() as u64 + u64::from(pair.0)
    }
}

fn main() {
    User { id: 1 }.load("x", (1, 2));
}
