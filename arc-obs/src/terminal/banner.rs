//! The banner: who is observed, where the data goes, what is off. Five lines at most.

use super::{Style, Tone};
use crate::summary::shown;

/// What the banner tells.
pub(crate) struct Banner<'a> {
    pub(crate) service: &'a str,
    pub(crate) version: Option<&'a str>,
    pub(crate) environment: Option<&'a str>,
    pub(crate) served: Served,
    /// Whether prices of the user's own are in force.
    pub(crate) own_prices: bool,
    /// Whether a subscriber takes the spans.
    pub(crate) spans: bool,
}

/// Where the metrics are served.
pub(crate) enum Served {
    /// At this URL.
    #[cfg(feature = "server")]
    At(std::net::SocketAddr),
    /// Not yet: the address cannot be had, and a warning has said why.
    #[cfg(feature = "server")]
    Waiting,
    Nowhere,
}

impl Banner<'_> {
    pub(super) fn write(&self, style: Style) -> String {
        let mut lines = vec![self.title(style)];
        let mut off = Vec::new();
        match &self.served {
            #[cfg(feature = "server")]
            Served::At(address) => lines.push(format!("  metrics  http://{address}/metrics")),
            #[cfg(feature = "server")]
            Served::Waiting => {
                let text = "  metrics  not served yet: the address cannot be had (see the warning)";
                lines.push(style.paint(Tone::Warning, text));
            }
            Served::Nowhere => off.push("server"),
        }
        if self.spans {
            lines.push("  spans    to this program's tracing subscriber".to_owned());
        } else {
            off.push("spans (no tracing subscriber)");
        }
        if self.own_prices {
            lines.push("  prices   yours before the built-in".to_owned());
        }
        if !off.is_empty() {
            lines.push(style.paint(Tone::Quiet, &format!("  off      {}", off.join(", "))));
        }
        lines.iter().map(|line| format!("{line}\n")).collect()
    }

    fn title(&self, style: Style) -> String {
        let mut title = format!("{} observes {}", style.paint(Tone::Strong, "arc-obs"), shown(self.service));
        if let Some(version) = self.version {
            title.push_str(&format!(" {}", shown(version)));
        }
        if let Some(environment) = self.environment {
            title.push_str(&format!(" in {}", shown(environment)));
        }
        title
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(banner: &Banner<'_>) -> String {
        banner.write(Style { colours: false })
    }

    #[test]
    fn it_says_who_is_observed_and_what_is_off() {
        let banner = Banner {
            service: "shop\u{1b}[2J",
            version: None,
            environment: None,
            served: Served::Nowhere,
            own_prices: false,
            spans: false,
        };
        let text = "arc-obs observes shop�[2J\n  off      server, spans (no tracing subscriber)\n";
        assert_eq!(written(&banner), text);
    }

    #[test]
    #[cfg(feature = "server")]
    fn it_says_where_data_goes_in_five_lines_at_most() {
        let address = ([127, 0, 0, 1], 9090).into();
        let mut banner = Banner {
            service: "shop",
            version: Some("1.2.0"),
            environment: Some("staging"),
            served: Served::At(address),
            own_prices: false,
            spans: true,
        };
        let text = "arc-obs observes shop 1.2.0 in staging\n  metrics  http://127.0.0.1:9090/metrics\n  \
                    spans    to this program's tracing subscriber\n";
        assert_eq!(written(&banner), text);
        banner.served = Served::Waiting;
        banner.own_prices = true;
        for spans in [true, false] {
            banner.spans = spans;
            assert!(written(&banner).contains("not served yet"));
            assert!(written(&banner).contains("\n  prices   yours before the built-in\n"));
            assert!(written(&banner).lines().count() <= 5);
        }
    }
}
