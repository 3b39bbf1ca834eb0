//! The metrics server among clients that mean it harm, over raw sockets: whatever
//! they do, the next scrape is answered and nothing of them is left.
#![allow(missing_docs)]

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use arc_obs::Observability;
use arc_obs_tests::http::{ask, get};
use arc_obs_tests::page;
use arc_obs_tests::programs::poll;

const LOOPBACK: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
const MEGABYTE: usize = 1 << 20;

/// A process has one `init`, and one table of open files.
fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A running server, and how many files were open before anybody asked.
struct Server {
    obs: Observability,
    address: SocketAddr,
    files: Option<usize>,
}

impl Server {
    fn start() -> Self {
        let obs = arc_obs::builder().service_name("hardening").listen(LOOPBACK).install().unwrap();
        let address = obs.local_addr().unwrap();
        // The first scrape opens what stays open; then it must end.
        assert_eq!(get(address, "/metrics").unwrap().status, 200);
        let mut last = None;
        let files = poll(Duration::from_secs(5), || {
            let now = open_files();
            (std::mem::replace(&mut last, now) == now).then_some(now)
        });
        Self { obs, address, files: files.flatten() }
    }

    fn scrapes(&self, after: &str) {
        for path in ["/metrics", "/livez", "/readyz"] {
            match get(self.address, path) {
                Ok(answer) => assert_eq!(answer.status, 200, "{path} after {after}"),
                Err(error) => panic!("{path} after {after}: {error}"),
            }
        }
    }

    fn is_as_before(&self, after: &str) {
        self.scrapes(after);
        let Some(before) = self.files else { return };
        let settled = poll(Duration::from_secs(10), || open_files().filter(|now| *now <= before));
        assert!(settled.is_some(), "{after}: {:?} files are open, {before} were", open_files());
    }

    /// Sends these bytes, as far as they are taken, and reads what there is to read.
    fn say(&self, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.set_write_timeout(Some(Duration::from_secs(20))).unwrap();
        // It may be cut off in the middle, which is an answer, too.
        let _ = stream.write_all(bytes);
        let mut answer = Vec::new();
        let mut buffer = [0; 4096];
        while let Ok(n @ 1..) = stream.read(&mut buffer) {
            answer.extend_from_slice(&buffer[..n]);
        }
        String::from_utf8_lossy(&answer).into_owned()
    }
}

/// How many files this process has open; `None` where nobody tells.
fn open_files() -> Option<usize> {
    std::fs::read_dir("/proc/self/fd").ok().map(Iterator::count)
}

fn status(answer: &str) -> Option<u16> {
    answer.strip_prefix("HTTP/1.1 ")?.split(' ').next()?.parse().ok()
}

fn refused(reason: &str) -> f64 {
    page::value("arc_obs_server_refused_total", &[("reason", reason)]).unwrap()
}

#[test]
fn what_is_no_good_request_is_refused_or_cut_off() {
    let _turn = turn();
    let server = Server::start();
    let get = |rest: &str| format!("GET /metrics HTTP/1.1\r\nhost: x\r\n{rest}\r\n").into_bytes();
    let long = "x".repeat(MEGABYTE);
    let many = (0..200).fold(String::new(), |mut all, n| {
        let _ = write!(all, "h{n}: x\r\n");
        all
    });
    let endless = format!("transfer-encoding: chunked\r\n\r\n{}", "400\r\n".repeat(100_000));
    let mut hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec();
    hello.extend_from_slice(&[0x5a; 500]);
    let cases: [(&str, Vec<u8>, &[u16]); 18] = [
        ("a header of 1 MB", get(&format!("x: {long}\r\n")), &[431]),
        ("a header's name of 1 MB", get(&format!("{long}: x\r\n")), &[431]),
        ("a URL of 1 MB", format!("GET /{long} HTTP/1.1\r\n\r\n").into_bytes(), &[414, 431]),
        ("a method of 1 MB", format!("{long} / HTTP/1.1\r\n\r\n").into_bytes(), &[400, 431]),
        ("200 headers", get(&many), &[431]),
        ("a body of 1 MB", get(&format!("content-length: {MEGABYTE}\r\n\r\n{long}")), &[200]),
        ("a body that is announced only", get("content-length: 9999999999\r\n"), &[200]),
        ("a body of endless chunks", get(&endless), &[200]),
        ("a chunk of 2^64 - 1 bytes", get("transfer-encoding: chunked\r\n\r\nffffffffffffffff\r\nx"), &[200]),
        ("two lengths", get("content-length: 1\r\ncontent-length: 2\r\n"), &[400]),
        ("a negative length", get("content-length: -1\r\n"), &[400]),
        ("the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".to_vec(), &[400]),
        ("a TLS handshake", hello, &[400]),
        ("garbage", (0..=255).cycle().skip(128).take(10_000).collect(), &[400]),
        ("zeroes", vec![0; MEGABYTE], &[400]),
        ("line ends", b"\r\n".repeat(100_000), &[400, 431]),
        ("an old version", b"GET /metrics HTTP/0.9\r\n\r\n".to_vec(), &[400, 505]),
        ("a header without a colon", get("no colon here\r\n"), &[400]),
    ];
    for (name, bytes, expected) in cases {
        let answer = server.say(&bytes);
        // A client that still sends when it is answered may see the end before the answer.
        assert!(status(&answer).is_none_or(|status| expected.contains(&status)), "{name}: {answer:.200}");
        server.is_as_before(name);
    }
    // The small ones are answered for sure.
    let before = refused("bad_request");
    assert_eq!(status(&server.say(b"GET / HTTP/1.1\r\nno colon\r\n\r\n")), Some(400));
    assert_eq!(status(&server.say(&[&get("")[..], &[b'x'; 100]].concat())), Some(200));
    assert_eq!(poll(Duration::from_secs(5), || (refused("bad_request") > before).then_some(())), Some(()));
}

