//! The prices that are in force in this process, and what each thread remembers of
//! looking them up.
//!
//! The end of every call comes here: one atomic load says whether a thread's memory is
//! of the prices in force, and a name that it saw before is found in it without a lock.
//! A name that is new to the thread is looked up under one. Replacing the prices moves
//! the generation, and each thread drops what it remembers when it next prices
//! something: until then it keeps the few models that it found, and not the table that
//! they are from. (Leaked entries would be shared by all threads, but a program that
//! replaces its prices every hour would leak for ever.)

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use super::cache;
use super::find::Found;
use super::lookup::{self, Priced};
use super::own::{LONGEST_NAME, OwnPrices};
use super::price_table::PriceTable;
use super::rate::Rates;
use super::rate::unix_seconds;
use super::unpriced::Unpriced;
use crate::operation::{ServiceTier, StatedPrice, Usage, Usd};

/// The user's own prices; none, as long as there were none.
static OWN: RwLock<Option<Arc<OwnPrices>>> = RwLock::new(None);

/// How often `OWN` was replaced.
static GENERATION: AtomicU64 = AtomicU64::new(0);

static PREFERS_REPORTED: AtomicBool = AtomicBool::new(false);

/// Puts prices in force, in place of all that were: for every call that ends after
/// this, in every thread.
///
/// [`Builder::price`](crate::Builder::price) and its like do so at `install`.
///
/// ```
/// use arc_obs::{Price, PriceTable};
///
/// arc_obs::set_prices(PriceTable::bundled().with_price("my-model", Price::new(0.5, 1.5))?);
/// # arc_obs::set_prices(PriceTable::bundled());
/// # Ok::<(), arc_obs::PricesError>(())
/// ```
pub fn set_prices(table: PriceTable) {
    let new = Some(Arc::clone(table.own())).filter(|own| !own.is_empty());
    let mut own = OWN.write().unwrap_or_else(PoisonError::into_inner);
    let old = std::mem::replace(&mut *own, new);
    // Still under the lock, so that prices and generation are read together.
    GENERATION.fetch_add(1, Ordering::Release);
    drop(own);
    // Not under it: there may be thousands.
    drop(old);
}

/// The prices that are in force.
///
/// ```
/// let cost = arc_obs::prices().cost("gpt-4o", &arc_obs::Usage::new(1_000, 200))?;
/// assert_eq!(cost.total().to_string(), "$0.0045");
/// # Ok::<(), arc_obs::Unpriced>(())
/// ```
#[must_use]
pub fn prices() -> PriceTable {
    let own = OWN.read().unwrap_or_else(PoisonError::into_inner);
    own.as_ref().map_or_else(PriceTable::bundled, |own| PriceTable::from_own(Arc::clone(own)))
}

/// Whether prices of the user's own are in force.
pub(crate) fn has_own_prices() -> bool {
    OWN.read().unwrap_or_else(PoisonError::into_inner).is_some()
}

/// Whether a cost that the provider reports wins over ours.
pub(crate) fn prefers_reported_cost() -> bool {
    PREFERS_REPORTED.load(Ordering::Relaxed)
}

pub(crate) fn prefer_reported_cost(prefer: bool) {
    PREFERS_REPORTED.store(prefer, Ordering::Relaxed);
}

/// The model that a call asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) provider: Option<&'static str>,
    pub(crate) model: &'a str,
    /// What the built-in table has of it.
    pub(super) table: Result<Priced, Unpriced>,
    /// What the attribute says that it costs: `price(..)`.
    pub(super) stated: Option<Rates>,
}

impl<'a> Asked<'a> {
    /// A model whose name stands in the source, with what its attribute says.
    pub(crate) fn literal(provider: Option<&'static str>, model: &'a str, stated: Option<&StatedPrice>) -> Self {
        Self { provider, model, table: lookup::find(provider, model), stated: stated.map(Rates::stated) }
    }

    /// A model whose name arrives at run time.
    pub(crate) fn run_time(provider: Option<&'static str>, model: &'a str, stated: Option<&StatedPrice>) -> Self {
        Self { provider, model, table: cache::find_again(provider, model), stated: stated.map(Rates::stated) }
    }

