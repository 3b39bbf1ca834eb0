//! What the environment changes, from outside: each case in a process of its own,
//! since a process has one environment and one `init`.
#![allow(missing_docs)]

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::process::Command;
use std::time::Duration;

use arc_obs::{Builder, InitError, Observability};
use arc_obs_tests::http::ask;
use arc_obs_tests::page;

/// Says to the child which of the programs it is.
const PROGRAM: &str = "ARC_OBS_TEST_PROGRAM";
/// An address of the loopback that is not the preset, where there is another.
const OTHER: &str = if cfg!(target_os = "linux") { "127.0.0.2" } else { "127.0.0.1" };
const TOKEN: &str = "s3cret-of-the-environment";

/// The programs of the children: what is called in code.
fn program(name: &str) -> Result<Observability, InitError> {
    let loopback = || arc_obs::builder().listen(([127, 0, 0, 1], 0).into());
    let called = || -> Builder { arc_obs::builder().service_name("called").service_version("9").environment("called") };
    match name {
        "init" => arc_obs::init("preset"),
        "builder" => arc_obs::builder().install(),
        "called" => called().no_server().install(),
        "listens" => loopback().install(),
        "has a price" => called().no_server().price("settings-model", arc_obs::Price::new(7.0, 7.0)).install(),
        "has a file" => called().no_server().prices_file(std::env::var("TEST_PRICES").unwrap()).install(),
        "shows nothing" => called().no_server().terminal(arc_obs::Terminal::Off).install(),
        "has a token" => loopback().metrics_token("called-token").install(),
        other => panic!("no program {other}"),
    }
}

/// Not a test of its own: the program of a child.
#[test]
fn child() {
    let Ok(name) = std::env::var(PROGRAM) else { return };
    #[arc_obs::traced]
    fn settings_child() {}

    let tell = |key: &str, value: &dyn std::fmt::Display| println!("\n@{key}={value}");
    let obs = match program(&name) {
        Ok(obs) => obs,
        Err(error) => return tell("error", &error),
    };
    settings_child();
    let resource = obs.resource();
    tell("name", &resource.service_name());
    tell("version", &resource.service_version().unwrap_or("none"));
    tell("environment", &resource.environment().unwrap_or("none"));
    for (key, value) in resource.attributes() {
        tell(key, &value);
    }
    let info = page::family("arc_app_info").unwrap();
    let labels: Vec<_> = info.get_metric()[0].get_label().iter().map(|pair| pair.value().to_owned()).collect();
    tell("info", &labels.join(","));
    let million = arc_obs::Usage::new(1_000_000, 0);
    let price = arc_obs::prices().cost("settings-model", &million);
    tell("price", &price.map_or_else(|why| why.to_string(), |cost| cost.total().to_string()));
    if let Some(file) = std::env::var_os("TEST_PRICES_LATER") {
        let reloaded = || obs.reload_prices().map_or_else(|error| error.to_string(), |()| "read".to_owned());
        tell("still", &reloaded());
        tell("failures", &page::value("arc_obs_price_reload_failures_total", &[]).unwrap());
        std::fs::copy(file, std::env::var_os("ARC_OBS_PRICES_FILE").unwrap()).unwrap();
        tell("later", &reloaded());
        let price = arc_obs::prices().cost("settings-model", &million);
        tell("price later", &price.map_or_else(|why| why.to_string(), |cost| cost.total().to_string()));
    }
    tell("counted", &page::operation("settings_child", "success"));
    tell("up", &page::value("arc_obs_server_up", &[]).unwrap());
    tell("threads", &threads(|name| !name.contains("clock")));
    tell("threads and the clock's", &threads(|_| true));
    if let Some(address) = obs.local_addr() {
        tell("ip", &address.ip());
        tell("address", &address);
        let status = |headers: &[&str]| ask(address, "GET", "/metrics", headers).unwrap().status;
        tell("open", &status(&[]));
        tell("with the environment's token", &status(&[&format!("authorization: Bearer {TOKEN}")]));
        tell("with the builder's token", &status(&["authorization: Bearer called-token"]));
    }
    obs.shutdown_blocking(Duration::from_secs(5)).unwrap();
    tell("ended", &"well");
}

