//! What a span costs per call, sampled and sampled out, in nanoseconds: `#[traced]` beside
//! `#[tracing::instrument]` with tracing-opentelemetry and OpenTelemetry's SDK.
//!
//! `cargo bench -p arc-obs --bench traces --features traces`; with `-- --gate` it fails where
//! ours is slower. Ours counts the call and its duration, too; by hand it is the span alone.
//!
//! Both hand the spans that have ended to a queue of 2048 and a thread behind it, which throws
//! them away. As in the bench `overhead` the subjects take turns in short batches, and the least
//! of a subject's batches is the one that was disturbed least: the threads behind wake when 512
//! wait, and the next batch begins when they are at rest, so that no subject is measured while the
//! other's spans are thrown away. Both subscribers are set for a batch and not for the process,
//! which costs both the same.
#![expect(clippy::print_stdout, reason = "the table is what this program is for")]

use std::future::Future;
use std::hint::black_box;
use std::pin::pin;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use arc_obs::export::{Exporting, Span, SpanExporter};
use arc_obs::{Observability, Resource, Sampling, traced};
use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider, SpanData};
use tracing::Dispatch;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;

const CALLS: u64 = 100;
const ROUNDS: usize = 2_000;
/// So many waiting spans wake who throws them away: the preset of both.
const BATCH: u64 = 512;

/// How many spans have been thrown away, ours and the SDK's.
static AWAY: [AtomicU64; 2] = [AtomicU64::new(0), AtomicU64::new(0)];

#[traced]
#[inline(never)]
fn plain(number: u64) -> u64 {
    black_box(number + 1)
}

#[tracing::instrument(skip_all)]
#[inline(never)]
fn plain_by_hand(number: u64) -> u64 {
    black_box(number + 1)
}

#[traced(fields(number, tier = "paid", region = "eu", ratio = 0.5))]
#[inline(never)]
fn fields(number: u64) -> u64 {
    black_box(number + 1)
}

#[tracing::instrument(skip_all, fields(number, tier = "paid", region = "eu", ratio = 0.5))]
#[inline(never)]
fn fields_by_hand(number: u64) -> u64 {
    black_box(number + 1)
}

#[traced]
async fn future(number: u64) -> u64 {
    black_box(number + 1)
}

#[tracing::instrument(skip_all)]
async fn future_by_hand(number: u64) -> u64 {
    black_box(number + 1)
}

#[traced]
#[inline(never)]
fn nested(number: u64) -> u64 {
    plain(number) + plain(number)
}

#[tracing::instrument(skip_all)]
#[inline(never)]
fn nested_by_hand(number: u64) -> u64 {
    plain_by_hand(number) + plain_by_hand(number)
}

fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("nothing in it waits"),
    }
}

/// The same function twice.
struct Pair {
    name: &'static str,
    /// How many a call makes.
    spans: u64,
    ours: fn(u64) -> u64,
    by_hand: fn(u64) -> u64,
}

static PAIRS: [Pair; 4] = [
    Pair { name: "plain", spans: 1, ours: plain, by_hand: plain_by_hand },
    Pair { name: "four fields", spans: 1, ours: fields, by_hand: fields_by_hand },
    Pair { name: "async", spans: 1, ours: |n| ready(future(n)), by_hand: |n| ready(future_by_hand(n)) },
    Pair { name: "one and two inside", spans: 3, ours: nested, by_hand: nested_by_hand },
];

/// Throws away what ours exports.
struct Away;

impl SpanExporter for Away {
    fn name(&self) -> &'static str {
        "away"
    }

    fn export<'a>(&'a mut self, spans: Arc<[Span]>, _: &'a Resource) -> Exporting<'a> {
        AWAY[0].fetch_add(spans.len() as u64, Ordering::Relaxed);
        Box::pin(async { Ok(()) })
    }
}

/// The same for the SDK.
#[derive(Debug)]
struct AwayByHand;

impl opentelemetry_sdk::trace::SpanExporter for AwayByHand {
    async fn export(&self, spans: Vec<SpanData>) -> OTelSdkResult {
        AWAY[1].fetch_add(spans.len() as u64, Ordering::Relaxed);
        Ok(())
    }
}

