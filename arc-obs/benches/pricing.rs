//! What pricing one LLM call costs, in nanoseconds, beside a price look-up as one
//! writes it by hand.
//!
//! `cargo bench -p arc-obs --bench pricing`; with `-- --gate` it fails where pricing
//! takes more than [`MOST`] times as long as by hand.
//!
//! Pricing cannot be called by itself, nor would that say what it costs in a call. So
//! calls are measured that differ in it alone, and the difference is what it costs:
//! with a usage and without; with a response that names its model and one that does
//! not. By hand means prices in floats in a map behind a lock, with none of tiers,
//! dates, caches or exact sums.
//!
//! The subjects take turns in short batches, as in the bench `overhead`, and only the
//! least of each subject's batches counts: the one that was disturbed least.
#![expect(clippy::print_stdout, reason = "the table is what this program is for")]

use std::collections::HashMap;
use std::hint::black_box;
use std::process::ExitCode;
use std::sync::{LazyLock, RwLock};
use std::time::{Instant, SystemTime};

use arc_obs::{Price, PriceTable, Usage, track_llm};
use serde::Serialize;

/// How many times as long as by hand pricing may take.
const MOST: f64 = 4.0;

/// What pricing is to stay below, in nanoseconds, on a machine of today. Not a gate:
/// that a machine is slow is no fault.
const WANTED: f64 = 200.0;

/// Calls per batch: long against reading the clock, short against a time slice.
const CALLS: u64 = 500;
const ROUNDS: usize = 2_000;

#[derive(Serialize)]
struct Response<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<&'a str>,
    usage: Tokens,
}

#[derive(Serialize)]
struct Tokens {
    prompt_tokens: u64,
    completion_tokens: u64,
    total_tokens: u64,
}

fn response(model: Option<&str>, number: u64) -> Response<'_> {
    let usage = Tokens { prompt_tokens: 1_000, completion_tokens: number, total_tokens: 1_000 + number };
    Response { id: "chatcmpl-1", model, usage }
}

#[inline(never)]
#[track_llm(model = "gpt-4o", usage = |_| None::<Usage>)]
fn without_usage(number: u64) -> u64 {
    number
}

#[inline(never)]
#[track_llm(model = "gpt-4o", usage = |number: &u64| Usage::new(1_000, *number))]
fn with_usage(number: u64) -> u64 {
    number
}

#[inline(never)]
#[track_llm(model = "gpt-4o")]
fn without_model(number: u64) -> Response<'static> {
    response(None, number)
}

#[inline(never)]
#[track_llm(model = "gpt-4o")]
fn the_model_asked(number: u64) -> Response<'static> {
    response(Some("gpt-4o"), number)
}

#[inline(never)]
#[track_llm(model = "gpt-4o")]
fn another_model(number: u64) -> Response<'static> {
    response(Some("gpt-4o-2024-08-06"), number)
}

/// By hand: the prices of the guide in a map, which may be replaced.
fn by_hand(number: u64) -> f64 {
    static PRICES: LazyLock<RwLock<HashMap<String, (f64, f64)>>> = LazyLock::new(|| {
        let prices = [
            ("gpt-4o", (2.5, 10.0)),
            ("gpt-4o-2024-08-06", (2.5, 10.0)),
            ("gpt-4o-mini", (0.15, 0.6)),
            ("gpt-4-turbo", (10.0, 30.0)),
            ("claude-3-5-sonnet", (3.0, 15.0)),
        ];
        RwLock::new(prices.map(|(model, price)| (model.to_owned(), price)).into())
    });
    // The call's date, as a dated table needs it.
    black_box(SystemTime::now());
    let prices = PRICES.read().expect("nobody panics");
    #[expect(clippy::cast_precision_loss, reason = "as it is written by hand")]
    prices
        .get(black_box("gpt-4o-2024-08-06"))
        .map_or(0.0, |(input, output)| (black_box(1_000.0) * input + number as f64 * output) / 1e6)
}

