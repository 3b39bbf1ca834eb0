//! Whom OTLP trusts, and as whom it is sent (X09).
#![allow(missing_docs)]

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use arc_obs::export::Otlp;
use arc_obs::track_tool;
use arc_obs_trace_tests::collector::Collector;
use arc_obs_trace_tests::heard::{counted, counted_since, counts, heard, listen};
use arc_obs_trace_tests::tls::{Authority, Identity, TextFile, https};
use arc_obs_trace_tests::tracing_with;

#[track_tool("search")]
fn search() {}

fn outcome(otlp: Otlp) -> (BTreeMap<String, u64>, Vec<String>) {
    let tracing = tracing_with(|builder| {
        listen();
        builder.otlp(otlp.timeout(Duration::from_secs(5)))
    });
    let before = counted("otlp");
    let _ = heard();
    search();
    tracing.obs().shutdown_blocking(Duration::from_secs(10)).unwrap();
    (counted_since(&before, "otlp"), heard())
}

#[test]
fn who_is_not_to_be_trusted_gets_nothing() {
    let authority = Authority::new("ours");
    let trusted = TextFile::new("authority.pem", &authority.certificate.pem());
    let other = Authority::new("another").identity("localhost", (2020, 2090));
    for (what, identity, words) in [
        ("expired", authority.identity("localhost", (2020, 2021)), "expired"),
        ("not valid yet", authority.identity("localhost", (2080, 2090)), "not valid yet"),
        ("another host", authority.identity("collector.example", (2020, 2090)), "not valid for"),
        ("unknown", other, "UnknownIssuer"),
    ] {
        let (address, told) = https(&identity, None);
        for otlp in [Otlp::http, Otlp::grpc] {
            let url = format!("https://localhost:{}", address.port());
            let (counted, heard) = outcome(otlp(url).certificate_file(trusted.path()));
            assert_eq!(counted, counts(&[("accepted", 1), ("tls", 1)]), "{what}: {heard:?}");
            assert_eq!(heard.len(), 1, "{heard:?}");
            assert!(heard[0].starts_with("WARN") && heard[0].contains(words), "{what}: {heard:?}");
            assert!(told.recv().unwrap().is_err(), "{what}: it was sent something");
        }
    }
}

/// Whom the system does not trust either.
#[test]
fn without_a_certificate_file_the_system_says_who_is_trusted() {
    let (address, told) = https(&Authority::new("another").identity("localhost", (2020, 2090)), None);
    let (counted, heard) = outcome(Otlp::http(format!("https://localhost:{}", address.port())));
    assert_eq!(counted, counts(&[("accepted", 1), ("tls", 1)]), "{heard:?}");
    assert!(told.recv().unwrap().is_err());
}

#[test]
fn a_server_without_tls_is_sent_nothing() {
    for otlp in [Otlp::http, Otlp::grpc] {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = thread::spawn(move || {
            let (mut connection, _) = listener.accept().unwrap();
            let mut asked = [0; 4096];
            let read = connection.read(&mut asked).unwrap();
            let _ = connection.write_all(b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n");
            asked[..read].to_vec()
        });
        let (counted, heard) = outcome(otlp(format!("https://localhost:{port}")));
        assert_eq!(counted, counts(&[("accepted", 1), ("tls", 1)]), "{heard:?}");
        assert!(heard[0].contains("the server does not speak TLS"), "{heard:?}");
        assert_eq!(asked.join().unwrap()[0], 0x16, "the begin of a TLS connection and nothing else");
    }
}

#[test]
fn who_is_trusted_takes_it() {
    let authority = Authority::new("ours");
    let trusted = TextFile::new("own.pem", &authority.certificate.pem());
    let (address, told) = https(&authority.identity("localhost", (2020, 2090)), None);
    let otlp = Otlp::http(format!("https://localhost:{}", address.port())).certificate_file(trusted.path());
    let (counted, heard) = outcome(otlp);
    assert_eq!(counted, counts(&[("accepted", 1), ("delivered", 1)]), "{heard:?}");
    assert_eq!(told.recv().unwrap().unwrap(), "POST /v1/traces HTTP/1.1");
}

#[test]
fn a_server_may_want_to_know_who_we_are() {
    let authority = Authority::new("ours");
    let trusted = TextFile::new("mutual.pem", &authority.certificate.pem());
    let client = authority.identity("client", (2020, 2090));
    let certificate = TextFile::new("client.pem", &client.certificate.pem());
    let key = TextFile::new("client.key", &client.key.serialize_pem());
    let (address, told) = https(&authority.identity("localhost", (2020, 2090)), Some(&authority));
    let otlp = || Otlp::http(format!("https://localhost:{}", address.port())).certificate_file(trusted.path());

    let (counted, heard) = outcome(otlp());
    assert_eq!(counted, counts(&[("accepted", 1), ("tls", 1)]), "{heard:?}");
    assert!(told.recv().unwrap().is_err());

    let (counted, heard) = outcome(otlp().client_certificate_files(certificate.path(), key.path()));
    assert_eq!(counted, counts(&[("accepted", 1), ("delivered", 1)]), "{heard:?}");
    assert_eq!(told.recv().unwrap().unwrap(), "POST /v1/traces HTTP/1.1");
}

#[test]
fn over_grpc_it_is_the_same() {
    let authority = Authority::new("ours");
    let trusted = TextFile::new("grpc.pem", &authority.certificate.pem());
    let known = [&authority, &Authority::new("another")].map(|authority| authority.identity("client", (2020, 2090)));
    let files = |name: &str, identity: &Identity| {
        let certificate = TextFile::new(&format!("grpc-{name}.pem"), &identity.certificate.pem());
        (certificate, TextFile::new(&format!("grpc-{name}.key"), &identity.key.serialize_pem()))
    };
    let (known, stranger) = (files("known", &known[0]), files("stranger", &known[1]));
    let collector = Collector::over_tls(&authority.identity("localhost", (2020, 2090)), Some(&authority));
    let otlp =
        || Otlp::grpc(format!("https://localhost:{}", collector.address().port())).certificate_file(trusted.path());
    let with =
        |(certificate, key): &(TextFile, TextFile)| otlp().client_certificate_files(certificate.path(), key.path());
    for otlp in [otlp(), with(&stranger)] {
        let (counted, heard) = outcome(otlp);
        // With TLS 1.3 a client has long begun to ask when it is told that it may not, and may hear
        // of nothing but that the connection has ended.
        let is_it = |reason| counted == counts(&[("accepted", 1), (reason, 1)]);
        assert!(is_it("tls") || is_it("unreachable"), "{counted:?}: {heard:?}");
        assert_eq!((heard.len(), collector.calls().len()), (1, 0), "{heard:?}");
        assert!(heard[0].contains("fatal alert") || heard[0].contains("it broke off: "), "{heard:?}");
    }
    for otlp in [with(&known), with(&known).gzip()] {
        let (counted, heard) = outcome(otlp);
        assert_eq!(counted, counts(&[("accepted", 1), ("delivered", 1)]), "{heard:?}");
        let calls: Vec<_> = collector.calls().iter().map(|call| call.spans).collect();
        assert_eq!((calls, heard.len()), (vec![1], 0));
    }
}