#[test]
fn a_client_that_sends_for_ever_is_cut_off() {
    let _turn = turn();
    let server = Server::start();
    for head in ["content-length: 999999999999", "transfer-encoding: chunked"] {
        let mut stream = TcpStream::connect(server.address).unwrap();
        stream.set_write_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.write_all(format!("POST /metrics HTTP/1.1\r\nhost: x\r\n{head}\r\n\r\n").as_bytes()).unwrap();
        let chunk = [&b"10000\r\n"[..], &[b'x'; 0x10000], b"\r\n"].concat();
        // A gigabyte, which is refused long before.
        let sent = (0..16_384).take_while(|_| stream.write_all(&chunk).is_ok()).count();
        assert!(sent < 1_024, "{head}: {sent} pieces of 64 KiB were taken");
        drop(stream);
        server.is_as_before(head);
    }
}

#[test]
fn one_request_per_connection() {
    let _turn = turn();
    let server = Server::start();
    let one = "GET /livez HTTP/1.1\r\nhost: x\r\nconnection: keep-alive\r\n\r\n";
    for times in [2, 100] {
        let answer = server.say(one.repeat(times).as_bytes());
        assert_eq!(answer.matches("HTTP/1.1 200").count(), 1, "{answer}");
        assert!(answer.contains("connection: close"), "{answer}");
    }
    server.is_as_before("pipelining");
}

#[test]
fn every_method_and_path_has_its_answer() {
    let _turn = turn();
    let server = Server::start();
    for (method, path, expected) in [
        ("GET", "/", 200),
        ("GET", "/livez?verbose", 200),
        ("HEAD", "/metrics", 200),
        ("HEAD", "/livez", 200),
        ("HEAD", "/nowhere", 404),
        ("GET", "/nowhere", 404),
        ("GET", "/metrics/", 404),
        ("GET", "/metrics/../livez", 404),
        ("GET", "//metrics", 404),
        ("GET", "http://elsewhere.example/livez", 200),
        ("OPTIONS", "/metrics", 405),
        ("OPTIONS", "*", 405),
        ("POST", "/livez", 405),
        ("PUT", "/readyz", 405),
        ("DELETE", "/metrics", 405),
        ("TRACE", "/", 405),
        ("PATCH", "/nowhere", 405),
        ("CONNECT", "elsewhere.example:443", 405),
        ("BREW", "/metrics", 405),
        ("get", "/metrics", 405),
    ] {
        let answer = ask(server.address, method, path, &[]).unwrap();
        assert_eq!(answer.status, expected, "{method} {path}");
        assert_eq!(answer.header("allow"), (expected == 405).then_some("get, head"), "{method} {path}");
        assert!(method != "HEAD" || answer.body.is_empty(), "{path}: {}", answer.text());
    }
    // What is asked for is no label of anything.
    let series = || arc_obs::registry().gather().iter().map(|family| family.get_metric().len()).sum::<usize>();
    let before = series();
    for n in 0..100 {
        assert_eq!(ask(server.address, "GET", &format!("/unknown/{n}"), &[]).unwrap().status, 404);
    }
    assert_eq!(series(), before);
    server.is_as_before("all methods");
}

