//! Whom a request trusts, and as whom it is made.

use std::fmt;
use std::sync::Arc;

use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};

use super::TransportError;
use super::failure::Fault;

/// Whom to trust instead of those that the system trusts, and who we are; both in PEM.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct TlsConfig {
    /// Certificates of which one has to vouch for the server; `None`: those of the system.
    pub(crate) authorities: Option<Vec<u8>>,
    /// Our own certificate and its key.
    pub(crate) identity: Option<(Vec<u8>, Vec<u8>)>,
}

impl fmt::Debug for TlsConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsConfig")
            .field("authorities", &self.authorities.is_some())
            .field("identity", &self.identity.is_some())
            .finish()
    }
}

impl TlsConfig {
    /// # Errors
    ///
    /// If what is in it can be no certificate or no key.
    pub(crate) fn check(&self) -> Result<(), TransportError> {
        self.for_rustls().map(drop)
    }

    /// For rustls, with its own cryptography (`ring`), whatever the program or another crate has
    /// made the process's default.
    pub(super) fn for_rustls(&self) -> Result<ClientConfig, TransportError> {
        let wrong = |message: String| TransportError::new(Fault::Configuration, message);
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| wrong(error.to_string()))?;
        let builder = match &self.authorities {
            Some(pem) => builder.with_root_certificates(roots(pem).map_err(wrong)?),
            None => match rustls_platform_verifier::Verifier::new(provider) {
                Ok(verifier) => {
                    let verifier: Arc<dyn ServerCertVerifier> = Arc::new(verifier);
                    builder.dangerous().with_custom_certificate_verifier(verifier)
                }
                // A container without any: `http://` works, `https://` trusts nobody.
                Err(_) => builder.with_root_certificates(RootCertStore::empty()),
            },
        };
        let Some((certificate, key)) = &self.identity else { return Ok(builder.with_no_client_auth()) };
        let chain = certificates(certificate).map_err(|why| wrong(format!("the client's certificate: {why}")))?;
        let key = PrivateKeyDer::from_pem_slice(key)
            .map_err(|_| wrong("the client's key is none in PEM (`-----BEGIN PRIVATE KEY-----`)".to_owned()))?;
        builder
            .with_client_auth_cert(chain, key)
            .map_err(|error| wrong(format!("the client's certificate and key do not go together: {error}")))
    }
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let read = read.map_err(|error| format!("it cannot be read: {error}"))?;
    if read.is_empty() {
        return Err("there is no certificate in PEM in it (`-----BEGIN CERTIFICATE-----`)".to_owned());
    }
    Ok(read)
}

fn roots(pem: &[u8]) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(pem).map_err(|why| format!("the certificates to trust: {why}"))? {
        roots.add(certificate).map_err(|error| format!("the certificates to trust: {error}"))?;
    }
    Ok(roots)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_certificate_is_told_and_not_shown() {
        let s3cret = b"s3cret".to_vec();
        for tls in [
            TlsConfig { authorities: Some(s3cret.clone()), identity: None },
            TlsConfig { authorities: None, identity: Some((s3cret.clone(), s3cret.clone())) },
        ] {
            let error = tls.for_rustls().unwrap_err();
            assert_eq!(error.fault(), Fault::Configuration);
            assert!(error.to_string().contains("BEGIN CERTIFICATE"), "{error}");
            assert!(!format!("{tls:?} {error:?} {error}").contains("s3cret"), "{tls:?} {error}");
        }
        assert!(TlsConfig::default().for_rustls().is_ok());
    }
}
