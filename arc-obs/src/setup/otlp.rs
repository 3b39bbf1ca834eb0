//! Where OTLP goes: what the builder is told, else what the environment says.

use crate::error::{InitError, InitErrorKind};
use crate::export::otlp::{Credentials, Otlp, Signal, Target};
use crate::redact::Redaction;
use crate::settings::{ExporterName, OtlpSettings, Protocol, Said, Settings};
use crate::transport::{Headers, Url};

use super::notice;

/// Each receiver of a signal.
///
/// # Errors
///
/// If what the builder was told cannot be used. What the environment says in vain is warned of.
pub(super) fn targets(
    given: &[Otlp],
    settings: &Settings,
    signal: Signal,
    redaction: &Redaction,
) -> Result<Vec<Target>, InitError> {
    let mut targets = said(given, settings, signal)?;
    targets.iter_mut().for_each(|target| target.redaction = redaction.clone());
    Ok(targets)
}

fn said(given: &[Otlp], settings: &Settings, signal: Signal) -> Result<Vec<Target>, InitError> {
    if settings.disabled {
        return Ok(Vec::new());
    }
    if !given.is_empty() {
        let targets = given.iter().map(|otlp| otlp.target(signal));
        return targets.collect::<Result<_, _>>().map_err(|why| InitError::new(InitErrorKind::Otlp { why }));
    }
    let (exporter, said) = match signal {
        Signal::Traces => (settings.traces.exporter, &settings.otlp_traces),
        Signal::Metrics => (settings.metrics.exporter, &settings.otlp_metrics),
    };
    let wanted = match exporter {
        Some(ExporterName::None) => false,
        Some(ExporterName::Otlp) => true,
        None => said.endpoint.is_some(),
    };
    if !wanted {
        return Ok(Vec::new());
    }
    match of_environment(said, signal) {
        Ok(target) => Ok(vec![target]),
        Err(why) => {
            notice::warn(&format!("no {} are exported: {why}", signal.as_str()));
            Ok(Vec::new())
        }
    }
}

/// What the environment says, or which variable keeps it from being used, without its value.
fn of_environment(said: &OtlpSettings, signal: Signal) -> Result<Target, String> {
    let is_grpc = said.protocol.as_ref().is_some_and(|protocol| protocol.value == Protocol::Grpc);
    if is_grpc && !cfg!(feature = "otlp-grpc") {
        let variable = said.protocol.as_ref().map_or("", |protocol| protocol.variable);
        return Err(format!(
            "`{variable}` is `grpc`, which this program has not: build arc-obs with its feature `otlp-grpc`, or say \
             `http/protobuf`"
        ));
    }
    let blame = |variable: &str, why: &str| format!("`{variable}` cannot be used: {why}");
    let url = match &said.endpoint {
        Some((endpoint, is_for_all)) => {
            let text = endpoint.value.reveal();
            let bare = is_grpc && !text.contains("://");
            let url = match (bare, said.insecure) {
                (true, true) => Url::parse(&format!("http://{text}")),
                (true, false) => Url::parse(&format!("https://{text}")),
                (false, _) => Url::parse(text),
            };
            let url = url.map_err(|why| blame(endpoint.variable, &why))?;
            if *is_for_all && !is_grpc { url.join(&signal.path()) } else { url }
        }
        None if is_grpc => Url::parse("http://localhost:4317")?,
        None => Url::parse("http://localhost:4318")?.join(&signal.path()),
    };
    let mut headers = Headers::default();
    if let Some(said) = &said.headers {
        for (name, value) in &said.value {
            headers.set(name, value.reveal()).map_err(|why| blame(said.variable, &why))?;
        }
    }
    let identity = match (&said.client_certificate, &said.client_key) {
        (Some(certificate), Some(key)) => Some((certificate.value.clone(), key.value.clone())),
        (None, None) => None,
        (Some(Said { variable, .. }), None) => return Err(format!("`{variable}` is set, and its key is not")),
        (None, Some(Said { variable, .. })) => return Err(format!("`{variable}` is set, and its certificate is not")),
    };
    let authorities = said.certificate.as_ref().map(|certificate| certificate.value.as_path());
    let variables = [&said.certificate, &said.client_certificate, &said.client_key];
    let files = || variables.into_iter().flatten().map(|said| format!("`{}`", said.variable)).collect::<Vec<_>>();
    let tls = Credentials { authorities, identity: identity.as_ref() }
        .read()
        .map_err(|why| format!("{} cannot be used: {why}", files().join(" or ")))?;
    tls.check().map_err(|error| format!("{} cannot be used: {error}", files().join(" or ")))?;
    Ok(Target {
        name: "otlp",
        url,
        is_grpc,
        headers,
        timeout: said.timeout.unwrap_or(Otlp::TIMEOUT),
        gzip: said.gzip,
        tls,
        redaction: Redaction::default(),
    })
}
