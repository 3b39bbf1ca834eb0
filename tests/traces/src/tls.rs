//! Who vouches for whom.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::{Arc, mpsc};
use std::thread;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};

/// Vouches for others.
#[derive(Debug)]
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    /// Its own.
    pub certificate: rcgen::Certificate,
}

/// A certificate and its key.
#[derive(Debug)]
pub struct Identity {
    /// The certificate.
    pub certificate: rcgen::Certificate,
    /// Its key.
    pub key: KeyPair,
}

impl Authority {
    /// A new one.
    ///
    /// # Panics
    ///
    /// If no key can be made.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.self_signed(&key).expect("a certificate");
        Self { issuer: Issuer::new(params, key), certificate }
    }

    /// One that is called so, from the first of these years to the last.
    ///
    /// # Panics
    ///
    /// If that can be no name.
    #[must_use]
    pub fn identity(&self, host: &str, years: (i32, i32)) -> Identity {
        let mut params = CertificateParams::new(vec![host.to_owned()]).expect("a name");
        params.not_before = rcgen::date_time_ymd(years.0, 1, 1);
        params.not_after = rcgen::date_time_ymd(years.1, 1, 1);
        let key = KeyPair::generate().expect("a key");
        Identity { certificate: params.signed_by(&key, &self.issuer).expect("a certificate"), key }
    }
}

/// Takes requests over TLS, and says how each connection went: the first line of what was asked, or
/// why there was none.
///
/// # Panics
///
/// If it cannot listen.
#[must_use]
pub fn https(identity: &Identity, clients: Option<&Authority>) -> (SocketAddr, mpsc::Receiver<Result<String, String>>) {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions();
    let builder = builder.expect("there are some");
    let builder = match clients {
        Some(authority) => {
            let mut roots = RootCertStore::empty();
            roots.add(authority.certificate.der().clone()).expect("of our own making");
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
            builder.with_client_cert_verifier(verifier.expect("there is a root"))
        }
        None => builder.with_no_client_auth(),
    };
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(identity.key.serialize_der()));
    let config = builder.with_single_cert(vec![identity.certificate.der().clone()], key);
    let config = Arc::new(config.expect("its own key"));
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("loopback");
    let address = listener.local_addr().expect("bound");
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let server = ServerConnection::new(Arc::clone(&config)).expect("it may be used");
            let mut stream = StreamOwned::new(server, connection);
            let mut asked = [0; 4096];
            let said = match stream.read(&mut asked) {
                Ok(read) => {
                    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
                    Ok(String::from_utf8_lossy(&asked[..read]).lines().next().unwrap_or_default().to_owned())
                }
                Err(error) => Err(error.to_string()),
            };
            if tell.send(said).is_err() {
                break;
            }
        }
    });
    (address, told)
}

/// A file that is there as long as it is needed.
#[derive(Debug)]
pub struct TextFile(PathBuf);

impl TextFile {
    /// With this text.
    ///
    /// # Panics
    ///
    /// If it cannot be written.
    #[must_use]
    pub fn new(name: &str, text: &str) -> Self {
        let path = std::env::temp_dir().join(format!("arc-obs-traces-{}-{name}", std::process::id()));
        std::fs::write(&path, text).expect("a temporary file");
        Self(path)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &PathBuf {
        &self.0
    }
}

impl Drop for TextFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}
