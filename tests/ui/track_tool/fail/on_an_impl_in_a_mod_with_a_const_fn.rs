use arc_obs::track_tool;

#[track_tool]
mod search {
    pub struct Index;

    impl Index {
        pub const fn new() -> Self { //~ const
            Self
        }

        #[arc_obs::skip]
        pub const fn len(&self) -> usize {
            0
        }

        pub fn find(&self) {}
    }
}

fn main() {
    let index = search::Index::new();
    index.len();
    index.find();
}