fn main() -> ExitCode {
    let given = |option: &str| std::env::args().any(|argument| argument == option);
    // `cargo test` gives no `--bench`: it only wants to see that this runs.
    let rounds = if given("--bench") { ROUNDS } else { 1 };
    let mut passed = true;
    for is_sampled in [true, false] {
        let ours = start(is_sampled);
        let provider = start_by_hand(is_sampled);
        // What `init` has set, as in a program without a subscriber of its own.
        let here = tracing::dispatcher::get_default(Clone::clone);
        let bridge = tracing_opentelemetry::layer().with_tracer(provider.tracer("bench"));
        let there = Dispatch::new(tracing_subscriber::registry().with(LevelFilter::INFO).with(bridge));
        println!(
            "\n{}, ns per call, {rounds} batches of {CALLS} calls",
            if is_sampled { "sampled" } else { "sampled out" }
        );
        println!("{:<20} {:>9} {:>9}   {:>9} {:>9}", "", "ours", "median", "by hand", "median");
        AWAY.iter().for_each(|away| away.store(0, Ordering::Relaxed));
        let mut made = 0;
        for pair in &PAIRS {
            let (mut ours, mut by_hand) = (Vec::new(), Vec::new());
            for round in 0..=rounds {
                made += if is_sampled { pair.spans * CALLS } else { 0 };
                let a = batch(&here, pair.ours);
                at_rest(&AWAY[0], made);
                let b = batch(&there, pair.by_hand);
                at_rest(&AWAY[1], made);
                // The first warms up and does not count.
                if round > 0 {
                    ours.push(a);
                    by_hand.push(b);
                }
            }
            let [(ours, ours_median), (by_hand, by_hand_median)] = [ours, by_hand].map(least_and_median);
            let is_slower = ours > by_hand;
            let verdict = if is_slower { "SLOWER" } else { "" };
            println!(
                "{:<20} {ours:>9.1} {ours_median:>9.1}   {by_hand:>9.1} {by_hand_median:>9.1}   {:.2}x {verdict}",
                pair.name,
                by_hand / ours
            );
            passed &= !is_slower;
        }
        let _ = provider.shutdown();
        ours.shutdown_blocking(Duration::from_secs(5)).expect("nothing keeps it");
    }
    if given("--gate") && !passed {
        println!("gate: FAILED, an attribute is slower than by hand");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// Nanoseconds per call of one batch.
#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
fn batch(subscriber: &Dispatch, call: fn(u64) -> u64) -> f64 {
    tracing::dispatcher::with_default(subscriber, || {
        let begun = Instant::now();
        for number in 0..CALLS {
            black_box(call(black_box(number)));
        }
        begun.elapsed().as_nanos() as f64 / CALLS as f64
    })
}

/// Waits until less than a batch of what was made is left.
fn at_rest(away: &AtomicU64, made: u64) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while made - away.load(Ordering::Relaxed) >= BATCH {
        assert!(Instant::now() < deadline, "{} of {made} spans have come", away.load(Ordering::Relaxed));
        std::thread::yield_now();
    }
}

fn least_and_median(mut batches: Vec<f64>) -> (f64, f64) {
    batches.sort_by(f64::total_cmp);
    let at = |place: usize| batches.get(place).copied().unwrap_or(f64::NAN);
    (at(0), at(batches.len() / 2))
}

fn start(is_sampled: bool) -> Observability {
    let sampling = if is_sampled { Sampling::always() } else { Sampling::never() };
    let builder = arc_obs::builder().service_name("bench").no_server().span_exporter(Away).sampling(sampling);
    builder.install().expect("nothing else runs")
}

fn start_by_hand(is_sampled: bool) -> SdkTracerProvider {
    let sampler = if is_sampled { Sampler::AlwaysOn } else { Sampler::AlwaysOff };
    SdkTracerProvider::builder().with_sampler(sampler).with_batch_exporter(AwayByHand).build()
}
