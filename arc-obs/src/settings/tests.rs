use std::collections::HashMap;

use super::read::Terminal;
use super::table::{Row, TABLE};
use super::*;

fn read(environment: &[(&str, &str)]) -> Settings {
    let environment: HashMap<_, _> = environment.iter().copied().collect();
    Settings::read(|name| environment.get(name).map(Into::into))
}

fn attributes(resource: &Resource) -> Vec<(&str, &str)> {
    resource.attributes().collect()
}

#[test]
fn nothing_set_says_nothing() {
    let empty: Vec<_> = TABLE.iter().map(|row| (row.setting.name, "")).collect();
    let blank: Vec<_> = TABLE.iter().map(|row| (row.setting.name, "  ")).collect();
    for environment in [vec![], empty, blank] {
        let settings = read(&environment);
        assert!(!settings.disabled);
        assert_eq!(settings.resource, Resource::default());
        assert_eq!((settings.prices_file, settings.terminal), (None, None));
        assert_eq!(settings.warnings, Vec::<String>::new());
        #[cfg(feature = "server")]
        assert_eq!((settings.listen, settings.metrics_token), (None, None));
    }
}

#[test]
fn a_value_that_makes_no_sense_is_warned_of_and_counts_as_not_set() {
    for (name, value) in [
        ("OTEL_SDK_DISABLED", "1"),
        ("OTEL_SDK_DISABLED", "yes"),
        ("OTEL_RESOURCE_ATTRIBUTES", "service.name"),
        ("ARC_OBS_TERMINAL", "true"),
        #[cfg(feature = "traces")]
        ("OTEL_PROPAGATORS", "tracecontext,jaeger"),
        #[cfg(feature = "traces")]
        ("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "yes"),
        #[cfg(feature = "traces")]
        ("OTEL_SPAN_EVENT_COUNT_LIMIT", "-1"),
        #[cfg(feature = "server")]
        ("ARC_OBS_LISTEN", "9090"),
        #[cfg(feature = "server")]
        ("ARC_OBS_LISTEN", "::1:9090"),
        #[cfg(feature = "server")]
        ("ARC_OBS_LISTEN", "metrics.example:9090"),
        #[cfg(feature = "server")]
        ("ARC_OBS_LISTEN", "localhost:"),
        #[cfg(feature = "server")]
        ("OTEL_EXPORTER_PROMETHEUS_HOST", "metrics.example"),
        #[cfg(feature = "server")]
        ("OTEL_EXPORTER_PROMETHEUS_PORT", "banana"),
        #[cfg(feature = "server")]
        ("OTEL_EXPORTER_PROMETHEUS_PORT", "65536"),
        #[cfg(feature = "server")]
        ("OTEL_EXPORTER_PROMETHEUS_PORT", "-1"),
        #[cfg(feature = "server")]
        ("OTEL_EXPORTER_PROMETHEUS_PORT", "9464\n9465"),
    ] {
        let settings = read(&[(name, value)]);
        let [warning] = &settings.warnings[..] else { panic!("{name}={value}: {:?}", settings.warnings) };
        let Row { setting, .. } = TABLE.iter().find(|row| row.setting.name == name).unwrap();
        for part in [name, &value.escape_debug().to_string(), setting.takes, setting.preset] {
            assert!(warning.contains(part), "{part}: {warning}");
        }
        assert!(!warning.contains('\n'), "{warning}");
        assert!(!settings.disabled && settings.terminal.is_none());
        assert_eq!(settings.resource, Resource::default());
        #[cfg(feature = "server")]
        assert_eq!(settings.listen, None, "{name}={value}");
    }
}

#[test]
fn a_long_value_is_not_shown_whole() {
    let settings = read(&[("OTEL_SDK_DISABLED", &"ä".repeat(1 << 20))]);
    assert!(settings.warnings[0].len() < 1_000, "{}", settings.warnings[0].len());
    assert!(settings.warnings[0].contains("ää…"));
}

#[cfg(unix)]
#[test]
fn a_value_that_is_no_text_is_warned_of_but_may_be_a_path() {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;

    let settings = Settings::read(|name| {
        let here = ["OTEL_SERVICE_NAME", "ARC_OBS_PRICES_FILE"].contains(&name);
        here.then(|| OsString::from_vec(vec![b'a', 0xff]))
    });
    assert_eq!(settings.warnings.len(), 1, "{:?}", settings.warnings);
    assert!(settings.warnings[0].contains("`OTEL_SERVICE_NAME` is `a\u{fffd}`"), "{}", settings.warnings[0]);
    assert_eq!(settings.resource, Resource::default());
    assert_eq!(settings.prices_file.unwrap().into_os_string().into_vec(), [b'a', 0xff]);
}

#[test]
fn disabled_is_true_in_any_case_and_nothing_else() {
    for (value, disabled) in [("true", true), ("TRUE", true), ("True ", true), ("false", false), ("FALSE", false)] {
        let settings = read(&[("OTEL_SDK_DISABLED", value)]);
        assert_eq!((settings.disabled, settings.warnings.len()), (disabled, 0), "{value}");
    }
    for (value, terminal) in [("auto", Terminal::Auto), ("On", Terminal::On), ("OFF", Terminal::Off)] {
        assert_eq!(read(&[("ARC_OBS_TERMINAL", value)]).terminal, Some(terminal));
    }
}

#[test]
fn a_list_of_attributes_is_read_whole_or_not_at_all() {
    for (list, expected) in [
        ("team=a", vec![("team", "a")]),
        (" team = a , zone=b ", vec![("team", "a"), ("zone", "b")]),
        ("team=a%2Cb%3D%25,k%2Cey=1", vec![("k,ey", "1"), ("team", "a,b=%")]),
        ("team=%C3%A4+b", vec![("team", "ä+b")]),
        ("team=ä b", vec![("team", "ä b")]),
        ("team=a,team=b", vec![("team", "b")]),
        ("team=", vec![("team", "")]),
        ("team=YQ==", vec![("team", "YQ==")]),
        ("team=a,,zone=b,", vec![("team", "a"), ("zone", "b")]),
        ("service.name=,service.version= ", vec![]),
        ("service.name=%20", vec![]),
    ] {
        let settings = read(&[("OTEL_RESOURCE_ATTRIBUTES", list)]);
        assert_eq!(attributes(&settings.resource), expected, "{list}");
        assert!(settings.warnings.is_empty(), "{list}: {:?}", settings.warnings);
    }
    for list in
        ["team", "team=a,zone", "=a", "%20%=a", "team=%", "team=%4", "team=%zz", "team=%ff", "t%eam=a", "a=b,=c"]
    {
        let settings = read(&[("OTEL_RESOURCE_ATTRIBUTES", list)]);
        assert_eq!(attributes(&settings.resource), [], "{list}");
        assert_eq!(settings.warnings.len(), 1, "{list}");
    }
}

#[test]
fn single_variables_beat_the_list() {
    let list = "service.name=listed,service.version=1,deployment.environment=old,deployment.environment.name=new";
    let resource = read(&[("OTEL_RESOURCE_ATTRIBUTES", list)]).resource;
    assert_eq!(resource.service_name(), "listed");
    assert_eq!(resource.service_version(), Some("1"));
    assert_eq!(resource.environment(), Some("new"));
    assert!(attributes(&resource).contains(&("deployment.environment", "new")), "{resource:?}");

    let resource = read(&[("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment=old,a=b")]).resource;
    assert_eq!(resource.environment(), Some("old"));
    assert_eq!(resource.service_name(), "unknown_service");
    assert!(attributes(&resource).contains(&("a", "b")), "{resource:?}");

    let settings = read(&[
        ("OTEL_RESOURCE_ATTRIBUTES", list),
        ("OTEL_SERVICE_NAME", " named "),
        ("ARC_OBS_SERVICE_VERSION", "2"),
        ("ARC_OBS_ENVIRONMENT", "mine"),
    ]);
    assert_eq!(
        attributes(&settings.resource),
        [
            ("deployment.environment", "mine"),
            ("deployment.environment.name", "mine"),
            ("service.name", "named"),
            ("service.version", "2")
        ]
    );
}

#[cfg(feature = "server")]
#[test]
fn where_it_listens() {
    let on = |address: &str| Some(Listen::On(address.parse().unwrap()));
    for (whole, host, port, expected) in [
        ("", "", "", None),
        ("", "", "9464", on("127.0.0.1:9464")),
        ("", "0.0.0.0", "", on("0.0.0.0:9090")),
        ("", "LocalHost", "1", on("127.0.0.1:1")),
        ("", "::1", "0", on("[::1]:0")),
        ("", "[::1]", "2", on("[::1]:2")),
        ("", "nowhere.example", "3", on("127.0.0.1:3")),
        ("", "0.0.0.0", "none", on("0.0.0.0:9090")),
        ("off", "0.0.0.0", "9464", Some(Listen::Off)),
        ("OFF", "", "", Some(Listen::Off)),
        ("10.0.0.1:80", "0.0.0.0", "9464", on("10.0.0.1:80")),
        ("[::]:80", "", "", on("[::]:80")),
        ("localhost:80", "", "", on("127.0.0.1:80")),
        ("somewhere", "", "9464", on("127.0.0.1:9464")),
    ] {
        let settings = read(&[
            ("ARC_OBS_LISTEN", whole),
            ("OTEL_EXPORTER_PROMETHEUS_HOST", host),
            ("OTEL_EXPORTER_PROMETHEUS_PORT", port),
        ]);
        assert_eq!(settings.listen, expected, "{whole} {host} {port}");
    }
}

#[cfg(feature = "server")]
#[test]
fn a_token_is_kept_and_never_shown() {
    let token = |text: &str| Some(TokenSource::Value(Secret::new(text.to_owned())));
    let file = |path: &str| Some(TokenSource::File(path.into()));
    for (value, path, expected) in [
        ("s3cret", "", token("s3cret")),
        (" s3cret\n", "/run/token", token("s3cret")),
        ("", "/run/token", file("/run/token")),
        // No token can be so, which must not be the same as none.
        ("two words", "", token("two words")),
    ] {
        let settings = read(&[("ARC_OBS_METRICS_TOKEN", value), ("ARC_OBS_METRICS_TOKEN_FILE", path)]);
        let shown = format!("{settings:?}");
        assert_eq!(settings.metrics_token, expected);
        assert!(!shown.contains("s3cret") && !shown.contains("two words"), "{shown}");
    }
}

#[cfg(all(feature = "datadog", feature = "newrelic", feature = "sentry", feature = "server"))]
#[test]
fn the_documentation_has_the_table_as_it_is() {
    const BEGIN: &str = "--lib settings -->\n";
    const END: &str = "<!-- end -->";
    let mut table = "| variable | takes | preset | what it does | beaten by |\n|---|---|---|---|---|\n".to_owned();
    for Row { setting, does, beaten_by } in TABLE {
        table += &format!("| `{}` | {} | {} | {does} | {beaten_by} |\n", setting.name, setting.takes, setting.preset);
    }
    let docs = include_str!("../docs/settings.md");
    let (before, rest) = docs.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    // Without the empty line it would be part of the comment before it.
    let expected = format!("{before}{BEGIN}\n{table}\n{END}{after}");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/settings.md"), &expected).unwrap();
    } else {
        assert_eq!(docs, expected, "UPDATE_DOCS=1 cargo test -p arc-obs --all-features --lib settings");
    }
}

