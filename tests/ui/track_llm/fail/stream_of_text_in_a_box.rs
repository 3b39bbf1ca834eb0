use futures::stream::{BoxStream, StreamExt};

#[arc_obs::track_llm(model = "gpt-4o", stream)]
async fn ask() -> Result<BoxStream<'static, Result<String, std::io::Error>>, std::io::Error> { //~ Result
    Ok(futures::stream::iter([Ok("tea".to_owned())]).boxed())
}

fn main() {
    drop(ask());
}