#[test]
fn any_host_is_answered() {
    let _turn = turn();
    let server = Server::start();
    for head in [
        "HTTP/1.1\r\nhost: evil.example\r\n",
        "HTTP/1.1\r\nhost: metrics.internal:9090\r\n",
        "HTTP/1.1\r\nhost: [::1]:9090\r\n",
        "HTTP/1.1\r\nhost: \r\n",
        "HTTP/1.1\r\nhost: a\r\nhost: b\r\n",
        // RFC 9112 would have 400 here; hyper leaves that to its user, and nothing depends on it.
        "HTTP/1.1\r\n",
        "HTTP/1.0\r\n",
    ] {
        let answer = server.say(format!("GET /metrics {head}\r\n").as_bytes());
        let status = answer.split(' ').nth(1);
        assert_eq!(status, Some("200"), "{head:?}: {answer:.200}");
        assert!(answer.contains("arc_obs_server_up 1\n"), "{head:?}");
    }
    let by_name = TcpStream::connect(("localhost", server.address.port())).unwrap();
    drop(by_name);
    server.is_as_before("any host");
}

#[test]
fn slow_senders_hold_up_no_scrape() {
    let _turn = turn();
    let server = Server::start();
    let before = refused("too_many_connections");
    let connect = || {
        let stream = TcpStream::connect(server.address).unwrap();
        stream.set_nonblocking(true).unwrap();
        stream
    };
    let mut slow: Vec<_> = (0..200).map(|_| connect()).collect();
    for byte in b"GET /metrics HTTP/1.1\r\nx: xxxxx" {
        for stream in &mut slow {
            // Who was cut off comes again.
            if stream.write_all(&[*byte]).is_err() {
                *stream = connect();
            }
        }
        let began = Instant::now();
        server.scrapes("a byte of each");
        assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    }
    assert!(refused("too_many_connections") > before, "who gives way is counted");
    drop(slow);
    server.is_as_before("slow senders");
}

#[test]
fn clients_that_go_away_in_the_middle_leave_nothing() {
    let _turn = turn();
    let server = Server::start();
    let request = b"GET /metrics HTTP/1.1\r\nhost: x\r\naccept-encoding: gzip\r\n\r\n";
    for length in 0..=request.len() {
        for how in [None, Some(Shutdown::Write), Some(Shutdown::Both)] {
            let mut stream = TcpStream::connect(server.address).unwrap();
            stream.write_all(&request[..length]).unwrap();
            if let Some(how) = how {
                stream.shutdown(how).unwrap();
            }
        }
    }
    server.is_as_before("clients that went away");
}

/// Not a test of its own: the clients of the next one, in a process of their own,
/// since one process may have no more than 1024 open files.
#[test]
fn idle_clients() {
    let Some(address) = std::env::var(IDLE_CLIENTS).ok() else { return };
    let address: SocketAddr = address.parse().unwrap();
    let idle: Vec<_> = (0..IDLE_PER_PROCESS).map(|_| TcpStream::connect(address).unwrap()).collect();
    println!("{OPEN}");
    // Until the parent closes it.
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
    drop(idle);
}

const IDLE_CLIENTS: &str = "ARC_OBS_TEST_IDLE_CLIENTS";
const IDLE_PER_PROCESS: usize = 850;
const IDLE_PROCESSES: usize = 12;
const OPEN: &str = "all are open";

/// Kills it if the test fails before it ends by itself.
struct Clients(Child);

impl Drop for Clients {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn ten_thousand_idle_connections_hold_up_no_scrape() {
    let _turn = turn();
    let server = Server::start();
    let before = refused("too_many_connections");
    let mut clients: Vec<_> = (0..IDLE_PROCESSES)
        .map(|_| {
            let child = Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "idle_clients", "--nocapture"])
                .env(IDLE_CLIENTS, server.address.to_string())
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            Clients(child)
        })
        .collect();
    let outputs: Vec<_> = clients.iter_mut().map(|client| client.0.stdout.take().unwrap()).collect();
    let all_open = std::thread::spawn(move || {
        let mut outputs: Vec<_> = outputs.into_iter().map(BufReader::new).collect();
        let all = outputs.iter_mut().all(|output| output.lines().any(|line| line.unwrap().contains(OPEN)));
        // Whose output is closed cannot end well.
        (all, outputs)
    });
    // While they come a scrape may have to wait, or to ask again: it has 20 ms to ask
    // once it is let in, of a CPU that twelve others want, too.
    let mut longest = Duration::ZERO;
    while !all_open.is_finished() {
        let began = Instant::now();
        let answered = (0..3).any(|_| get(server.address, "/metrics").is_ok_and(|answer| answer.status == 200));
        assert!(answered, "no scrape was answered among {IDLE_PROCESSES} clients that connect");
        longest = longest.max(began.elapsed());
    }
    let (all_open, outputs) = all_open.join().unwrap();
    assert!(all_open, "a process could not open its connections");
    server.scrapes("all idle clients");
    // What Prometheus waits for an answer.
    assert!(longest < Duration::from_secs(10), "{longest:?}");
    let cut_off = refused("too_many_connections") - before;
    assert!(cut_off >= (IDLE_PER_PROCESS * IDLE_PROCESSES - 65) as f64, "{cut_off}");
    for client in &mut clients {
        drop(client.0.stdin.take());
        assert!(client.0.wait().unwrap().success());
    }
    drop(outputs);
    server.is_as_before("10 000 idle clients");
    server.obs.shutdown_blocking(Duration::from_secs(5)).unwrap();
}

