//! Writes `arc-obs/src/llm/price/table.rs` from the locked genai-prices.
//!
//! ```text
//! cargo run -p arc-obs-tests --bin gen-prices             # writes it
//! cargo run -p arc-obs-tests --bin gen-prices -- --check  # only compares
//! ```

use std::process::ExitCode;

use arc_obs_tests::prices;

const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../arc-obs/src/llm/price/table.rs");
/// As messages name the file.
const NAME: &str = "arc-obs/src/llm/price/table.rs";

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
        _ => {
            return Err(format!("the only option is --check, not {:?}", options.join(" ")));
        }
    };
    let source = prices::source()?;
    let table = prices::generate(&source.json, source.provenance())?;
    let version = source.provenance().version;

    let old = std::fs::read_to_string(TABLE).unwrap_or_default();
    if old == table {
        return Ok(format!("{NAME} is what genai-prices {version} gives"));
    }
    if check {
        return Err(format!(
            "{NAME} is not what genai-prices {version} gives; write it by\n    \
             cargo run -p arc-obs-tests --bin gen-prices"
        ));
    }
    std::fs::write(TABLE, &table).map_err(|error| format!("{NAME}: {error}"))?;
    Ok(format!("{NAME} written from genai-prices {version}: {} lines", table.lines().count()))
}
