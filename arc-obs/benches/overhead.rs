//! What an attribute costs per call, in nanoseconds, beside what the same metrics
//! and the same span cost by hand.
//!
//! `cargo bench -p arc-obs --bench overhead`; with `-- --gate` it fails where an
//! agent, async or not, is not at least [`FASTER`] times as fast as by hand with
//! `#[tracing::instrument]` and no subscriber.
//!
//! Machines are noisy, and more so when they do other work: so the subjects take
//! turns in short batches, whatever slows the machine down slows all of them, and
//! only numbers of one run are compared. The least of a subject's batches is the
//! one that was disturbed least.
#![expect(clippy::print_stdout, reason = "the table is what this program is for")]

mod subjects;

arc_obs::labels! { tier: subjects::Tier, region: subjects::Region }

use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use subjects::{SUBJECTS, Subject, subject};

/// How many times as fast as by hand an agent has to be.
const FASTER: f64 = 1.5;

/// Calls per batch: long against reading the clock, short against a time slice.
const CALLS: u64 = 500;
const ROUNDS: usize = 3_000;

/// Batches of two threads at once, before another subject has its turn.
const BATCHES: usize = 40;
const CONTENDED_ROUNDS: usize = 50;

/// What two threads call at once, beside each other.
const CONTENDED: [&str; 6] = ["hand", "hand-tracing", "agent", "hand-async", "hand-tracing-async", "agent-async"];

fn main() -> ExitCode {
    let given = |option: &str| std::env::args().any(|argument| argument == option);
    // `cargo bench` gives `--bench`, `cargo test` does not: it only wants to see
    // that this runs.
    let (rounds, contended_rounds) = if given("--bench") { (ROUNDS, CONTENDED_ROUNDS) } else { (1, 1) };

    let _observability = subjects::start();
    let alone = alone(SUBJECTS, rounds);
    println!("\none thread, ns per call, {rounds} batches of {CALLS} calls");
    print_table(&alone);

    if thread::available_parallelism().is_ok_and(|threads| threads.get() >= 2) {
        let subjects: Vec<_> = CONTENDED.into_iter().filter_map(subject).collect();
        let contended = contended(&subjects, contended_rounds);
        println!("\ntwo threads in the same function, ns per call of each");
        print_table(&contended);
    } else {
        println!("\ntwo threads in the same function: not measured, there is one processor");
    }

    if given("--gate") && !gate(&alone) {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// What one subject took, in nanoseconds per call.
struct Measured {
    name: &'static str,
    least: f64,
    median: f64,
}

impl Measured {
    fn new(name: &'static str, mut batches: Vec<f64>) -> Self {
        batches.sort_by(f64::total_cmp);
        let at = |place: usize| batches.get(place).copied().unwrap_or(f64::NAN);
        Self { name, least: at(0), median: at(batches.len() / 2) }
    }
}

/// Nanoseconds per call of one batch.
fn batch(subject: &Subject, calls: u64) -> f64 {
    let begun = Instant::now();
    (subject.run)(calls);
    #[expect(clippy::cast_precision_loss, reason = "a batch is far below 2^53 nanoseconds")]
    let (nanos, calls) = (begun.elapsed().as_nanos() as f64, calls as f64);
    nanos / calls
}

fn alone(subjects: &[Subject], rounds: usize) -> Vec<Measured> {
    let mut batches = vec![Vec::with_capacity(rounds); subjects.len()];
    // One round more, which warms up and does not count.
    for round in 0..=rounds {
        for (subject, batches) in subjects.iter().zip(&mut batches) {
            let nanos = batch(subject, CALLS);
            if round > 0 {
                batches.push(nanos);
            }
        }
    }
    subjects.iter().zip(batches).map(|(subject, batches)| Measured::new(subject.name, batches)).collect()
}

/// Two threads call the same function; what counts are the batches of each in
/// which the other got on with its own. On a processor that does other work too,
/// the two may well run one after the other, and nobody contends.
fn contended(subjects: &[&Subject], rounds: usize) -> Vec<Measured> {
    let meeting = Meeting::default();
    let progress = [AtomicUsize::new(0), AtomicUsize::new(0)];
    let hammer = |[mine, others]: [&AtomicUsize; 2]| {
        let mut counting = vec![Vec::with_capacity(2 * rounds * BATCHES); subjects.len()];
        for _ in 0..rounds {
            for (subject, counting) in subjects.iter().zip(&mut counting) {
                meeting.wait();
                for _ in 0..BATCHES {
                    let before = others.load(Ordering::Relaxed);
                    let nanos = batch(subject, CALLS);
                    mine.fetch_add(1, Ordering::Relaxed);
                    if others.load(Ordering::Relaxed) != before {
                        counting.push(nanos);
                    }
                }
            }
        }
        counting
    };
    let [one, two] = progress.each_ref();
    let (mut here, there) = thread::scope(|scope| {
        let there = scope.spawn(|| hammer([one, two]));
        (hammer([two, one]), there.join().expect("no subject panics"))
    });
    for (here, there) in here.iter_mut().zip(there) {
        here.extend(there);
    }
    subjects.iter().zip(here).map(|(subject, batches)| Measured::new(subject.name, batches)).collect()
}

/// Where two threads wait for each other, again and again. They spin, for a thread
/// that sleeps may be woken when the other has done its work.
#[derive(Default)]
struct Meeting {
    arrivals: AtomicUsize,
}

impl Meeting {
    fn wait(&self) {
        let arrival = self.arrivals.fetch_add(1, Ordering::AcqRel);
        let both = (arrival / 2 + 1) * 2;
        while self.arrivals.load(Ordering::Acquire) < both {
            std::hint::spin_loop();
        }
    }
}

/// What `measured` is compared with: by hand with a span, async or not as it is.
fn by_hand<'a>(measured: &Measured, among: &'a [Measured]) -> Option<&'a Measured> {
    let name = if measured.name.ends_with("-async") { "hand-tracing-async" } else { "hand-tracing" };
    among.iter().find(|measured| measured.name == name)
}

/// A row per subject; on the right, how many times as long [`by_hand`] takes.
fn print_table(table: &[Measured]) {
    println!("{:<20} {:>8} {:>8}   by hand with a span takes", "", "least", "median");
    for measured in table {
        let Some(by_hand) = by_hand(measured, table) else { continue };
        let (least, median) = (by_hand.least / measured.least, by_hand.median / measured.median);
        println!(
            "{:<20} {:>8.1} {:>8.1}   {:>7.2}x {:>7.2}x",
            measured.name, measured.least, measured.median, least, median
        );
    }
}

/// Whether the agents are as fast as they have to be.
fn gate(measured: &[Measured]) -> bool {
    ["agent", "agent-async"].into_iter().fold(true, |passed, name| {
        let ratio = measured.iter().find(|measured| measured.name == name).and_then(|agent| {
            let by_hand = by_hand(agent, measured)?;
            Some(by_hand.least / agent.least)
        });
        // A ratio that is missing or no number has not passed either.
        let fast = ratio.is_some_and(|ratio| ratio >= FASTER);
        let ratio = ratio.unwrap_or(f64::NAN);
        println!(
            "gate: {name} {ratio:.2} times as fast as by hand, at least {FASTER}: {}",
            if fast { "ok" } else { "FAILED" }
        );
        passed && fast
    })
}
