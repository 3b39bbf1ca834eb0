//! A server on loopback that does what a script says, request by request.

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// What is done with one request.
#[derive(Clone, Debug)]
pub enum Step {
    /// A whole answer.
    Answer(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// The request is read, and nothing is said until the client gives up.
    Hang,
    /// An answer of which a byte comes each tenth of a second, without an end.
    Drip,
    /// The connection is reset before the request has been read.
    Reset,
    /// The connection is closed where the answer should be.
    HalfClose,
    /// An answer that ends before it is over.
    Truncated,
    /// What is no HTTP.
    Garbage,
    /// A success whose body has this many bytes.
    Long(usize),
}

impl Step {
    /// A whole answer without a body.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self::Answer(status, Vec::new(), Vec::new())
    }

    /// The same with this header.
    #[must_use]
    pub fn with(status: u16, name: &'static str, value: impl Into<String>) -> Self {
        Self::Answer(status, vec![(name, value.into())], Vec::new())
    }

    /// The same with this body.
    #[must_use]
    pub fn body(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::Answer(status, Vec::new(), body.into())
    }
}

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Request {
    /// `POST /v1/traces HTTP/1.1`
    pub line: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// As it came, packed or not.
    pub body: Vec<u8>,
    /// When.
    pub at: Instant,
}

impl Request {
    /// The value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

#[derive(Debug, Default)]
struct State {
    script: VecDeque<Step>,
    requests: Vec<Request>,
    ended: bool,
}

/// The server; it ends when it is dropped.
#[derive(Debug)]
pub struct Scripted {
    address: SocketAddr,
    shared: Arc<(Mutex<State>, Condvar)>,
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Scripted {
    /// Answers with these, one after the other, and after them all with 200.
    ///
    /// # Panics
    ///
    /// If it cannot listen.
    #[must_use]
    pub fn start(script: impl IntoIterator<Item = Step>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("loopback");
        let address = listener.local_addr().expect("bound");
        let state = State { script: script.into_iter().collect(), ..State::default() };
        let shared = Arc::new((Mutex::new(state), Condvar::new()));
        let server = Arc::clone(&shared);
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                if lock(&server.0).ended {
                    break;
                }
                // An answer is written in parts, of which none is to wait for the one before to be acknowledged.
                let _ = connection.set_nodelay(true);
                let server = Arc::clone(&server);
                // An answer is written in parts, which need not wait for each other.
                let _ = connection.set_nodelay(true);
                thread::spawn(move || while serve(&connection, &server).is_ok_and(|goes_on| goes_on) {});
            }
        });
        Self { address, shared }
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where it is.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What has come until now.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        lock(&self.shared.0).requests.clone()
    }

    /// Waits until so many have come.
    ///
    /// # Panics
    ///
    /// If they do not come in half a minute.
    pub fn wait_for(&self, requests: usize) {
        let (state, changed) = &*self.shared;
        let wait = Duration::from_secs(30);
        let (state, waited) = changed
            .wait_timeout_while(lock(state), wait, |state| state.requests.len() < requests)
            .unwrap_or_else(PoisonError::into_inner);
        assert!(!waited.timed_out(), "{} of {requests} requests came", state.requests.len());
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        lock(&self.shared.0).ended = true;
        // Wakes who accepts.
        let _ = TcpStream::connect(self.address);
    }
}

/// One request; `false` where the connection is over.
fn serve(connection: &TcpStream, (state, changed): &(Mutex<State>, Condvar)) -> io::Result<bool> {
    let mut reader = BufReader::with_capacity(64, connection);
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(false);
    }
    let mut headers = Vec::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let Some((name, value)) = header.trim_end().split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let mut request = Request { line: line.trim_end().to_owned(), headers, body: Vec::new(), at: Instant::now() };
    let step = lock(state).script.pop_front().unwrap_or(Step::status(200));
    if !matches!(step, Step::Reset) {
        let length = request.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        request.body.resize(length, 0);
        reader.read_exact(&mut request.body)?;
    }
    lock(state).requests.push(request);
    changed.notify_all();
    let mut out = connection;
    match step {
        Step::Answer(status, headers, body) => {
            write!(out, "HTTP/1.1 {status} Scripted\r\ncontent-length: {}\r\n", body.len())?;
            for (name, value) in headers {
                write!(out, "{name}: {value}\r\n")?;
            }
            out.write_all(b"\r\n")?;
            out.write_all(&body)?;
            return Ok(true);
        }
        Step::Hang => _ = out.read(&mut [0])?,
        Step::Drip => {
            out.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n")?;
            loop {
                out.write_all(b"x")?;
                thread::sleep(Duration::from_millis(100));
            }
        }
        // What has not been read when a socket is closed makes it a reset.
        Step::Reset => {}
        Step::HalfClose => connection.shutdown(Shutdown::Write)?,
        Step::Truncated => out.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")?,
        Step::Garbage => out.write_all(b"\x16\x03\x01garbage\r\n\r\n")?,
        Step::Long(bytes) => {
            write!(out, "HTTP/1.1 200 OK\r\ncontent-length: {bytes}\r\n\r\n")?;
            for _ in 0..bytes / 65_536 + 1 {
                out.write_all(&[0; 65_536])?;
            }
        }
    }
    Ok(false)
}
