//! A receiver for tests, which answers as it is told.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::Target;
use crate::redact::Redaction;
use crate::transport::{Headers, TlsConfig, Url};

/// When each request came, and how large it was.
pub(in crate::export) type Requests = Arc<Mutex<Vec<(Instant, usize)>>>;

/// A server of one connection, which answers with these, and then takes all.
pub(in crate::export) async fn server(
    script: &'static [&'static str],
) -> (Target, Requests, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let requests = Requests::default();
    let seen = Arc::clone(&requests);
    let server = tokio::spawn(async move {
        let mut script = script.iter();
        let (mut connection, _) = listener.accept().await.unwrap();
        let mut asked = Vec::new();
        while connection.read_buf(&mut asked).await.unwrap() > 0 {
            let text = String::from_utf8_lossy(&asked);
            let Some((head, _)) = text.split_once("\r\n\r\n") else { continue };
            let length =
                head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
            let whole = head.len() + 4 + length.unwrap_or(0);
            if asked.len() >= whole {
                seen.lock().unwrap().push((Instant::now(), length.unwrap_or(0)));
                asked.drain(..whole);
                let head = script.next().unwrap_or(&"200 OK");
                let answer = format!("HTTP/1.1 {head}\r\ncontent-length: 0\r\n\r\n");
                connection.write_all(answer.as_bytes()).await.unwrap();
            }
        }
    });
    let target = Target {
        name: "otlp",
        url: Url::parse(&url).unwrap(),
        is_grpc: false,
        headers: Headers::default(),
        timeout: Duration::from_secs(10),
        gzip: false,
        tls: TlsConfig::default(),
        redaction: Redaction::default(),
    };
    (target, requests, server)
}
