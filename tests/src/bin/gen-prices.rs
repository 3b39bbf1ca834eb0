//! Writes `arc-obs/src/llm/price/table.rs` and `arc-obs-macros/src/models.rs` from
//! the locked genai-prices.
//!
//! ```text
//! cargo run -p arc-obs-tests --bin gen-prices             # writes them
//! cargo run -p arc-obs-tests --bin gen-prices -- --check  # only compares
//! cargo run -p arc-obs-tests --bin gen-prices -- --release  # before a release: its names stay known
//! ```

use std::path::Path;
use std::process::ExitCode;

use arc_obs_tests::prices;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

#[expect(clippy::print_stdout, reason = "a command speaks to whoever called it")]
fn main() -> ExitCode {
    match run() {
        Ok(message) => {
            println!("{message}");
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("gen-prices: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<String, String> {
    let options: Vec<String> = std::env::args().skip(1).collect();
    let check = match options.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => false,
        ["--check"] => true,
        ["--release"] => return release(),
        _ => {
            return Err(format!("the options are --check and --release, not {:?}", options.join(" ")));
        }
    };
    let source = prices::source()?;
    let version = source.provenance().version;
    let mut messages = Vec::new();
    // All of them first: a fault in the data leaves every file as it was.
    for file in prices::generate_all(&source)? {
        let (name, path) = (file.path, Path::new(ROOT).join(file.path));
        if std::fs::read_to_string(&path).unwrap_or_default() == file.text {
            messages.push(format!("{name} is what genai-prices {version} gives"));
            continue;
        }
        if check {
            return Err(format!(
                "{name} is not what genai-prices {version} gives; write it by\n    \
                 cargo run -p arc-obs-tests --bin gen-prices"
            ));
        }
        std::fs::write(&path, &file.text).map_err(|error| format!("{name}: {error}"))?;
        messages.push(format!("{name} written from genai-prices {version}: {} lines", file.text.lines().count()));
    }
    Ok(messages.join("\n"))
}

/// Keeps the names that the attributes know, for the releases to come.
fn release() -> Result<String, String> {
    const FROM: &str = "arc-obs-macros/src/models.rs";
    const TO: &str = "tests/src/prices/released/names.rs";
    let names = std::fs::read_to_string(Path::new(ROOT).join(FROM)).map_err(|error| format!("{FROM}: {error}"))?;
    std::fs::write(Path::new(ROOT).join(TO), prices::as_released(&names)).map_err(|error| format!("{TO}: {error}"))?;
    Ok(format!("{TO}: what {FROM} knows stays known from here on"))
}
