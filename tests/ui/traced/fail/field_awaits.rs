use arc_obs::traced;

async fn price() -> u8 {
    1
}

#[traced(fields(price = price().await))] //~ await
async fn load() {}

#[traced(fields(n = "1".parse::<u8>()?))] //~ ?
async fn parse() -> Result<(), std::num::ParseIntError> {
    Ok(())
}

fn main() {
    drop(load());
    drop(parse());
}