/// How many threads are ours and of these, by their names. The clock's ends by
/// itself, sooner or later.
fn threads(these: fn(&str) -> bool) -> usize {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let names = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("comm")).ok());
    names.filter(|name| name.starts_with("arc-obs") && these(name)).count()
}

struct Said {
    facts: BTreeMap<String, String>,
    /// What it said of its own accord.
    warnings: Vec<String>,
    err: String,
}

impl Said {
    fn fact(&self, key: &str) -> Option<&str> {
        self.facts.get(key).map(String::as_str)
    }

    fn warnings_of(&self, name: &str) -> usize {
        self.warnings.iter().filter(|line| line.contains(&format!("`{name}`"))).count()
    }
}

/// Runs a program with nothing but these variables of those that arc-obs reads.
fn run(program: &str, environment: &[(&str, &str)]) -> Said {
    let mut command = Command::new(std::env::current_exe().unwrap());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("OTEL_") || name.to_string_lossy().starts_with("ARC_OBS_") {
            command.env_remove(name);
        }
    }
    let output = command
        .args(["--exact", "child", "--nocapture", "--test-threads=1"])
        .env(PROGRAM, program)
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{program} {environment:?}:\n{out}\n{err}");
    let facts = out.lines().filter_map(|line| line.strip_prefix('@')?.split_once('='));
    let facts: BTreeMap<_, _> = facts.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
    let warnings = err.lines().filter(|line| line.starts_with("arc-obs: ")).map(str::to_owned).collect();
    assert!(facts.contains_key("ended") || facts.contains_key("error"), "{out}\n{err}");
    Said { facts, warnings, err: err.into_owned() }
}