    /// The provider, if it is known.
    #[cfg(feature = "otlp")]
    pub(crate) fn provider(&self) -> Option<&'static str> {
        self.provider
    }

    /// Whether the provider has announced the model's end, or it has come.
    pub(crate) fn is_deprecated(&self) -> bool {
        self.table.is_ok_and(Priced::is_deprecated)
    }

    /// Whether there is any price for it. Not for the end of every call: this waits.
    pub(crate) fn is_priced(&self) -> Result<(), Unpriced> {
        if self.stated.is_some() {
            return Ok(());
        }
        let own = OWN.read().unwrap_or_else(PoisonError::into_inner);
        let has_own = own.as_ref().is_some_and(|own| !own.fitting(self.provider, self.model).is_empty());
        if has_own { Ok(()) } else { self.table.map(drop) }
    }

    /// What a call cost that was answered by a model, where the response names one.
    ///
    /// A price of the user's own counts first: for the model that answered, then for
    /// the one that was asked for. Then what the attribute states, then the table's, in
    /// the same order.
    pub(crate) fn total(
        &self,
        answered: Option<&str>,
        usage: &Usage,
        tier: Option<ServiceTier>,
        at: SystemTime,
    ) -> Result<Usd, Unpriced> {
        let (answered, at) = (answered.unwrap_or(self.model), unix_seconds(at));
        let generation = GENERATION.load(Ordering::Acquire);
        if generation == 0 && answered == self.model {
            return match &self.stated {
                Some(stated) => Ok(stated.total(usage)),
                None => self.table?.total(usage, tier, at),
            };
        }
        if self.model.len().max(answered.len()) > LONGEST_NAME {
            // A name that no price has is not worth remembering.
            return self.found(&self.search(answered).0, usage, tier, at);
        }
        let remembered = REMEMBERED.try_with(|memory| {
            let mut memory = memory.try_borrow_mut().ok()?;
            Some(self.found(memory.of(self, answered, generation)?, usage, tier, at))
        });
        match remembered {
            Ok(Some(total)) => total,
            // While a thread is torn down it remembers nothing.
            _ => self.found(&self.search(answered).0, usage, tier, at),
        }
    }

    fn found(&self, found: &Found, usage: &Usage, tier: Option<ServiceTier>, at: i64) -> Result<Usd, Unpriced> {
        match (found.own_total(usage, tier, at), &self.stated) {
            (Some(own), _) => Ok(own),
            (None, Some(stated)) => Ok(stated.total(usage)),
            (None, None) => found.table?.total(usage, tier, at),
        }
    }

    /// What prices such a call, and the generation of the prices in which it was found.
    #[inline(never)]
    fn search(&self, answered: &str) -> (Found, u64) {
        let another = answered != self.model;
        let fitting = |own: &Arc<OwnPrices>| {
            let mut fitting = own.fitting(self.provider, answered);
            if another {
                fitting.extend(own.fitting(self.provider, self.model));
            }
            fitting
        };
        let (own, generation) = {
            // Not a copy of the `Arc`: the last one would free the table here.
            let own = OWN.read().unwrap_or_else(PoisonError::into_inner);
            (own.as_ref().map_or_else(Vec::new, fitting), GENERATION.load(Ordering::Acquire))
        };
        let table = if another { cache::find_again(self.provider, answered).or(self.table) } else { self.table };
        (Found { own, table }, generation)
    }
}

/// How many answers a thread remembers, in some 8 KiB. Names beyond share places and
/// are looked up more often.
const PLACES: usize = 64;

thread_local! {
    static REMEMBERED: RefCell<Memory> = const { RefCell::new(Memory { generation: 0, places: Vec::new() }) };
}

/// What one thread remembers.
struct Memory {
    /// Of everything in `places`.
    generation: u64,
    places: Vec<Option<Remembered>>,
}

struct Remembered {
    provider: Option<&'static str>,
    asked: Box<str>,
    answered: Box<str>,
    found: Found,
}

impl Remembered {
    #[inline]
    fn is_of(&self, asked: &Asked<'_>, answered: &str) -> bool {
        *self.answered == *answered && *self.asked == *asked.model && self.provider == asked.provider
    }
}

impl Memory {
    fn of(&mut self, asked: &Asked<'_>, answered: &str, generation: u64) -> Option<&Found> {
        if self.generation != generation || self.places.is_empty() {
            self.forget(generation);
        }
        let place = place_of(asked.model, answered);
        if !self.places[place].as_ref().is_some_and(|kept| kept.is_of(asked, answered)) {
            self.learn(place, asked, answered);
        }
        self.places[place].as_ref().map(|kept| &kept.found)
    }

    #[cold]
    fn learn(&mut self, place: usize, asked: &Asked<'_>, answered: &str) {
        let (found, generation) = asked.search(answered);
        // Replaced since the caller looked: what else is remembered is of the old ones.
        if self.generation != generation {
            self.forget(generation);
        }
        let (provider, asked, answered) = (asked.provider, asked.model.into(), answered.into());
        self.places[place] = Some(Remembered { provider, asked, answered, found });
    }

