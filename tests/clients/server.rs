//! A provider on the loopback: it gives the answers that it is given, recorded ones or streams, each once.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use arc_obs_tests::responses::Recorded;

/// Listens, and answers one request with this answer. Gives the address back.
pub(crate) fn answering(recorded: &Recorded) -> String {
    answering_each([recorded.text()])
}

/// The same of a stream of `tests/streams`, as server-sent events.
pub(crate) fn streaming(name: &str) -> String {
    let file = format!("{}/../streams/{name}.jsonl", env!("CARGO_MANIFEST_DIR"));
    let events = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{file}: {error}"));
    let event = |line: &str| {
        let event: serde_json::Value = serde_json::from_str(line).unwrap();
        // Anthropic names its events outside of them, too.
        let name = event["type"].as_str().map(|name| format!("event: {name}\n")).unwrap_or_default();
        format!("{name}data: {line}\n\n")
    };
    let events: String = events.lines().map(event).collect();
    answering_each([format!("{events}data: [DONE]\n\n")])
}

/// Listens, and answers one request after the other with these answers: JSON, or a stream
/// of events. Gives the address back.
pub(crate) fn answering_each(answers: impl IntoIterator<Item = String>) -> String {
    // The clients speak plain HTTP here, but where the whole workspace is built, the
    // example's features give their reqwest a TLS that must be told what to use.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let answers: Vec<String> = answers.into_iter().collect();
    thread::spawn(move || {
        for answer in answers {
            answer_one(listener.accept().unwrap().0, &answer);
        }
    });
    format!("http://{address}")
}

fn answer_one(mut stream: TcpStream, answer: &str) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let (mut line, mut length) = (String::new(), 0);
    while reader.read_line(&mut line).unwrap() > 2 {
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        line.clear();
    }
    reader.read_exact(&mut vec![0; length]).unwrap();
    let content_type = if answer.starts_with("data:") { "text/event-stream" } else { "application/json" };
    let head = format!("HTTP/1.1 200 OK\r\ncontent-type: {content_type}\r\nconnection: close");
    write!(stream, "{head}\r\ncontent-length: {}\r\n\r\n{answer}", answer.len()).unwrap();
}