#[test]
fn presets_are_beaten_by_the_environment_and_that_by_the_builder() {
    const OFF: (&str, &str) = ("ARC_OBS_LISTEN", "off");
    const LIST: (&str, &str) = (
        "OTEL_RESOURCE_ATTRIBUTES",
        "service.name=listed,service.version=1%2C5,deployment.environment=old,team=%C3%A4=,zone=",
    );
    let single = [("OTEL_SERVICE_NAME", "named"), ("ARC_OBS_SERVICE_VERSION", "2"), ("ARC_OBS_ENVIRONMENT", "mine")];
    let all = [&[OFF, LIST][..], &single].concat();
    let empty = [("OTEL_SERVICE_NAME", ""), ("OTEL_RESOURCE_ATTRIBUTES", ""), ("ARC_OBS_ENVIRONMENT", " "), OFF];
    for (program, environment, expected) in [
        ("init", vec![OFF], ["preset", "none", "none"]),
        ("builder", vec![OFF], ["unknown_service", "none", "none"]),
        ("called", vec![], ["called", "9", "called"]),
        ("init", empty.to_vec(), ["preset", "none", "none"]),
        ("init", vec![OFF, ("OTEL_SERVICE_NAME", " named ")], ["named", "none", "none"]),
        ("init", vec![OFF, LIST], ["listed", "1,5", "old"]),
        ("builder", vec![OFF, LIST], ["listed", "1,5", "old"]),
        ("init", all.clone(), ["named", "2", "mine"]),
        ("called", all.clone(), ["called", "9", "called"]),
        ("init", vec![OFF, ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=new")], ["preset", "none", "new"]),
    ] {
        let said = run(program, &environment);
        let facts = ["name", "version", "environment"].map(|key| said.fact(key).unwrap());
        assert_eq!(facts, expected, "{program} {environment:?}");
        assert_eq!(said.warnings, [""; 0], "{program} {environment:?}");
        let [name, version, deployment] = expected;
        let known = |text| if text == "none" { None } else { Some(text) };
        for (key, value) in [
            ("service.name", Some(name)),
            ("service.version", known(version)),
            ("deployment.environment", known(deployment)),
            ("deployment.environment.name", known(deployment)),
            ("team", environment.contains(&LIST).then_some("ä=")),
            ("zone", environment.contains(&LIST).then_some("")),
        ] {
            assert_eq!(said.fact(key), value, "{program} {environment:?}: {key}");
        }
        let label = |text| known(text).unwrap_or("unknown");
        assert_eq!(said.fact("info"), Some(&*format!("{},{}", label(deployment), label(version))));
        assert_eq!(said.fact("counted"), Some("1"));
    }
}

#[test]
fn a_value_that_makes_no_sense_is_told_once_and_the_default_holds() {
    for (name, value) in [
        ("OTEL_RESOURCE_ATTRIBUTES", "service.name=listed,oops"),
        ("OTEL_RESOURCE_ATTRIBUTES", "service.name=%zz"),
        ("OTEL_SDK_DISABLED", "1"),
        ("OTEL_EXPORTER_PROMETHEUS_HOST", "not a host"),
        ("ARC_OBS_TERMINAL", "maybe"),
    ] {
        let said = run("init", &[(name, value), ("OTEL_EXPORTER_PROMETHEUS_PORT", "0")]);
        assert_eq!((said.warnings.len(), said.warnings_of(name)), (1, 1), "{:?}", said.warnings);
        assert!(said.warnings[0].contains(value), "{:?}", said.warnings);
        assert_eq!((said.fact("name"), said.fact("ip")), (Some("preset"), Some("127.0.0.1")), "{name}");
    }
    // The preset port may be somebody else's here; either way it is the one that is tried.
    for (name, value) in [
        ("OTEL_EXPORTER_PROMETHEUS_PORT", "banana"),
        ("OTEL_EXPORTER_PROMETHEUS_PORT", "65536"),
        ("ARC_OBS_LISTEN", "metrics.example:9090"),
        ("ARC_OBS_LISTEN", "on"),
    ] {
        let said = run("init", &[(name, value)]);
        let told = said.warnings.iter().filter(|line| line.contains(&format!("`{name}` is `{value}`"))).count();
        assert_eq!(told, 1, "{:?}", said.warnings);
        let taken = said.warnings.iter().any(|line| line.contains("cannot listen on 127.0.0.1:9090"));
        assert!(taken || said.fact("address") == Some("127.0.0.1:9090"), "{:?}", said.warnings);
    }
    let said = run("called", &[("OTEL_EXPORTER_PROMETHEUS_PORT", "banana")]);
    assert_eq!(said.warnings_of("OTEL_EXPORTER_PROMETHEUS_PORT"), 1, "also where it is beaten");
}

#[test]
fn a_variable_that_is_misspelt_is_told() {
    let environment = [("ARC_OBS_METRIC_TOKEN", TOKEN), ("ARC_OBS_PRICE_FILE", "p.json"), ("ARC_OBS_MINE", "1")];
    let said = run("listens", &environment);
    let [first, second] = &said.warnings[..] else { panic!("{:?}", said.warnings) };
    assert!(first.contains("`ARC_OBS_METRIC_TOKEN`") && first.ends_with("did you mean `ARC_OBS_METRICS_TOKEN`?"));
    assert!(second.contains("`ARC_OBS_PRICE_FILE`") && second.ends_with("did you mean `ARC_OBS_PRICES_FILE`?"));
    assert!(!said.err.contains(TOKEN), "{}", said.err);
}

#[test]
fn the_environment_says_where_to_listen() {
    let other = format!("{OTHER}:0");
    for (program, environment, expected) in [
        ("init", vec![("OTEL_EXPORTER_PROMETHEUS_PORT", "0")], Some("127.0.0.1")),
        ("builder", vec![("ARC_OBS_LISTEN", "localhost:0")], Some("127.0.0.1")),
        ("builder", vec![("ARC_OBS_LISTEN", &other)], Some(OTHER)),
        ("init", vec![("OTEL_EXPORTER_PROMETHEUS_HOST", OTHER), ("OTEL_EXPORTER_PROMETHEUS_PORT", "0")], Some(OTHER)),
        ("init", vec![("ARC_OBS_LISTEN", "off"), ("OTEL_EXPORTER_PROMETHEUS_PORT", "0")], None),
        ("called", vec![("ARC_OBS_LISTEN", "127.0.0.1:0")], None),
        ("listens", vec![("ARC_OBS_LISTEN", "off")], Some("127.0.0.1")),
        ("listens", vec![("ARC_OBS_LISTEN", &other)], Some("127.0.0.1")),
    ] {
        let said = run(program, &environment);
        assert_eq!(said.fact("ip"), expected, "{program} {environment:?}");
        assert_eq!(said.fact("up"), Some(if expected.is_some() { "1" } else { "0" }));
        assert_eq!(said.fact("open"), expected.map(|_| "200"));
        assert_eq!(said.warnings, [""; 0], "{program} {environment:?}");
    }
    // A port that is taken is waited for, as the preset is; so is an address that is nobody's here.
    let holder = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = holder.local_addr().unwrap().port().to_string();
    for environment in [("OTEL_EXPORTER_PROMETHEUS_PORT", &*taken), ("ARC_OBS_LISTEN", "192.0.2.1:9090")] {
        let said = run("init", &[environment]);
        assert_eq!((said.fact("address"), said.fact("up"), said.fact("threads")), (None, Some("0"), Some("1")));
        assert!(said.warnings.len() == 1 && said.warnings[0].contains("trying again"), "{:?}", said.warnings);
    }
}

#[test]
fn switched_off_there_is_no_port_and_no_thread() {
    for value in ["true", "TRUE", "True"] {
        for program in ["init", "listens", "has a token"] {
            let said = run(program, &[("OTEL_SDK_DISABLED", value), ("ARC_OBS_METRICS_TOKEN", "un usable")]);
            assert_eq!((said.fact("address"), said.fact("up")), (None, Some("0")));
            assert_eq!(said.fact("threads and the clock's"), Some("0"));
            assert_eq!(said.fact("counted"), Some("1"), "recording goes on");
            let [only] = &said.warnings[..] else { panic!("{:?}", said.warnings) };
            assert!(only.contains("`OTEL_SDK_DISABLED`"), "{only}");
        }
    }
    for value in ["false", "False", ""] {
        let said = run("listens", &[("OTEL_SDK_DISABLED", value)]);
        assert_eq!((said.fact("up"), said.warnings.len()), (Some("1"), 0), "{value}");
    }
}

#[test]
fn a_token_of_the_environment_guards_the_server() {
    let file = std::env::temp_dir().join(format!("arc-obs-settings-token-{}", std::process::id()));
    let path = file.to_str().unwrap();
    std::fs::write(&file, format!("{TOKEN}\n")).unwrap();
    let statuses = |said: &Said| {
        let keys = ["open", "with the environment's token", "with the builder's token"];
        keys.map(|key| said.fact(key).and_then(|status| status.parse::<u16>().ok()))
    };
    for (program, environment, expected) in [
        ("listens", vec![("ARC_OBS_METRICS_TOKEN", TOKEN)], [401, 200, 401]),
        ("listens", vec![("ARC_OBS_METRICS_TOKEN_FILE", path)], [401, 200, 401]),
        ("listens", vec![("ARC_OBS_METRICS_TOKEN", TOKEN), ("ARC_OBS_METRICS_TOKEN_FILE", "/no")], [401, 200, 401]),
        ("listens", vec![("ARC_OBS_METRICS_TOKEN", ""), ("ARC_OBS_METRICS_TOKEN_FILE", "")], [200, 200, 200]),
        ("has a token", vec![("ARC_OBS_METRICS_TOKEN", TOKEN)], [401, 401, 200]),
        ("has a token", vec![("ARC_OBS_METRICS_TOKEN_FILE", "/no")], [401, 401, 200]),
    ] {
        let said = run(program, &environment);
        assert_eq!(statuses(&said), expected.map(Some), "{program} {environment:?}");
        assert_eq!(said.warnings, [""; 0]);
    }
    // What cannot be used is not as good as none, which would be open to everybody.
    std::fs::write(&file, "s3cret of two words").unwrap();
    let empty = file.with_extension("empty");
    std::fs::write(&empty, " \n").unwrap();
    for (name, value) in [
        ("ARC_OBS_METRICS_TOKEN", "s3cret of two words"),
        ("ARC_OBS_METRICS_TOKEN_FILE", path),
        ("ARC_OBS_METRICS_TOKEN_FILE", empty.to_str().unwrap()),
        ("ARC_OBS_METRICS_TOKEN_FILE", "/no/such/file"),
        ("ARC_OBS_METRICS_TOKEN_FILE", "/"),
    ] {
        let said = run("listens", &[(name, value)]);
        assert_eq!((said.fact("address"), said.fact("up"), said.fact("error")), (None, Some("0"), None), "{value}");
        assert_eq!((said.warnings.len(), said.warnings_of(name)), (1, 1), "{:?}", said.warnings);
        let told = &said.warnings[0];
        assert!(told.contains("not served") && !told.contains("s3cret"), "{told}");
        assert_eq!(told.contains(value), name.ends_with("FILE"), "{told}");
    }
    for file in [file, empty] {
        std::fs::remove_file(file).unwrap();
    }
}

#[test]
fn prices_of_the_environment_are_beaten_by_the_builders() {
    let folder = std::env::temp_dir().join(format!("arc-obs-settings-prices-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = |name: &str, text: &str| {
        std::fs::write(folder.join(name), text).unwrap();
        folder.join(name).to_str().unwrap().to_owned()
    };
    let prices = |price: u8| {
        format!(r#"{{"version": 1, "prices": [{{"model": "settings-model", "input": {price}, "output": 1}}]}}"#)
    };
    let (theirs, ours, broken) =
        (file("theirs.json", &prices(3)), file("ours.json", &prices(5)), file("broken.json", "{\"version\": 1,"));
    let set = |path| [("ARC_OBS_LISTEN", "off"), ("ARC_OBS_PRICES_FILE", path), ("TEST_PRICES", &*ours)];
    for (program, price) in [("builder", "$3.00"), ("has a price", "$7.00"), ("has a file", "$5.00")] {
        let said = run(program, &set(&theirs));
        assert_eq!((said.fact("price"), said.warnings.len()), (Some(price), 0), "{program}");
    }
    for (path, told) in [(&*broken, "broken.json"), ("/no/such/prices.json", "/no/such/prices.json")] {
        let said = run("builder", &set(path));
        assert!(said.fact("price").unwrap().contains("no such model"), "{:?}", said.facts);
        assert_eq!((said.warnings.len(), said.warnings_of("ARC_OBS_PRICES_FILE")), (1, 1), "{:?}", said.warnings);
        assert!(said.warnings[0].contains(told), "{:?}", said.warnings);
    }
    // It is not forgotten: it may be in order later.
    let said = run("builder", &[&set(&broken)[..], &[("TEST_PRICES_LATER", &*theirs)]].concat());
    assert!(said.fact("still").unwrap().contains("broken.json, line 1: "), "{:?}", said.facts);
    let later = ["failures", "later", "price later"].map(|key| said.fact(key).unwrap());
    assert_eq!((later, said.warnings.len()), (["1", "read", "$3.00"], 1));
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn the_environment_shows_what_happens_and_the_builder_beats_it() {
    for (program, value, shown) in
        [("called", "on", true), ("called", "off", false), ("called", "auto", false), ("shows nothing", "on", false)]
    {
        let said = run(program, &[("ARC_OBS_TERMINAL", value)]);
        assert_eq!(said.err.contains("arc-obs observes called 9 in called\n"), shown, "{}", said.err);
        assert_eq!(said.err.contains("settings_child"), shown, "the summary: {}", said.err);
    }
}