/// What a subject is called, and what calls it once.
type Subject = (&'static str, fn(u64));

const SUBJECTS: [Subject; 6] = [
    ("by hand", |number| done(&by_hand(number))),
    ("without usage", |number| done(&without_usage(number))),
    ("with usage", |number| done(&with_usage(number))),
    ("without model", |number| done(&without_model(number))),
    ("the model asked", |number| done(&the_model_asked(number))),
    ("another model", |number| done(&another_model(number))),
];

/// What a call returns is of no interest, but it has to be made.
#[inline(always)]
fn done<T>(result: &T) {
    black_box(result);
}

fn main() -> ExitCode {
    let given = |option: &str| std::env::args().any(|argument| argument == option);
    // `cargo bench` gives `--bench`, `cargo test` does not: it only wants to see that
    // this runs.
    let rounds = if given("--bench") { ROUNDS } else { 1 };

    println!("\nns per call, least of {rounds} batches of {CALLS} calls");
    let built_in = Measured::of("built-in prices", rounds);
    let table = PriceTable::bundled().with_price("gpt-4o*", Price::new(2.0, 8.0)).expect("it is a price");
    arc_obs::set_prices(table);
    let own = Measured::of("prices of one's own", rounds);

    if given("--gate") && ![built_in, own].iter().all(Measured::gate) {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// What the subjects took with some prices in force, in nanoseconds per call.
struct Measured {
    prices: &'static str,
    least: [f64; SUBJECTS.len()],
}

impl Measured {
    fn of(prices: &'static str, rounds: usize) -> Self {
        let mut least = [f64::INFINITY; SUBJECTS.len()];
        // One round more, which warms up and does not count.
        for round in 0..=rounds {
            for ((_, call), least) in SUBJECTS.iter().zip(&mut least) {
                let nanos = batch(*call);
                if round > 0 {
                    *least = least.min(nanos);
                }
            }
        }
        let measured = Self { prices, least };
        measured.print();
        measured
    }

    fn least(&self, name: &str) -> f64 {
        SUBJECTS.iter().zip(self.least).find(|((subject, _), _)| *subject == name).map_or(f64::NAN, |(_, least)| least)
    }

    /// What pricing costs: where the model that was asked for answers, and where
    /// another does, whose name is found anew in each call.
    fn pricing(&self) -> [(&'static str, f64); 2] {
        let priced = self.least("with usage") - self.least("without usage");
        let named = |model: &str| (self.least(model) - self.least("without model")).max(0.0);
        [("the model asked", priced + named("the model asked")), ("another model", priced + named("another model"))]
    }

    fn print(&self) {
        println!("\n{}", self.prices);
        for ((name, _), least) in SUBJECTS.iter().zip(self.least) {
            println!("  {name:<20} {least:>7.1}");
        }
        for (model, nanos) in self.pricing() {
            let times = nanos / self.least("by hand");
            let wanted = if nanos < WANTED { "below" } else { "ABOVE" };
            println!("  pricing, {model}: {nanos:.1} ns, {wanted} {WANTED} ns; {times:.2} times by hand");
        }
    }

    /// Whether pricing is as fast as it has to be.
    fn gate(&self) -> bool {
        self.pricing().into_iter().fold(true, |passed, (model, nanos)| {
            let times = nanos / self.least("by hand");
            // What is no number has not passed either.
            let fast = times <= MOST;
            let verdict = if fast { "ok" } else { "FAILED" };
            println!("gate: {}, {model}: {times:.2} times by hand, at most {MOST}: {verdict}", self.prices);
            passed && fast
        })
    }
}

/// Nanoseconds per call of one batch.
fn batch(call: fn(u64)) -> f64 {
    let begun = Instant::now();
    for number in 0..CALLS {
        call(black_box(number));
    }
    #[expect(clippy::cast_precision_loss, reason = "a batch is far below 2^53 nanoseconds")]
    let (nanos, calls) = (begun.elapsed().as_nanos() as f64, CALLS as f64);
    nanos / calls
}
