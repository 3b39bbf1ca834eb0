//! The variables of OTLP: of each there is one for all signals and one for each signal, which
//! beats it.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use super::read::{Reader, Secret, boolean};
use super::resource::percent_decoded;
use super::table::{self, Setting};
use super::traces::milliseconds;

/// What the environment says of where one signal goes over OTLP.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct OtlpSettings {
    /// An address, and whether it is for all signals, so that the signal's own path is to be added.
    /// It may have a password in it.
    pub(crate) endpoint: Option<(Said<Secret>, bool)>,
    pub(crate) protocol: Option<Said<Protocol>>,
    pub(crate) headers: Option<Said<Vec<(String, Secret)>>>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) gzip: bool,
    /// Files of certificates and a key.
    pub(crate) certificate: Option<Said<PathBuf>>,
    pub(crate) client_certificate: Option<Said<PathBuf>>,
    pub(crate) client_key: Option<Said<PathBuf>>,
    /// Whether a gRPC address without a scheme is not encrypted.
    pub(crate) insecure: bool,
}

/// A value, and the variable that says it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Said<T> {
    pub(crate) variable: &'static str,
    pub(crate) value: T,
}

/// What OTLP is spoken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    Http,
    Grpc,
}

/// The rows of one signal: its own, which are asked first, and those of all signals.
pub(super) struct Rows {
    endpoint: [Setting; 2],
    protocol: [Setting; 2],
    headers: [Setting; 2],
    timeout: [Setting; 2],
    compression: [Setting; 2],
    certificate: [Setting; 2],
    client_certificate: [Setting; 2],
    client_key: [Setting; 2],
    insecure: [Setting; 2],
}

pub(super) const TRACES: Rows = Rows {
    endpoint: [table::OTLP_TRACES_ENDPOINT, table::OTLP_ENDPOINT],
    protocol: [table::OTLP_TRACES_PROTOCOL, table::OTLP_PROTOCOL],
    headers: [table::OTLP_TRACES_HEADERS, table::OTLP_HEADERS],
    timeout: [table::OTLP_TRACES_TIMEOUT, table::OTLP_TIMEOUT],
    compression: [table::OTLP_TRACES_COMPRESSION, table::OTLP_COMPRESSION],
    certificate: [table::OTLP_TRACES_CERTIFICATE, table::OTLP_CERTIFICATE],
    client_certificate: [table::OTLP_TRACES_CLIENT_CERTIFICATE, table::OTLP_CLIENT_CERTIFICATE],
    client_key: [table::OTLP_TRACES_CLIENT_KEY, table::OTLP_CLIENT_KEY],
    insecure: [table::OTLP_TRACES_INSECURE, table::OTLP_INSECURE],
};

pub(super) const METRICS: Rows = Rows {
    endpoint: [table::OTLP_METRICS_ENDPOINT, table::OTLP_ENDPOINT],
    protocol: [table::OTLP_METRICS_PROTOCOL, table::OTLP_PROTOCOL],
    headers: [table::OTLP_METRICS_HEADERS, table::OTLP_HEADERS],
    timeout: [table::OTLP_METRICS_TIMEOUT, table::OTLP_TIMEOUT],
    compression: [table::OTLP_METRICS_COMPRESSION, table::OTLP_COMPRESSION],
    certificate: [table::OTLP_METRICS_CERTIFICATE, table::OTLP_CERTIFICATE],
    client_certificate: [table::OTLP_METRICS_CLIENT_CERTIFICATE, table::OTLP_CLIENT_CERTIFICATE],
    client_key: [table::OTLP_METRICS_CLIENT_KEY, table::OTLP_CLIENT_KEY],
    insecure: [table::OTLP_METRICS_INSECURE, table::OTLP_INSECURE],
};

impl<F: Fn(&str) -> Option<OsString>> Reader<F> {
    pub(super) fn otlp(&mut self, rows: &Rows) -> OtlpSettings {
        let general = table::OTLP_ENDPOINT.name;
        let secret = |text: &str| Some(Secret::new(text.to_owned()));
        let endpoint = self.first(rows.endpoint, |from, row| from.read_secret(row, secret));
        let settings = OtlpSettings {
            endpoint: endpoint.map(|said| {
                let is_for_all = said.variable == general;
                (said, is_for_all)
            }),
            protocol: self.first(rows.protocol, |from, row| from.read(row, protocol)),
            headers: self.first(rows.headers, |from, row| from.read_secret(row, headers)),
            timeout: self.first(rows.timeout, |from, row| from.read(row, milliseconds)).map(|said| said.value),
            gzip: self.first(rows.compression, |from, row| from.read(row, gzip)).is_some_and(|said| said.value),
            certificate: self.first(rows.certificate, Self::path),
            client_certificate: self.first(rows.client_certificate, Self::path),
            client_key: self.first(rows.client_key, Self::path),
            insecure: self.first(rows.insecure, |from, row| from.read(row, boolean)).is_some_and(|said| said.value),
        };
        // What is for all signals is read once for each, and is told of once.
        let mut told = std::collections::HashSet::new();
        self.warnings.retain(|warning| told.insert(warning.clone()));
        settings
    }

    fn first<T>(
        &mut self,
        rows: [Setting; 2],
        mut read: impl FnMut(&mut Self, Setting) -> Option<T>,
    ) -> Option<Said<T>> {
        // Both are read: a value that makes no sense is told even where it is beaten.
        let [own, general] = rows.map(|row| {
            let variable = row.name;
            read(self, row).map(|value| Said { variable, value })
        });
        own.or(general)
    }
}

fn protocol(value: &str) -> Option<Protocol> {
    match value {
        "grpc" => Some(Protocol::Grpc),
        "http/protobuf" => Some(Protocol::Http),
        _ => None,
    }
}

fn gzip(value: &str) -> Option<bool> {
    match value {
        "gzip" => Some(true),
        "none" => Some(false),
        _ => None,
    }
}

/// A list as of W3C baggage: values are percent-encoded where they have to be.
fn headers(list: &str) -> Option<Vec<(String, Secret)>> {
    let members = list.split(',').map(str::trim).filter(|member| !member.is_empty());
    members
        .map(|member| {
            let (name, value) = member.split_once('=')?;
            let (name, value) = (percent_decoded(name.trim())?, percent_decoded(value.trim())?);
            (!name.is_empty()).then(|| (name, Secret::new(value)))
        })
        .collect()
}