    #[cold]
    fn forget(&mut self, generation: u64) {
        self.generation = generation;
        self.places.clear();
        self.places.resize_with(PLACES, || None);
    }
}

/// Where an answer is kept: by the last bytes of the names, in which those of one
/// provider differ.
fn place_of(asked: &str, answered: &str) -> usize {
    let tail = |name: &str| {
        let bytes = name.as_bytes();
        let tail = bytes.iter().rev().take(8);
        tail.fold(bytes.len() as u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
    };
    let hash = tail(answered) ^ tail(asked).rotate_left(17);
    // The upper bits are the best mixed of a product.
    usize::try_from(hash.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 58).unwrap_or(0) % PLACES
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::*;
    use crate::llm::price::given::Price;

    /// In one test, since the prices in force are the process's.
    #[test]
    fn what_is_remembered_is_what_is_in_force() {
        let asked = Asked { provider: None, model: "current-test", table: Err(Unpriced::UnknownModel), stated: None };
        let total = |answered: Option<&str>| {
            asked.total(answered, &Usage::new(1_000_000, 0), None, SystemTime::UNIX_EPOCH).map(Usd::as_dollars)
        };
        let table = |name, input| PriceTable::bundled().with_price(name, Price::new(input, 0.0)).unwrap();
        for answered in [None, Some("current-answered")] {
            assert_eq!(total(answered), Err(Unpriced::UnknownModel));
        }
        for input in [1.0, 2.0] {
            set_prices(table("current-test", input));
            // Again and again, and in a thread that remembers nothing.
            for answered in [None, Some("current-answered"), Some("gpt-4o"), None, Some("current-answered")] {
                assert_eq!(total(answered), Ok(input), "{answered:?}");
                assert_eq!(std::thread::scope(|scope| scope.spawn(|| total(answered)).join().unwrap()), Ok(input));
            }
        }
        set_prices(table("current-a*", 3.0));
        assert_eq!(total(Some("current-answered")), Ok(3.0));
        assert_eq!(total(None), Err(Unpriced::UnknownModel));
        assert_eq!(total(Some("gpt-4o")), Ok(2.5), "the table's, of the model that answered");
        assert_eq!(total(Some(&"x".repeat(1_000))), Err(Unpriced::UnknownModel));
        // A thread that has nothing more to price does not keep the whole table.
        let many = table("current-test", 4.0).with_price("current-another", Price::new(1.0, 1.0)).unwrap();
        let whole = Arc::downgrade(many.own());
        set_prices(many);
        let (priced, replaced) = (Barrier::new(2), Barrier::new(2));
        std::thread::scope(|scope| {
            let idle = scope.spawn(|| {
                assert_eq!(total(None), Ok(4.0));
                priced.wait();
                replaced.wait();
                total(None)
            });
            priced.wait();
            set_prices(PriceTable::bundled());
            assert_eq!(whole.strong_count(), 0);
            replaced.wait();
            assert_eq!(idle.join().unwrap(), Err(Unpriced::UnknownModel));
        });
        assert_eq!(total(Some("current-answered")), Err(Unpriced::UnknownModel));
    }

    #[test]
    fn names_that_share_a_place_are_told_apart() {
        let mut memory = Memory { generation: 0, places: Vec::new() };
        let names: Vec<String> = (0..10 * PLACES).map(|number| format!("gpt-4o-{number}")).collect();
        for _ in 0..2 {
            for name in &names {
                let asked = Asked { provider: None, model: name, table: Err(Unpriced::NoTokenPrice), stated: None };
                assert_eq!(memory.of(&asked, name, 0).unwrap().table.err(), Some(Unpriced::NoTokenPrice));
                let found = memory.of(&asked, "gpt-4o", 0).unwrap();
                assert_eq!(found.table.map(|priced| format!("{priced:?}")).as_deref(), Ok("openai/gpt-4o"));
            }
        }
        assert_eq!(memory.places.len(), PLACES);
    }

    #[test]
    fn names_spread_over_the_places() {
        let names =
            ["gpt-4o", "gpt-4o-mini", "gpt-4.1", "o3", "claude-sonnet-4-5", "gemini-2.5-pro", "gemini-2.5-flash"];
        let places: std::collections::BTreeSet<_> = names.iter().map(|name| place_of("gpt-4o", name)).collect();
        assert!(places.len() >= names.len() - 2, "{places:?}");
    }
}
