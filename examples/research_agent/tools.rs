//! The agent's tools: a search in a small library, and a page that is slow.

use std::io;
use std::time::Duration;

use arc_obs::track_tool;
use tokio::time::{self, error::Elapsed};

const LIBRARY: [(&str, &str); 4] = [
    ("cost", "A loop that asks a model once too often spends money every second and looks healthy."),
    ("latency", "Users leave after seconds; the first token matters more to them than the last."),
    ("errors", "Providers answer 429 and 529 under load, and agents retry in silence."),
    ("prices", "Providers change prices by the month; cached input costs a tenth to a half."),
];

/// Looks a topic up; most topics are there.
#[track_tool("search")]
pub(crate) async fn search(topic: &str) -> Result<String, io::Error> {
    time::sleep(Duration::from_millis(20 + 5 * topic.len() as u64)).await;
    let topic = topic.to_lowercase();
    LIBRARY
        .iter()
        .find(|(title, _)| topic.contains(title))
        .map(|(_, text)| (*text).to_owned())
        .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, format!("nothing about {topic}")))
}

/// Asks a site that seldom answers in time.
#[track_tool("fetch_page")]
pub(crate) async fn fetch_page(topic: &str) -> Result<String, Elapsed> {
    time::timeout(Duration::from_millis(120), async {
        time::sleep(Duration::from_secs(30)).await;
        format!("a page about {topic}")
    })
    .await
}
