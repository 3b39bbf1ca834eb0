//! Prices of the user's own, as the builder is given them: kept, so that their files
//! can be read again while the program runs.

use std::path::PathBuf;

use crate::error::PricesError;
use crate::llm::{Price, PriceTable, prices, set_prices};
use crate::self_telemetry;
use crate::settings;

use super::notice;

/// Where prices come from.
#[derive(Clone, Debug, Default)]
pub(super) struct PriceSources {
    /// The file that the environment names, which all others beat.
    #[cfg(feature = "prices-file")]
    environment: Option<PathBuf>,
    /// In the order in which they were given.
    given: Vec<Source>,
}

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
        self.given.push(Source::Code(model, price));
    }

    #[cfg(feature = "prices-file")]
    pub(super) fn add_json(&mut self, json: String) {
        self.given.push(Source::Json(json));
    }

    #[cfg(feature = "prices-file")]
    pub(super) fn add_file(&mut self, path: PathBuf) {
        self.given.push(Source::File(path));
    }

    /// The file that the environment names: a file that the builder was given beats it.
    #[cfg(feature = "prices-file")]
    pub(super) fn add_file_of_environment(&mut self, path: PathBuf) {
        if !self.given.iter().any(|source| matches!(source, Source::File(_))) {
            self.environment = Some(path);
        }
    }

    #[cfg(not(feature = "prices-file"))]
    pub(super) fn add_file_of_environment(&mut self, _: PathBuf) {
        notice::warn(&format!(
            "the environment variable `{}` is left out: this program has arc-obs without its feature `prices-file`",
            settings::PRICES_FILE
        ));
    }

    /// What the environment names; `None` where it names nothing.
    fn of_environment(&self) -> Option<Result<PriceTable, PricesError>> {
        #[cfg(feature = "prices-file")]
        return self.environment.as_ref().map(|path| PriceTable::bundled().with_file(path));
        #[cfg(not(feature = "prices-file"))]
        None
    }

    fn with_given(&self, table: PriceTable) -> Result<PriceTable, PricesError> {
        self.given.iter().try_fold(table, |table, source| match source {
            Source::Code(model, price) => table.with_price(model, price.clone()),
            #[cfg(feature = "prices-file")]
            Source::Json(json) => table.with_json(json),
            #[cfg(feature = "prices-file")]
            Source::File(path) => table.with_file(path),
        })
    }

    /// Reads them and puts them in force, until what is handed back is dropped. Where
    /// there are none, those that are in force stay. What the environment names and
    /// cannot be used is warned of and left out, until it is read again.
    pub(super) fn install(&self) -> Result<Installed, PricesError> {
        let environment = self.of_environment().and_then(|read| {
            let left_out = |error: &PricesError| {
                notice::warn(&format!(
                    "the prices that the environment variable `{}` names are left out: {error}",
                    settings::PRICES_FILE
                ));
            };
            read.inspect_err(left_out).ok()
        });
        if environment.is_none() && self.given.is_empty() {
            return Ok(Installed(None));
        }
        let table = self.with_given(environment.unwrap_or_default())?;
        let before = prices();
        set_prices(table);
        Ok(Installed(Some(before)))
    }

    /// Reads them again and puts them in force; or leaves those that are, and counts.
    /// Where there are none, those in force are somebody else's, and stay.
    pub(super) fn reload(&self) -> Result<(), PricesError> {
        let environment = self.of_environment();
        if environment.is_none() && self.given.is_empty() {
            return Ok(());
        }
        match environment.unwrap_or_else(|| Ok(PriceTable::bundled())).and_then(|table| self.with_given(table)) {
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
