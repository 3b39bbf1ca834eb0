//! Starting and stopping, from outside: `init` has one place in a process, so
//! these tests take turns.
#![allow(missing_docs)]

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use arc_obs::{InitError, Observability, Usage, track_agent, track_cache, track_llm, track_tool, track_workflow};
use arc_obs_tests::http::{ask, get};
use arc_obs_tests::page;
use arc_obs_tests::programs::poll;

const LOOPBACK: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn served() -> Observability {
    arc_obs::builder().service_name("lifecycle").listen(LOOPBACK).install().unwrap()
}

#[track_agent("lifecycle_never_called")]
fn never_called<T>(value: T) -> T {
    value
}

#[track_llm(model = "gpt-4o", usage = |_| Usage::new(1, 1))]
fn never_called_either() {}

#[track_llm(model = "lifecycle-own-model", price(input = 1, output = 2), usage = none)]
fn never_called_at_its_own_price() {}

#[track_tool("lifecycle_never_bought", cost = 0.5)]
fn never_bought() {}

#[track_workflow("lifecycle_never_run", cost = 0.5)]
fn never_run() {}

#[track_cache("lifecycle_never_asked")]
fn never_asked() -> Option<u32> {
    None
}

#[track_tool("lifecycle")]
fn tool() {}

#[test]
fn a_second_init_is_an_error_and_after_shutdown_it_works_again() {
    let _turn = turn();
    let first = served();
    let error: InitError = arc_obs::init("second").unwrap_err();
    assert!(error.is_already_initialized());
    assert!(error.to_string().contains("`lifecycle`"), "{error}");
    // The first is not harmed.
    assert_eq!(get(first.local_addr().unwrap(), "/livez").unwrap().status, 200);
    first.shutdown_blocking(Duration::from_secs(5)).unwrap();
    first.shutdown_blocking(Duration::from_secs(5)).unwrap();
    drop(served());
    drop(served());
}

#[test]
fn a_shut_down_server_is_gone() {
    let _turn = turn();
    let obs = served();
    let address = obs.local_addr().unwrap();
    assert_eq!(get(address, "/readyz").unwrap().text(), "ok\n");
    drop(obs);
    get(address, "/readyz").unwrap_err();
    TcpListener::bind(address).unwrap();
}

#[test]
fn the_page_has_what_was_never_called_at_zero() {
    let _turn = turn();
    let _obs = arc_obs::builder().service_name("lifecycle").no_server().install().unwrap();
    assert_eq!(page::value("arc_active_agents", &[]), Some(0.0));
    assert_eq!(page::value("arc_active_requests", &[]), Some(0.0));
    for status in ["success", "error"] {
        let labels = [("agent_name", "lifecycle_never_called"), ("status", status)];
        assert_eq!(page::value("arc_agent_executions_total", &labels), Some(0.0), "{status}");
    }
    let labels = [("agent_name", "lifecycle_never_called"), ("status", "cancelled")];
    assert_eq!(page::value("arc_agent_executions_total", &labels), None, "only the two");
    assert_eq!(page::value("arc_llm_cost_dollars", &[("model", "gpt-4o")]), Some(0.0));
    assert_eq!(page::value("arc_llm_tokens_total", &[("model", "gpt-4o"), ("type", "prompt")]), Some(0.0));
    assert_eq!(page::value("arc_llm_duration_seconds", &[("model", "gpt-4o")]), Some(0.0));
    assert_eq!(page::value("arc_llm_cost_dollars", &[("model", "lifecycle-own-model")]), Some(0.0));
    assert_eq!(page::sum("arc_llm_unpriced_calls_total", &[("model", "lifecycle-own-model")]), 0.0);
    assert_eq!(page::value("arc_tool_cost_dollars_total", &[("tool", "lifecycle_never_bought")]), Some(0.0));
    let workflow = [("workflow", "lifecycle_never_run"), ("status", "success")];
    assert_eq!(page::value("arc_workflow_executions_total", &workflow), Some(0.0));
    assert_eq!(page::value("arc_workflow_duration_seconds", &workflow[..1]), Some(0.0));
    assert_eq!(page::value("arc_workflow_cost_dollars_total", &workflow[..1]), Some(0.0));
    for metric in ["arc_cache_hits_total", "arc_cache_misses_total"] {
        assert_eq!(page::value(metric, &[("cache_type", "lifecycle_never_asked")]), Some(0.0));
    }
    assert_eq!(page::value("arc_tool_cost_dollars_total", &[("tool", "lifecycle")]), None, "it costs nothing");
    let _ =
        (never_called::<u8>, never_called_either, never_called_at_its_own_price, never_bought, never_run, never_asked);
}

