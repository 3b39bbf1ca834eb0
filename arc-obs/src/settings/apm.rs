//! What the environment says of the back ends of others, in their own variables.

use std::ffi::OsString;

use super::read::Reader;
use super::table;

/// What the environment says of them. What it does not say is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Apm {
    /// The address of Datadog's agent.
    #[cfg(feature = "datadog")]
    pub(crate) datadog_agent: Option<super::Secret>,
    /// What Datadog alone is told of the process.
    #[cfg(feature = "datadog")]
    pub(crate) datadog_unified: Unified,
    #[cfg(feature = "newrelic")]
    pub(crate) newrelic_key: Option<super::Secret>,
    #[cfg(feature = "sentry")]
    pub(crate) sentry_dsn: Option<super::Secret>,
    #[cfg(feature = "sentry")]
    pub(crate) sentry_release: Option<String>,
    #[cfg(feature = "sentry")]
    pub(crate) sentry_environment: Option<String>,
}

impl Apm {
    pub(super) fn read(from: &mut Reader<impl Fn(&str) -> Option<OsString>>) -> Self {
        Self {
            #[cfg(feature = "datadog")]
            datadog_agent: datadog_agent(from),
            #[cfg(feature = "datadog")]
            datadog_unified: Unified {
                service: from.text(table::DATADOG_SERVICE),
                environment: from.text(table::DATADOG_ENV),
                version: from.text(table::DATADOG_VERSION),
                tags: from.read(table::DATADOG_TAGS, tags).unwrap_or_default(),
            },
            #[cfg(feature = "newrelic")]
            newrelic_key: from.read_secret(table::NEW_RELIC_KEY, |key| Some(super::Secret::new(key.to_owned()))),
            #[cfg(feature = "sentry")]
            sentry_dsn: from.read_secret(table::SENTRY_DSN, |dsn| Some(super::Secret::new(dsn.to_owned()))),
            #[cfg(feature = "sentry")]
            sentry_release: from.text(table::SENTRY_RELEASE),
            #[cfg(feature = "sentry")]
            sentry_environment: from.text(table::SENTRY_ENVIRONMENT),
        }
    }
}

/// What is said in Datadog's own words of a process ("unified service tagging").
#[cfg(feature = "datadog")]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Unified {
    pub(crate) service: Option<String>,
    pub(crate) environment: Option<String>,
    pub(crate) version: Option<String>,
    pub(crate) tags: Vec<(String, String)>,
}

/// All of them, or none if one makes no sense.
#[cfg(feature = "datadog")]
fn tags(list: &str) -> Option<Vec<(String, String)>> {
    let tags = list.split([',', ' ']).map(str::trim).filter(|tag| !tag.is_empty());
    let split = |tag: &str| tag.split_once(':').filter(|(key, _)| !key.is_empty()).map(owned);
    tags.map(split).collect()
}

#[cfg(feature = "datadog")]
fn owned((key, value): (&str, &str)) -> (String, String) {
    (key.to_owned(), value.to_owned())
}

/// An address as a whole, or put together of a host and a port.
#[cfg(feature = "datadog")]
fn datadog_agent(from: &mut Reader<impl Fn(&str) -> Option<OsString>>) -> Option<super::Secret> {
    // It may have a password in it.
    let whole = from.read_secret(table::DATADOG_URL, |url| Some(super::Secret::new(url.to_owned())));
    // Read in any case: a value that makes no sense is told even where it is beaten.
    let host = from.text(table::DATADOG_HOST);
    let port = from.read(table::DATADOG_PORT, |port| port.parse::<u16>().ok().filter(|port| *port > 0));
    if whole.is_some() || (&host, port) == (&None, None) {
        return whole;
    }
    let host = host.unwrap_or_else(|| "127.0.0.1".to_owned());
    let is_bare_ipv6 = host.parse::<std::net::Ipv6Addr>().is_ok();
    let host = if is_bare_ipv6 { format!("[{host}]") } else { host };
    Some(super::Secret::new(format!("http://{host}:{}", port.unwrap_or(8126))))
}

#[cfg(all(test, feature = "datadog"))]
mod tests {
    use super::super::Settings;

    fn agent(environment: &[(&str, &str)]) -> (Option<String>, usize) {
        let settings =
            Settings::read(|name| environment.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into()));
        let agent = settings.apm.datadog_agent.map(|agent| agent.reveal().to_owned());
        (agent, settings.warnings.len())
    }

    #[test]
    fn tags_of_datadogs_stand_between_commas_or_spaces() {
        let read = |list: &'static str| {
            let settings = Settings::read(|name| (name == "DD_TAGS").then(|| list.into()));
            let tags = settings.apm.datadog_unified.tags.into_iter().map(|(key, value)| format!("{key}={value}"));
            (tags.collect::<Vec<_>>().join(" "), settings.warnings.len())
        };
        for (list, expected, warnings) in [
            ("team:search,region:eu", "team=search region=eu", 0),
            ("team:search region:eu", "team=search region=eu", 0),
            (" a:b , , c:d:e ", "a=b c=d:e", 0),
            ("a:", "a=", 0),
            ("team", "", 1),
            (":search", "", 1),
        ] {
            assert_eq!(read(list), (expected.to_owned(), warnings), "{list}");
        }
    }

    #[test]
    fn an_agent_of_datadogs_is_found_by_its_address_or_host_and_port() {
        for (environment, expected, warnings) in [
            (&[][..], None, 0),
            (&[("DD_AGENT_HOST", "agent")], Some("http://agent:8126"), 0),
            (&[("DD_AGENT_HOST", "::1")], Some("http://[::1]:8126"), 0),
            (&[("DD_TRACE_AGENT_PORT", "18126")], Some("http://127.0.0.1:18126"), 0),
            (&[("DD_AGENT_HOST", "agent"), ("DD_TRACE_AGENT_PORT", "1")], Some("http://agent:1"), 0),
            (&[("DD_AGENT_HOST", "agent"), ("DD_TRACE_AGENT_PORT", "x")], Some("http://agent:8126"), 1),
            (&[("DD_AGENT_HOST", "agent"), ("DD_TRACE_AGENT_URL", "http://b:2")], Some("http://b:2"), 0),
        ] {
            assert_eq!(agent(environment), (expected.map(str::to_owned), warnings), "{environment:?}");
        }
    }
}
