//! All of arc-obs that a program calls, with recording off: it compiles, and nothing
//! happens. Ends with an error where something does.
#![deny(warnings, clippy::pedantic)]
#![allow(clippy::default_trait_access, clippy::print_stdout)]

use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Waker};
use std::time::{Duration, SystemTime};

use arc_obs::testing::{self, ManualClock, OperationKind};
use arc_obs::{Builder, Price, PriceRequest, PriceTable, Status, Terminal, TokenKind, Usage, Usd};

type Error = Box<dyn std::error::Error>;

fn main() -> Result<(), Error> {
    let threads = threads();
    off::call_all();
    by_hand();
    nothing_was_recorded();
    in_captures();
    prices()?;
    starting_and_stopping()?;
    assert_eq!(threads, self::threads(), "a thread was started");
    println!("off");
    Ok(())
}

/// The program's own metrics.
#[arc_obs::metrics(prefix = "shop")]
mod shop {
    /// Orders placed.
    #[counter]
    pub fn orders(tier: off::Tier, express: bool);

    /// Time from the cart to the receipt.
    #[histogram(buckets = [0.1, 1.0])]
    pub fn checkout_seconds();

    /// Orders that wait.
    #[gauge]
    pub fn queue_length();
}

/// Calls all that records without an attribute.
fn by_hand() {
    let second = Duration::from_secs(1);
    arc_obs::record_request("GET", "/", 200, second);
    arc_obs::record_llm_call("gpt-4o", Status::Success, second, Usage::new(1, 2).cache_read(1));
    arc_obs::record_agent_execution("by hand", Status::Error, second);
    arc_obs::record_cache_operation("by hand", true, 64_000);
    arc_obs::record_usage(&Usage::new(1, 2));
    let name = String::from("by hand");
    assert_eq!(arc_obs::agent(&name).kind("plan").run_sync(|| 1), 1);
    assert_eq!(arc_obs::tool(&name).cost(0.5).run_sync(|| 2), 2);
    assert_eq!(arc_obs::workflow(&name).run_sync(|| 3), 3);
    assert_eq!(arc_obs::operation(&name).run_sync(|| 4), 4);
    let mut llm = pin!(arc_obs::llm("gpt-4o").run(async { Ok::<_, arc_obs::InitError>(Usage::new(1, 2)) }));
    assert!(llm.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready());
    shop::orders(off::Tier::Paid, true).inc();
    shop::checkout_seconds().observe(0.5);
    shop::queue_length().set(1.0);
    let request = arc_obs::start_request("GET", "/");
    assert!(format!("{request:?}").contains("GET"));
    request.finish(200);
    drop(arc_obs::start_request("GET", "/"));
}

/// The page is empty but for what the program itself puts on it.
fn nothing_was_recorded() {
    let summary = arc_obs::summary();
    let rows = [&summary.agents, &summary.models, &summary.workflows, &summary.tools, &summary.operations];
    assert!(rows.into_iter().all(Vec::is_empty), "{summary:?}");
    assert!(!summary.to_string().contains("researcher"));
    assert!(arc_obs::registry().gather().is_empty());
    let handler = arc_obs::metrics_handler();
    let response = handler.answer(&"GET".parse().unwrap_or_default(), &Default::default());
    assert!(response.status().is_success());
    assert!(response.into_body().into_bytes().is_empty());
    let gauge = arc_obs::prometheus::IntGauge::new("own", "the program's own");
    let gauge = gauge.unwrap_or_else(|error| panic!("{error}"));
    assert!(arc_obs::registry().register(Box::new(gauge)).is_ok());
    assert_eq!(arc_obs::registry().gather().len(), 1);
}

fn in_captures() {
    let clock = ManualClock::new();
    clock.advance(Duration::from_secs(1));
    clock.set_date(SystemTime::UNIX_EPOCH);
    let capture = testing::capture().with_clock(&clock);
    let _ = off::agent("a");
    by_hand();
    let handle = capture.handle();
    handle.run_sync(|| off::tool("7", 0.1)).unwrap_or_default();
    let mut run = pin!(handle.run(off::llm("a", 1)));
    let _ = run.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    let steps: Vec<OperationKind> = capture.operations().iter().map(|operation| operation.kind).collect();
    assert!(steps.is_empty() && capture.llm_calls().is_empty());
    assert_eq!(capture.value("arc_agent_executions_total", &[]), None);
    assert!(capture.registry().gather().is_empty() && capture.summary().agents.is_empty());
}

/// What calls cost is known all the same.
fn prices() -> Result<(), Error> {
    let usage = Usage::new(1_000, 500);
    let cost = PriceTable::bundled().cost("gpt-4o", &usage)?;
    assert_eq!(cost.total().to_string(), "$0.0075");
    assert_eq!(cost.lines()[0].kind, TokenKind::Input);
    let own = PriceTable::bundled().with_price("mine", Price::new(1.0, 2.0))?;
    let request: PriceRequest = own.request("mine").service_tier("batch");
    assert_eq!(request.cost(&usage)?.total(), Usd::from_nanos(2_000_000));
    let before = arc_obs::prices();
    arc_obs::set_prices(own);
    assert!(arc_obs::prices().cost("mine", &usage).is_ok());
    arc_obs::set_prices(before);
    Ok(())
}

fn starting_and_stopping() -> Result<(), Error> {
    // What would be done is neither tried nor refused.
    let taken = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let registry = arc_obs::prometheus::Registry::new();
    let whole = |builder: Builder| {
        builder
            .service_version("1")
            .environment("test")
            .listen(taken)
            .listen_when_free(taken)
            .metrics_token("short")
            .metrics_token_file("/nowhere")
            .registry(registry.clone())
            .timeout_error::<std::fmt::Error>()
            .terminal(Terminal::On)
            .price("mine", Price::new(1.0, 2.0))
            .prices_json(r#"{"version": 1, "prices": [{"model": "json", "input": 1, "output": 2}]}"#)
            .prefer_reported_cost()
    };
    let obs = whole(arc_obs::builder().service_name("off")).install()?;
    assert_eq!(obs.resource().service_name(), "off");
    assert_eq!((obs.resource().service_version(), obs.resource().environment()), (Some("1"), Some("test")));
    assert_eq!(obs.local_addr(), None);
    assert!(format!("{obs:?}").contains("off"));
    let _ = off::agent("a");
    assert!(registry.gather().is_empty() && arc_obs::registry().gather().is_empty());
    assert!(arc_obs::prices().cost("json", &Usage::new(1, 1)).is_ok(), "prices hold");
    obs.reload_prices()?;
    // What is wrong in the call itself stays wrong.
    assert!(arc_obs::init("second").is_err());
    obs.shutdown_blocking(Duration::ZERO)?;
    assert!(arc_obs::init(" ").is_err());
    assert!(arc_obs::builder().prices_json("{").install().is_err());
    assert!(arc_obs::builder().prices_file("/nowhere").install().is_err());

    let obs = arc_obs::init("off")?;
    let ended = Arc::new(Mutex::new(false));
    let shutdown = async {
        obs.shutdown(Duration::from_secs(5)).await?;
        *ended.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = true;
        Ok::<(), arc_obs::ShutdownError>(())
    };
    let polled = pin!(shutdown).poll(&mut Context::from_waker(Waker::noop()));
    assert!(polled.is_ready(), "there is nothing to wait for");
    drop(arc_obs::builder().no_server().install()?);
    Ok(())
}

#[cfg(target_os = "linux")]
fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").map_or(0, Iterator::count)
}

#[cfg(not(target_os = "linux"))]
fn threads() -> usize {
    1
}
