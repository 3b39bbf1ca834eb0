//! Prices of the user's own: how the builder is given them, and where they come from,
//! which is kept, so that their files can be read again while the program runs.

use std::path::PathBuf;

use crate::error::PricesError;
use crate::llm::{Price, PriceTable, prices, set_prices};
use crate::self_telemetry;
use crate::settings;

use super::builder::Builder;
use super::notice;

impl Builder {
    /// Gives a model a price of your own, in US dollars per million tokens. It wins
    /// over the built-in one.
    ///
    /// Names and how several prices of one model go together are as in
    /// [`PriceTable::with_price`](crate::PriceTable::with_price). A price for the model
    /// that answered counts before one for the model that was asked for, and either
    /// before the built-in prices.
    ///
    /// Prices are the process's: they stay in force after the guard is dropped, until
    /// others are put in force, by another `install` that is given some or by
    /// [`set_prices`](crate::set_prices).
    ///
    /// ```
    /// use arc_obs::Price;
    ///
    /// let obs = arc_obs::builder()
    ///     .no_server()
    ///     .price("my-model", Price::new(0.5, 1.5).cache_read(0.05))
    ///     .price("my-model-free*", Price::new(0.0, 0.0))
    ///     .install()?;
    /// # drop(obs);
    /// # arc_obs::set_prices(arc_obs::PriceTable::bundled());
    /// # Ok::<(), arc_obs::InitError>(())
    /// ```
    pub fn price(mut self, model: impl Into<String>, price: Price) -> Self {
        self.prices.add_price(model.into(), price);
        self
    }

    /// Reads prices of your own from a JSON file, when [`install`](Self::install) is
    /// called and at each [`Observability::reload_prices`](crate::Observability::reload_prices).
    ///
    /// What stands in it: [`PriceTable::with_json`](crate::PriceTable::with_json).
    ///
    /// ```no_run
    /// let obs = arc_obs::builder().prices_file("/etc/research-service/prices.json").install()?;
    /// # Ok::<(), arc_obs::InitError>(())
    /// ```
    #[cfg(feature = "prices-file")]
    #[cfg_attr(docsrs, doc(cfg(feature = "prices-file")))]
    pub fn prices_file(mut self, path: impl Into<std::path::PathBuf>) -> Self {
        self.prices.add_file(path.into());
        self
    }

    /// Takes prices of your own from a JSON text, as [`prices_file`](Self::prices_file)
    /// from a file: `include_str!` puts one into the program.
    ///
    /// ```
    /// let prices = r#"{"version": 1, "prices": [{"model": "my-model", "input": 0.5, "output": 1.5}]}"#;
    /// let builder = arc_obs::builder().prices_json(prices);
    /// ```
    #[cfg(feature = "prices-file")]
    #[cfg_attr(docsrs, doc(cfg(feature = "prices-file")))]
    pub fn prices_json(mut self, json: impl Into<String>) -> Self {
        self.prices.add_json(json.into());
        self
    }

    /// Lets a cost that the provider itself reports (OpenRouter's `usage.cost`) win over
    /// the one that prices give. Otherwise it counts where a model has no price.
    ///
    /// ```
    /// let builder = arc_obs::builder().prefer_reported_cost();
    /// ```
    pub fn prefer_reported_cost(mut self) -> Self {
        self.prefer_reported_cost = true;
        self
    }
}

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
