//! Prices of the user's own, as the builder is given them: kept, so that their files
//! can be read again while the program runs.

use std::path::PathBuf;

use crate::error::PricesError;
use crate::llm::{Price, PriceTable, prices, set_prices};
use crate::self_telemetry;
use crate::settings;

use super::notice;

/// Where prices come from, in the order in which they were given.
#[derive(Clone, Debug, Default)]
pub(super) struct PriceSources(Vec<Source>);

#[derive(Clone, Debug)]
enum Source {
    Code(String, Price),
    #[cfg(feature = "prices-file")]
    Json(String),
    #[cfg(feature = "prices-file")]
    File(PathBuf),
}

impl PriceSources {
    pub(super) fn add_price(&mut self, model: String, price: Price) {
        self.0.push(Source::Code(model, price));
    }

    #[cfg(feature = "prices-file")]
    pub(super) fn add_json(&mut self, json: String) {
        self.0.push(Source::Json(json));
    }

    #[cfg(feature = "prices-file")]
    pub(super) fn add_file(&mut self, path: PathBuf) {
        self.0.push(Source::File(path));
    }

    /// The file that the environment names: what the builder was given beats it. One that
    /// cannot be used is warned of, and left out.
    #[cfg(feature = "prices-file")]
    pub(super) fn add_file_of_environment(&mut self, path: PathBuf) {
        if self.0.iter().any(|source| matches!(source, Source::File(_))) {
            return;
        }
        match PriceTable::bundled().with_file(&path) {
            Ok(_) => self.0.insert(0, Source::File(path)),
            Err(error) => notice::warn(&format!(
                "the prices that the environment variable `{}` names are left out: {error}",
                settings::PRICES_FILE
            )),
        }
    }

    #[cfg(not(feature = "prices-file"))]
    pub(super) fn add_file_of_environment(&mut self, _: PathBuf) {
        notice::warn(&format!(
            "the environment variable `{}` is left out: this program has arc-obs without its feature `prices-file`",
            settings::PRICES_FILE
        ));
    }

    fn read(&self) -> Result<PriceTable, PricesError> {
        self.0.iter().try_fold(PriceTable::bundled(), |table, source| match source {
            Source::Code(model, price) => table.with_price(model, price.clone()),
            #[cfg(feature = "prices-file")]
            Source::Json(json) => table.with_json(json),
            #[cfg(feature = "prices-file")]
            Source::File(path) => table.with_file(path),
        })
    }

    /// Reads them and puts them in force, until what is handed back is dropped. Where
    /// none were given, those that are in force stay.
    pub(super) fn install(&self) -> Result<Installed, PricesError> {
        if self.0.is_empty() {
            return Ok(Installed(None));
        }
        let table = self.read()?;
        let before = prices();
        set_prices(table);
        Ok(Installed(Some(before)))
    }

    /// Reads them again and puts them in force; or leaves those that are, and counts.
    pub(super) fn reload(&self) -> Result<(), PricesError> {
        match self.read() {
            Ok(table) => {
                set_prices(table);
                Ok(())
            }
            Err(error) => {
                self_telemetry::price_reload_failed();
                Err(error)
            }
        }
    }
}

/// Prices that were put in force by an `install` that may still fail.
#[must_use]
pub(super) struct Installed(Option<PriceTable>);

impl Installed {
    /// It has not failed.
    pub(super) fn keep(mut self) {
        self.0 = None;
    }
}

impl Drop for Installed {
    fn drop(&mut self) {
        if let Some(before) = self.0.take() {
            set_prices(before);
        }
    }
}