#[test]
fn version_environment_and_the_process_are_on_the_page() {
    let _turn = turn();
    let obs = arc_obs::builder()
        .service_name("lifecycle")
        .service_version("1.2.3")
        .environment("test")
        .listen(LOOPBACK)
        .install()
        .unwrap();
    let text = get(obs.local_addr().unwrap(), "/metrics").unwrap().text();
    assert!(text.contains("arc_app_info{environment=\"test\",version=\"1.2.3\"} 1\n"), "{text}");
    assert!(text.contains("# TYPE arc_memory_usage_bytes gauge"), "{text}");
    let memory = page::value("arc_memory_usage_bytes", &[]).unwrap();
    assert!((1e6..1e12).contains(&memory), "{memory}");
    if cfg!(target_os = "linux") {
        assert!(text.contains("\nprocess_resident_memory_bytes "), "{text}");
    }
}

#[test]
fn a_scrape_is_compressed_when_asked_and_labelled_as_text() {
    let _turn = turn();
    let obs = served();
    tool();
    let address = obs.local_addr().unwrap();
    let plain = get(address, "/metrics").unwrap();
    assert_eq!(plain.header("content-type"), Some("text/plain; version=0.0.4"));
    assert!(plain.text().contains("arc_tool_calls_total{status=\"success\",tool=\"lifecycle\"}"));
    let packed = ask(address, "GET", "/metrics", &["accept-encoding: gzip"]).unwrap();
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    let mut unpacked = String::new();
    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&packed.body[..]), &mut unpacked).unwrap();
    assert!(unpacked.contains("arc_tool_calls_total"));
    assert!(packed.body.len() * 3 < unpacked.len());
}

#[test]
fn other_methods_and_paths_are_refused() {
    let _turn = turn();
    let obs = served();
    let address = obs.local_addr().unwrap();
    let head = ask(address, "HEAD", "/metrics", &[]).unwrap();
    assert_eq!((head.status, head.body.len()), (200, 0));
    let post = ask(address, "POST", "/metrics", &["content-length: 0"]).unwrap();
    assert_eq!((post.status, post.header("allow")), (405, Some("get, head")));
    assert_eq!(get(address, "/nowhere").unwrap().status, 404);
    assert_eq!(get(address, &format!("/{}", "x".repeat(1 << 20))).map_or(431, |answer| answer.status) / 100, 4);
    assert_eq!(get(address, "/livez").unwrap().status, 200);
}

#[test]
fn a_taken_port_is_an_error_where_it_was_asked_for() {
    let _turn = turn();
    let holder = TcpListener::bind(LOOPBACK).unwrap();
    let taken = holder.local_addr().unwrap();
    let error = arc_obs::builder().service_name("lifecycle").listen(taken).install().unwrap_err();
    assert!(error.is_address_in_use());
    assert!(error.to_string().contains(&taken.to_string()) && error.to_string().contains(".no_server()"), "{error}");
    // Nothing is left half-started.
    drop(served());
}

#[test]
fn a_taken_port_is_waited_for_where_that_was_asked_for() {
    let _turn = turn();
    let holder = TcpListener::bind(LOOPBACK).unwrap();
    let taken = holder.local_addr().unwrap();
    let obs = arc_obs::builder().service_name("lifecycle").listen_when_free(taken).install().unwrap();
    assert_eq!(obs.local_addr(), None);
    assert_eq!(page::value("arc_obs_server_up", &[]), Some(0.0));
    drop(holder);
    let address = poll(Duration::from_secs(20), || obs.local_addr());
    assert_eq!(address, Some(taken));
    assert!(poll(Duration::from_secs(5), || get(taken, "/livez").ok()).is_some());
    assert_eq!(page::value("arc_obs_server_up", &[]), Some(1.0));
}