#[test]
fn a_token_guards_every_path_and_a_wrong_one_tells_nothing() {
    const TOKEN: &str = "9f86d081884c7d659a2feaa0c55ad015";
    let _turn = turn();
    let folder = std::env::temp_dir().join(format!("arc-obs-token-{}", std::process::id()));
    std::fs::write(&folder, format!("\n {TOKEN}\r\n")).unwrap();
    let builder = || arc_obs::builder().service_name("hardening").listen(LOOPBACK);
    for builder in [builder().metrics_token(TOKEN), builder().metrics_token("other").metrics_token_file(&folder)] {
        assert!(!format!("{builder:?}").contains(TOKEN), "{builder:?}");
        let obs = builder.install().unwrap();
        assert!(!format!("{obs:?}").contains(TOKEN), "{obs:?}");
        let address = obs.local_addr().unwrap();
        let before = refused("unauthorized");
        let mut asked = 0.0;
        for path in ["/metrics", "/livez", "/readyz", "/", "/nowhere"] {
            for (method, authorization) in [
                ("GET", None),
                ("HEAD", None),
                ("POST", None),
                ("GET", Some("authorization: Bearer wrong".to_owned())),
                ("GET", Some("authorization: Bearer".to_owned())),
                ("GET", Some(format!("authorization: Basic {TOKEN}"))),
                ("GET", Some(format!("authorization: Bearer {TOKEN}x"))),
                ("GET", Some(format!("x-authorization: Bearer {TOKEN}"))),
                ("GET", Some(format!("authorization: Bearer {TOKEN}\r\nauthorization: Bearer {TOKEN}"))),
            ] {
                let headers: Vec<_> = authorization.iter().map(String::as_str).collect();
                let answer = ask(address, method, path, &headers).unwrap();
                assert_eq!(answer.status, 401, "{method} {path} {headers:?}");
                assert_eq!(answer.header("www-authenticate"), Some("bearer"));
                assert_eq!(answer.text(), "");
                asked += 1.0;
            }
            let right = ask(address, "GET", path, &[&format!("authorization: bearer {TOKEN}")]).unwrap();
            assert_eq!(right.status, if path == "/nowhere" { 404 } else { 200 }, "{path}");
            assert!(!right.text().contains(TOKEN));
        }
        assert_eq!(refused("unauthorized") - before, asked);
        // A server of the user's own has its own guard.
        let own = arc_obs::metrics_handler().answer(&http::Method::GET, &http::HeaderMap::new());
        assert!(own.status().is_success());
    }
    std::fs::remove_file(&folder).unwrap();
}

#[test]
fn what_can_be_no_token_is_an_error_that_does_not_show_it() {
    let _turn = turn();
    let folder = std::env::temp_dir().join(format!("arc-obs-no-token-{}", std::process::id()));
    let install = |builder: arc_obs::Builder| builder.service_name("hardening").listen(LOOPBACK).install().unwrap_err();
    for (token, why) in [
        ("", "it is empty"),
        ("se cret", "visible ASCII"),
        ("secret\n", "visible ASCII"),
        ("secretö", "visible ASCII"),
        (&"secret".repeat(1_000), "longer than 4096 bytes"),
    ] {
        let given = install(arc_obs::builder().metrics_token(token));
        std::fs::write(&folder, token.replace('\n', " \u{7}")).unwrap();
        let read = install(arc_obs::builder().metrics_token_file(&folder));
        for error in [given, read] {
            assert!(error.is_invalid_metrics_token(), "{error}");
            let shown = format!("{error} {error:?}");
            assert!(shown.contains(why) && !shown.contains("cret"), "{shown}");
        }
    }
    std::fs::remove_file(&folder).unwrap();
    let missing = install(arc_obs::builder().metrics_token_file(&folder));
    assert!(missing.is_invalid_metrics_token(), "{missing}");
    assert!(missing.to_string().contains(folder.to_str().unwrap()), "{missing}");
    assert!(std::error::Error::source(&missing).is_some());
    // Nothing is left half-started.
    Server::start().is_as_before("wrong tokens");
}
