//! Who vouches for whom.

use std::path::PathBuf;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

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