/// In a process of its own, whose stderr nobody reads any more.
#[test]
fn a_warning_that_cannot_be_written_is_no_panic() {
    const CHILD: &str = "ARC_OBS_TEST_CLOSED_CHILD";
    if let Some(taken) = std::env::var_os(CHILD) {
        let taken: SocketAddr = taken.to_str().unwrap().parse().unwrap();
        let obs = arc_obs::builder().listen_when_free(taken).terminal(arc_obs::Terminal::On).install().unwrap();
        obs.shutdown_blocking(Duration::from_secs(5)).unwrap();
        println!("went on");
        return;
    }
    let holder = TcpListener::bind(LOOPBACK).unwrap();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_warning_that_cannot_be_written_is_no_panic", "--nocapture"])
        .env(CHILD, holder.local_addr().unwrap().to_string())
        .stderr(writer)
        .output()
        .unwrap();
    let out = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && out.contains("went on"), "{out}");
}

#[test]
fn a_guard_that_waits_for_a_port_ends_at_once() {
    let _turn = turn();
    let holder = TcpListener::bind(LOOPBACK).unwrap();
    let obs = arc_obs::builder().listen_when_free(holder.local_addr().unwrap()).install().unwrap();
    obs.shutdown_blocking(Duration::from_secs(1)).unwrap();
}

#[test]
fn metrics_join_a_registry_that_exists_and_leave_it() {
    let _turn = turn();
    let mine = prometheus::Registry::new();
    let own = prometheus::IntCounter::new("own_total", "Mine").unwrap();
    mine.register(Box::new(own)).unwrap();
    let names = |registry: &prometheus::Registry| -> Vec<String> {
        registry.gather().iter().map(|family| family.name().to_owned()).collect()
    };
    for _ in 0..2 {
        let obs =
            arc_obs::builder().service_name("lifecycle").registry(mine.clone()).listen(LOOPBACK).install().unwrap();
        let text = get(obs.local_addr().unwrap(), "/metrics").unwrap().text();
        assert!(text.contains("own_total 0") && text.contains("arc_active_agents 0"), "{text}");
        assert!(names(&arc_obs::registry()).contains(&"own_total".to_owned()));
        drop(obs);
        assert_eq!(names(&mine), ["own_total"]);
    }
}

#[test]
fn a_registry_that_has_one_of_our_names_is_a_typed_error() {
    let _turn = turn();
    let mine = prometheus::Registry::new();
    mine.register(Box::new(prometheus::IntGauge::new("arc_active_agents", "Somebody else's").unwrap())).unwrap();
    let error = arc_obs::builder().registry(mine.clone()).no_server().install().unwrap_err();
    assert!(error.is_registry_conflict() && error.to_string().contains("arc_active_agents"), "{error}");
    assert_eq!(mine.gather().len(), 1, "what was registered before the conflict is out again");
    drop(arc_obs::builder().no_server().install().unwrap());
}

#[test]
fn an_empty_service_name_is_refused() {
    let _turn = turn();
    let error = arc_obs::init("  ").unwrap_err();
    assert!(error.to_string().contains("it is empty"), "{error}");
}

#[test]
fn every_runtime_flavour_can_start_and_stop_it() {
    let _turn = turn();
    let cycle = || async {
        let obs = served();
        let address = obs.local_addr().unwrap();
        assert_eq!(get(address, "/livez").unwrap().status, 200);
        obs.shutdown(Duration::from_secs(5)).await.unwrap();
        obs.shutdown(Duration::ZERO).await.unwrap();
        drop(obs);
        drop(served());
    };
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(cycle());
    for workers in [1, 4] {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(workers).build().unwrap();
        runtime.block_on(cycle());
    }
    futures::executor::block_on(cycle());
}

#[test]
fn shutting_down_from_many_threads_is_done_once_and_all_return() {
    let _turn = turn();
    let obs = served();
    let began = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| obs.shutdown_blocking(Duration::from_secs(5)).unwrap());
        }
    });
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[test]
fn any_time_out_is_a_time_out() {
    let _turn = turn();
    served().shutdown_blocking(Duration::MAX).unwrap();
    let obs = served();
    // None at all may be too short, which is an error and no panic.
    let _ = obs.shutdown_blocking(Duration::ZERO);
    drop(obs);
    drop(served());
}

#[test]
fn clients_that_say_nothing_hold_up_neither_a_scrape_nor_the_end() {
    let _turn = turn();
    let obs = served();
    let address = obs.local_addr().unwrap();
    let idle: Vec<_> = (0..300).map(|_| std::net::TcpStream::connect(address).unwrap()).collect();
    let began = Instant::now();
    for path in ["/livez", "/metrics", "/readyz"] {
        assert_eq!(get(address, path).unwrap().status, 200, "{path}");
    }
    obs.shutdown_blocking(Duration::from_secs(60)).unwrap();
    // Ten seconds is what a client may take over its request's head.
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert_eq!(obs.local_addr(), None, "nothing is served any more");
    drop(idle);
}