#[cfg(feature = "traces")]
#[test]
fn propagators_are_a_list() {
    use Propagator::{B3, B3Multi, Baggage, TraceContext};
    for (value, expected) in [
        ("", None),
        ("tracecontext,baggage", Some(vec![TraceContext, Baggage])),
        (" B3 , b3multi", Some(vec![B3, B3Multi])),
        ("none", Some(Vec::new())),
    ] {
        assert_eq!(read(&[("OTEL_PROPAGATORS", value)]).propagators, expected, "{value}");
    }
}

#[cfg(feature = "traces")]
#[test]
fn where_content_goes_and_how_much_a_span_may_have() {
    for (value, expected) in [
        ("", None),
        ("no_content", Some(ContentCapture::Off)),
        ("false", Some(ContentCapture::Off)),
        ("true", Some(ContentCapture::Span)),
        ("SPAN_ONLY", Some(ContentCapture::Span)),
        ("EVENT_ONLY", Some(ContentCapture::Event)),
        ("SPAN_AND_EVENT", Some(ContentCapture::SpanAndEvent)),
    ] {
        assert_eq!(read(&[("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", value)]).content, expected, "{value}");
    }
    let limits = read(&[
        ("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "100"),
        ("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "50"),
        ("OTEL_ATTRIBUTE_COUNT_LIMIT", "10"),
        ("OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", "5"),
        ("OTEL_SPAN_EVENT_COUNT_LIMIT", "7"),
    ])
    .limits;
    let expected = Limits {
        value_length: Some(50),
        attributes: Some(10),
        event_attributes: Some(5),
        events: Some(7),
        links: None,
    };
    assert_eq!(limits, expected);
}
