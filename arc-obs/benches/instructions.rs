//! Calls one subject a number of times, for `instructions.sh` to count the
//! instructions: `instructions SUBJECT CALLS`. Without arguments it lists the
//! subjects.
#![expect(clippy::print_stdout, reason = "the list is for a script")]

mod subjects;

arc_obs::labels! { tier: subjects::Tier, region: subjects::Region }

use std::hint::black_box;
use std::process::ExitCode;

use subjects::{SUBJECTS, Subject, subject};

fn main() -> ExitCode {
    // `cargo bench` gives an option of its own.
    let arguments: Vec<_> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    match arguments.as_slice() {
        [] => SUBJECTS.iter().for_each(|subject| println!("{}", subject.name)),
        [name, calls] => match (subject(name), calls.parse()) {
            (Some(subject), Ok(calls)) => {
                let _observability = subjects::start();
                counted(subject, calls);
            }
            _ => return usage(),
        },
        _ => return usage(),
    }
    ExitCode::SUCCESS
}

fn usage() -> ExitCode {
    eprintln!("usage: instructions [SUBJECT CALLS]");
    ExitCode::FAILURE
}

/// `instructions.sh` counts what happens inside of this function, found by its name.
#[inline(never)]
fn counted(subject: &Subject, calls: u64) {
    (subject.run)(calls);
    // A jump at the end would leave this function before its work is done.
    black_box(());
}