#[test]
fn a_collector_that_panics_costs_a_scrape_and_is_counted() {
    struct Panicking(prometheus::core::Desc);
    impl prometheus::core::Collector for Panicking {
        fn desc(&self) -> Vec<&prometheus::core::Desc> {
            vec![&self.0]
        }
        fn collect(&self) -> Vec<prometheus::proto::MetricFamily> {
            panic!("on purpose")
        }
    }
    let new = || {
        let desc = prometheus::core::Desc::new("own_panicking".into(), "Panics".into(), vec![], Default::default());
        Box::new(Panicking(desc.unwrap()))
    };

    let _turn = turn();
    let obs = served();
    let address = obs.local_addr().unwrap();
    arc_obs::registry().register(new()).unwrap();
    let failed = get(address, "/metrics").unwrap();
    let healthy = ["/livez", "/readyz"].map(|path| get(address, path).unwrap().status);
    arc_obs::registry().unregister(new()).unwrap();
    assert_eq!(healthy, [200, 200], "they do not depend on what the page can show");
    assert_eq!(failed.status, 500);
    assert!(failed.text().contains("panicked"), "{}", failed.text());
    assert_eq!(get(address, "/metrics").unwrap().status, 200);
    assert!(page::value("arc_obs_scrape_errors_total", &[]).unwrap() >= 1.0);
}

#[test]
fn the_handler_is_a_route_of_a_server_that_exists() {
    let _turn = turn();
    tool();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let listener = runtime.block_on(tokio::net::TcpListener::bind(LOOPBACK)).unwrap();
    let address = listener.local_addr().unwrap();
    let app = axum::Router::new().route_service("/internal/metrics", arc_obs::metrics_handler());
    runtime.spawn(async move { axum::serve(listener, app).await });
    let answer = ask(address, "GET", "/internal/metrics", &["accept-encoding: gzip;q=0"]).unwrap();
    assert_eq!((answer.status, answer.header("content-encoding")), (200, None));
    assert!(answer.text().contains("arc_tool_calls_total"));
    let plain = arc_obs::metrics_handler().answer(&http::Method::GET, &http::HeaderMap::new());
    assert!(String::from_utf8(plain.into_body().into_bytes()).unwrap().contains("arc_tool_calls_total"));
}

/// In a process of its own: nothing but the annotated functions themselves.
#[test]
fn without_init_an_annotated_function_does_nothing_but_count() {
    const CHILD: &str = "ARC_OBS_TEST_SILENT_CHILD";
    if std::env::var_os(CHILD).is_none() {
        let itself = std::env::current_exe().unwrap();
        let name = "without_init_an_annotated_function_does_nothing_but_count";
        let output = Command::new(itself).args(["--exact", name, "--nocapture"]).env(CHILD, "1").output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "it prints nothing");
        return;
    }
    let threads = || std::fs::read_dir("/proc/self/task").map_or(0, Iterator::count);
    let sockets = || {
        let files = std::fs::read_dir("/proc/self/fd").into_iter().flatten().flatten();
        files.filter_map(|file| std::fs::read_link(file.path()).ok()).filter(|to| to.starts_with("socket:")).count()
    };
    let before = (threads(), sockets());
    for _ in 0..100 {
        tool();
        never_called(1);
        never_called_either();
    }
    assert_eq!((threads(), sockets()), before);
    assert_eq!(page::agent("lifecycle_never_called", "success"), 100.0);
}

#[test]
fn a_named_error_type_is_a_timeout() {
    #[derive(Debug)]
    struct Late;
    impl std::fmt::Display for Late {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("late")
        }
    }
    impl std::error::Error for Late {}
    #[arc_obs::traced]
    fn lifecycle_late() -> Result<(), Box<dyn std::error::Error>> {
        Err(Box::new(Late))
    }
    #[arc_obs::traced]
    fn lifecycle_late_itself() -> Result<(), Late> {
        Err(Late)
    }

    let _turn = turn();
    lifecycle_late().unwrap_err();
    drop(arc_obs::builder().no_server().timeout_error::<Late>().install().unwrap());
    lifecycle_late().unwrap_err();
    lifecycle_late_itself().unwrap_err();
    assert_eq!(page::operation("lifecycle_late_itself", "timeout"), 1.0);
    assert_eq!(page::operation("lifecycle_late", "error"), 1.0);
    assert_eq!(page::operation("lifecycle_late", "timeout"), 1.0);
}

