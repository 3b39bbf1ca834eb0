use arc_obs::traced;

#[traced]
fn later(text: &'static str) -> impl Future<Output = Result<u32, std::fmt::Error>> {
    async move {
        let n = text.parse()?; //~ parse
        Ok(n)
    }
}

fn main() {
    drop(later("1"));
}
