//! Where the data is: in the genai-prices crate that Cargo.lock names.
//!
//! Cargo is asked for its place, since a registry may be a mirror, a vendored
//! folder or a path.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::Provenance;

const CRATE: &str = "genai-prices";

/// The data file of the locked genai-prices, and what identifies it.
#[derive(Debug)]
pub struct Source {
    /// The bytes of `data/prices.json`.
    pub json: Vec<u8>,
    version: String,
    commit: Option<String>,
    sha256: String,
}

impl Source {
    /// What [`generate`](super::generate) writes into the table's header.
    #[must_use]
    pub fn provenance(&self) -> Provenance<'_> {
        Provenance { version: &self.version, commit: self.commit.as_deref(), sha256: &self.sha256 }
    }
}

/// Reads the data file of the locked genai-prices.
///
/// # Errors
///
/// What cargo says when it cannot tell the crate's place, or which file cannot
/// be read.
pub fn source() -> Result<Source, String> {
    // Without --offline cargo may fetch what the lock file asks for: the first
    // run on a fresh machine.
    let metadata = metadata(&["--offline"]).or_else(|_| metadata(&[]))?;
    let mut found = metadata.packages.into_iter().filter(|package| package.name == CRATE);
    let package = match (found.next(), found.next()) {
        (Some(package), None) => package,
        (None, _) => return Err(format!("{CRATE} is no dependency of this workspace")),
        (Some(_), Some(_)) => {
            return Err(format!("Cargo.lock has more than one version of {CRATE}"));
        }
    };
    let folder = package.manifest_path.parent().unwrap_or(Path::new(""));
    let path = folder.join("data").join("prices.json");
    let json = std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let sha256 = Sha256::digest(&json).iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Source { json, version: package.version, commit: commit(folder), sha256 })
}

/// The commit that cargo noted when the crate was published, if it did.
fn commit(folder: &Path) -> Option<String> {
    let text = std::fs::read(folder.join(".cargo_vcs_info.json")).ok()?;
    let info: Value = serde_json::from_slice(&text).ok()?;
    info.pointer("/git/sha1")?.as_str().map(str::to_owned)
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    manifest_path: PathBuf,
}

fn metadata(options: &[&str]) -> Result<Metadata, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--locked"])
        .args(options)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .map_err(|error| format!("cannot run cargo metadata: {error}"))?;
    if !output.status.success() {
        return Err(format!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr).trim()));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| format!("what cargo metadata writes: {error}"))
}