/// The cost of one call of `model` that answers with this usage, in dollars.
fn cost_of(model: &str, call: impl FnOnce()) -> f64 {
    let cost = || page::value("arc_llm_cost_dollars", &[("model", model)]).unwrap_or(0.0);
    let before = cost();
    call();
    ((cost() - before) * 1e9).round() / 1e9
}

#[track_llm(model = "lifecycle-priced", unpriced, usage = |_| Usage::new(1_000_000, 0))]
fn priced() {}

fn prices(input: &str) -> String {
    format!(r#"{{"version": 1, "prices": [{{"model": "lifecycle-priced", "input": {input}, "output": 0}}]}}"#)
}

#[test]
fn prices_of_ones_own_hold_from_install_and_can_be_read_again() {
    use arc_obs::{Price, PriceTable};

    let _turn = turn();
    let file = std::env::temp_dir().join(format!("arc-obs-lifecycle-prices-{}.json", std::process::id()));
    std::fs::write(&file, prices("2")).unwrap();
    let failures = || page::value("arc_obs_price_reload_failures_total", &[]).unwrap();
    let failed = failures();

    let code = Price::new(1.0, 0.0);
    let obs = arc_obs::builder()
        .no_server()
        .price("lifecycle-priced", code.clone())
        .price("lifecycle-*", code)
        .prices_json(prices("9"))
        .prices_file(&file)
        .install()
        .unwrap();
    // What was given last wins.
    assert_eq!(cost_of("lifecycle-priced", priced), 2.0);

    std::fs::write(&file, prices("3")).unwrap();
    obs.reload_prices().unwrap();
    assert_eq!(cost_of("lifecycle-priced", priced), 3.0);

    for broken in [prices("-3"), prices("3").replace('}', ""), String::new()] {
        std::fs::write(&file, broken).unwrap();
        obs.reload_prices().unwrap_err();
        assert_eq!(cost_of("lifecycle-priced", priced), 3.0, "the old ones stay");
    }
    std::fs::remove_file(&file).unwrap();
    assert!(obs.reload_prices().unwrap_err().is_not_found());
    assert_eq!(failures() - failed, 4.0);
    assert_eq!(cost_of("lifecycle-priced", priced), 3.0);

    std::fs::write(&file, prices("4")).unwrap();
    obs.reload_prices().unwrap();
    std::fs::remove_file(&file).unwrap();
    // An `install` that says nothing of prices leaves those that are in force, and
    // has nothing to read again.
    drop(obs);
    let obs = arc_obs::builder().no_server().install().unwrap();
    assert_eq!(cost_of("lifecycle-priced", priced), 4.0);
    arc_obs::set_prices(PriceTable::bundled().with_price("lifecycle-priced", Price::new(5.0, 0.0)).unwrap());
    obs.reload_prices().unwrap();
    assert_eq!(cost_of("lifecycle-priced", priced), 5.0);
    drop(obs);
    arc_obs::set_prices(PriceTable::bundled());
}

#[test]
fn an_install_with_prices_that_cannot_be_leaves_nothing_behind() {
    use arc_obs::{Price, PriceTable};

    let _turn = turn();
    arc_obs::set_prices(PriceTable::bundled().with_price("lifecycle-priced", Price::new(5.0, 0.0)).unwrap());
    let builder = || arc_obs::builder().no_server().price("lifecycle-priced", Price::new(6.0, 0.0));
    for (builder, what) in [
        (builder().prices_file("/no/such/prices.json"), "/no/such/prices.json: "),
        (builder().prices_json("{}"), "line 1 of the prices: `version` is missing"),
        (builder().price("lifecycle-priced", Price::new(f64::NAN, 0.0)), "the price of `lifecycle-priced`: "),
        (builder().price("", Price::new(0.0, 0.0)), "the model's name is empty"),
    ] {
        let error = builder.install().unwrap_err();
        assert!(error.is_invalid_prices() && error.to_string().contains(what), "{error}");
        assert_eq!(cost_of("lifecycle-priced", priced), 5.0);
    }
    // Nor does one that fails for another reason after its prices were read.
    let holder = TcpListener::bind(LOOPBACK).unwrap();
    let builder = builder().listen(holder.local_addr().unwrap());
    assert!(builder.install().unwrap_err().is_address_in_use());
    assert_eq!(cost_of("lifecycle-priced", priced), 5.0);
    drop(arc_obs::builder().no_server().install().unwrap());
    arc_obs::set_prices(PriceTable::bundled());
}

#[test]
fn a_cost_that_the_provider_reports_wins_where_that_is_wanted() {
    use serde_json::{Value, json};

    #[track_llm(model = "gpt-4.1-mini")]
    fn known() -> Value {
        json!({"usage": {"prompt_tokens": 1_000_000, "completion_tokens": 0, "cost": 0.25}})
    }
    #[track_llm(model = "lifecycle-unknown", unpriced)]
    fn unknown() -> Value {
        json!({"usage": {"prompt_tokens": 1_000_000, "completion_tokens": 0, "cost": 0.25}})
    }
    let _turn = turn();
    drop(arc_obs::builder().no_server().install().unwrap());
    assert_eq!(cost_of("gpt-4.1-mini", || drop(known())), 0.4);
    assert_eq!(cost_of("lifecycle-unknown", || drop(unknown())), 0.25);
    drop(arc_obs::builder().no_server().prefer_reported_cost().install().unwrap());
    assert_eq!(cost_of("gpt-4.1-mini", || drop(known())), 0.25);
    assert_eq!(cost_of("lifecycle-unknown", || drop(unknown())), 0.25);
    // It is said anew by each `install`.
    drop(arc_obs::builder().no_server().install().unwrap());
    assert_eq!(cost_of("gpt-4.1-mini", || drop(known())), 0.4);
}

#[track_agent("lifecycle_twice_named")]
fn an_agent() {}

#[track_tool("lifecycle_twice_named")]
fn a_tool() {}

/// What is said to a `tracing` subscriber meanwhile.
fn heard(work: impl FnOnce()) -> String {
    #[derive(Clone, Default)]
    struct Lines(std::sync::Arc<Mutex<Vec<u8>>>);
    impl std::io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
    tracing::subscriber::with_default(subscriber, work);
    let bytes = lines.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn what_is_doubtful_about_annotated_functions_is_said_at_the_start() {
    let _turn = turn();
    let said = heard(|| drop(served()));
    let twice = said.lines().filter(|line| line.contains("`lifecycle_twice_named`")).collect::<Vec<_>>();
    let [line] = twice[..] else { panic!("{said}") };
    for part in ["WARN", "agent (`an_agent`, tests/lifecycle.rs:", "tool (`a_tool`, tests/lifecycle.rs:", "of its own"]
    {
        assert!(line.contains(part), "{part} is not in {line}");
    }
    let deprecated = "the model `gemini-2.0-flash` of `asks_an_old_model` (tests/lifecycle.rs:";
    assert_eq!(said.lines().filter(|line| line.contains(deprecated)).count(), 1, "{said}");
    assert!(!said.contains("not in the price table"), "who says `unpriced` knows: {said}");
    an_agent();
    a_tool();
    asks_an_old_model();
}

#[track_llm(model = "gemini-2.0-flash", usage = none)]
fn asks_an_old_model() {}

#[test]
fn every_annotated_function_is_listed() {
    let callsites = arc_obs::callsites();
    let one = callsites.iter().find(|site| site.name == Some("lifecycle_never_called")).unwrap();
    assert_eq!((one.kind.as_str(), one.function, one.module), ("agent", "never_called", "lifecycle"));
    assert!(one.file.ends_with("tests/lifecycle.rs") && one.line > 20, "{one:?}");
    assert!(callsites.is_sorted_by_key(|site| (site.kind.as_str(), site.name)));
    let unnamed = callsites.iter().find(|site| site.function == "named_when_called").unwrap();
    assert_eq!((unnamed.name, unnamed.kind.as_str()), (None, "tool"));
    // Five statuses, a histogram of 16 and a cost, for each of 200 names and `other`.
    assert_eq!((one.most_samples, unnamed.most_samples), (22, (5 + 16 + 1) * 201));
    named_when_called("lifecycle_run_time");
    assert!(callsites.to_string().lines().any(|line| line.starts_with("agent  ") && line.contains("never_called")));
}

#[track_tool(name = name)]
fn named_when_called(name: &str) {}
