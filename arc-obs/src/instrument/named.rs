//! Call sites of names that arrive at run time: `name = expression`,
//! `model = expression`, and the functions of `block`.
//!
//! Whatever runs wants a `&'static Callsite`. So one is made and kept for each name that
//! a function is called by, in bounded number; from then on a name costs one look-up
//! under a read lock, without an allocation. The label value of the name is bounded by
//! itself, and by less ([`Domain`](crate::metrics)): what is folded into `other` on the
//! page keeps its name, its span and its price.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::sync::{LazyLock, PoisonError, RwLock};

use crate::hub;
use crate::labels::{CUT, OTHER, UNNAMED, beginning, shown};
use crate::llm::Model;
use crate::llm::price::Asked;
use crate::operation::{Extras, OperationKind, StatedPrice};
use crate::self_telemetry::LabelOverflow;
use crate::settings::ENABLED;

use super::callsite::Callsite;

/// How many call sites are made for names in all, each of less than a kilobyte. What
/// comes then shares one per function, whose name is `other`.
const MOST: usize = 4_096;

/// How many each function may have in any case, so that one that is called by junk takes
/// nothing from the others. More than there are label values.
const MOST_OF_ONE: usize = 256;

/// How many more there may be of models that have a price: names that are junk must not take
/// the place of those that cost money.
const MOST_PRICED: usize = 2_048;

/// The target of spans whose module nobody says.
const TARGET: &str = "arc_obs";

/// What `name = …` is.
#[diagnostic::on_unimplemented(
    message = "`name = …` gives a `{Self}` and not a name",
    label = "this is no text",
    note = "give a string, as in `name = self.name` or `name = format!(\"search {{index}}\")`; it is borrowed, and evaluated before the body"
)]
pub trait RunTimeName {
    /// The name.
    #[doc(hidden)]
    fn as_name(&self) -> &str;
}

impl<T: AsRef<str> + ?Sized> RunTimeName for T {
    fn as_name(&self) -> &str {
        self.as_ref()
    }
}

/// What `model = …` is: a [`Model`], or text. `By` tells the two apart, and is inferred.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither the name of a model nor an `arc_obs::Model`",
    label = "this is no model",
    note = "give a string, as in `model = self.model`, or a constant, as in `const MINE: arc_obs::Model = arc_obs::Model::new(\"my-model\").price(0.2, 0.6);`"
)]
pub trait ModelSource<By> {
    /// The model.
    #[doc(hidden)]
    fn asked(&self) -> AskedModel<'_>;
}

/// A model that is asked for, opaque to everybody else.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct AskedModel<'a> {
    pub(super) name: &'a str,
    pub(super) given: Given<'a>,
}

/// Tag of a [`ModelSource`] that is text.
#[derive(Debug)]
pub struct ByName;
/// Tag of a [`ModelSource`] that is a [`Model`].
#[derive(Debug)]
pub struct ByModel;

impl<T: AsRef<str> + ?Sized> ModelSource<ByName> for T {
    fn asked(&self) -> AskedModel<'_> {
        AskedModel { name: self.as_ref(), given: Given::default() }
    }
}

impl ModelSource<ByModel> for Model {
    fn asked(&self) -> AskedModel<'_> {
        let given = Given { provider: self.provider, price: self.price, in_source: true, ..Given::default() };
        AskedModel { name: self.name, given }
    }
}

impl ModelSource<ByModel> for &Model {
    fn asked(&self) -> AskedModel<'_> {
        (**self).asked()
    }
}

/// The call site that the user's code says: it may panic without harm to the call.
pub fn named(callsite: &'static Callsite, say: impl FnOnce() -> &'static Callsite) -> &'static Callsite {
    catch_unwind(AssertUnwindSafe(say)).unwrap_or_else(|payload| {
        // Its destructor is the user's, too, and may panic.
        std::mem::forget(payload);
        hub::metrics().health.name_panicked();
        site(At::Attribute(callsite), callsite.kind(), UNNAMED, Given::default())
    })
}

/// `name = expression`
pub fn by_name<N: RunTimeName + ?Sized>(callsite: &'static Callsite, name: &N) -> &'static Callsite {
    site(At::Attribute(callsite), callsite.kind(), name.as_name(), Given::default())
}

/// `model = expression`
pub fn by_model<M: ModelSource<By> + ?Sized, By>(callsite: &'static Callsite, model: &M) -> &'static Callsite {
    let AskedModel { name, given } = model.asked();
    site(At::Attribute(callsite), callsite.kind(), name, given)
}

/// What tells places apart.
type Identity = (usize, u32, u32);

/// Where an operation is made.
#[derive(Clone, Copy)]
pub(super) enum At {
    /// In an annotated function.
    Attribute(&'static Callsite),
    /// Where one of the functions of `block` is called.
    Caller(&'static Location<'static>),
}

impl At {
    /// What tells places apart. (A file's name may exist more than once; then so does the
    /// call site.)
    fn identity(self) -> Identity {
        match self {
            Self::Attribute(callsite) => (std::ptr::from_ref(callsite).addr(), 0, 0),
            Self::Caller(caller) => (caller.file().as_ptr().addr(), caller.line(), caller.column()),
        }
    }
}

/// What is said beside the name where the operation is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Given<'a> {
    /// An agent's type, an LLM call's operation.
    pub(super) detail: Option<&'a str>,
    pub(super) provider: Option<&'a str>,
    pub(super) tier: Option<&'a str>,
    pub(super) price: Option<StatedPrice>,
    pub(super) recorded: bool,
    pub(super) costs: bool,
    /// Whether the name is a constant's, so that it is a label value in any case.
    pub(super) in_source: bool,
}

/// What there is a call site for.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Key<'a> {
    at: Identity,
    kind: OperationKind,
    name: &'a str,
    is_cut: bool,
    given: Given<'a>,
}

impl Key<'_> {
    /// The same name, whatever else is said: where there are enough, that is the most that
    /// can be kept of it.
    fn plain(&self) -> Self {
        let Given { recorded, costs, in_source, .. } = self.given;
        Key { given: Given { recorded, costs, in_source, ..Given::default() }, ..*self }
    }

    /// Whether it is a model that has a price.
    fn is_priced(&self) -> bool {
        self.kind == OperationKind::Llm
            && (self.given.price.is_some() || Asked::run_time(None, self.name, None).is_priced().is_ok())
    }

    /// What it shares with all that came after there were enough.
    fn other(&self) -> Key<'static> {
        let Given { recorded, costs, .. } = self.given;
        let given = Given { recorded, costs, ..Given::default() };
        Key { at: self.at, kind: self.kind, name: OTHER, is_cut: false, given }
    }

    fn leaked(&self) -> Key<'static> {
        let given = Given {
            detail: self.given.detail.map(leaked),
            provider: self.given.provider.map(leaked),
            tier: self.given.tier.map(leaked),
            ..Given { detail: None, provider: None, tier: None, ..self.given }
        };
        Key { name: leaked(self.name), given, ..*self }
    }
}

fn without_secrets(text: &'static str) -> &'static str {
    shown(text).map_or(text, |shown| leaked(&shown))
}

fn leaked(text: &str) -> &'static str {
    Box::leak(text.to_owned().into_boxed_str())
}

#[derive(Default)]
struct Sites {
    by_key: HashMap<Key<'static>, &'static Callsite>,
    /// How many there are of each function, those of `other` left out.
    counts: HashMap<Identity, usize>,
    all: usize,
    /// How many there are beyond those, of models that have a price.
    priced: usize,
}

impl Sites {
    fn is_full(&self, at: Identity) -> bool {
        self.all >= MOST && self.counts.get(&at).is_some_and(|count| *count >= MOST_OF_ONE)
    }

    /// Also where the key lives shorter than those that are kept.
    fn get(&self, key: &Key<'_>) -> Option<&'static Callsite> {
        let by_key: &HashMap<Key<'_>, &'static Callsite> = &self.by_key;
        by_key.get(key).copied()
    }

    /// `name` is the whole of it.
    fn insert(&mut self, at: At, key: &Key<'_>, name: &str) -> &'static Callsite {
        let key = key.leaked();
        self.by_key.entry(key).or_insert_with(|| Box::leak(Box::new(made(at, &key, name))))
    }
}

/// The call site of a name, as it is from the first time on.
pub(super) fn site(at: At, kind: OperationKind, name: &str, given: Given<'_>) -> &'static Callsite {
    static SITES: LazyLock<RwLock<Sites>> = LazyLock::new(RwLock::default);
    if !ENABLED {
        static NOBODYS: Callsite = Callsite::operation("", ("", TARGET, "", 0));
        return &NOBODYS;
    }
    let whole = name;
    let (name, is_cut) = beginning(name);
    let key = Key { at: at.identity(), kind, name, is_cut, given: given.bounded() };
    {
        let sites = SITES.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = sites.get(&key) {
            return found;
        }
        // Once `other` exists, a storm of new names takes no write lock.
        let is_full = sites.is_full(key.at);
        if let Some(found) = is_full.then(|| sites.get(&key.plain())).flatten() {
            return found;
        }
        let is_other = is_full && (sites.priced >= MOST_PRICED || !key.is_priced());
        if let Some(other) = is_other.then(|| sites.get(&key.other())).flatten() {
            hub::metrics().health.label_overflow(LabelOverflow::Cap);
            return other;
        }
    }
    let mut sites = SITES.write().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = sites.get(&key) {
        return found;
    }
    let health = hub::metrics().health;
    if sites.is_full(key.at) {
        if let Some(found) = sites.get(&key.plain()) {
            return found;
        }
        if sites.priced < MOST_PRICED && key.is_priced() {
            sites.priced += 1;
            return sites.insert(at, &key, whole);
        }
        health.label_overflow(LabelOverflow::Cap);
        return sites.insert(at, &key.other(), OTHER);
    }
    if is_cut {
        health.label_overflow(LabelOverflow::TooLong);
    }
    *sites.counts.entry(key.at).or_default() += 1;
    sites.all += 1;
    sites.insert(at, &key, whole)
}

impl<'a> Given<'a> {
    /// An empty word says nothing.
    fn bounded(self) -> Self {
        let word = |word: Option<&'a str>| word.filter(|word| !word.is_empty()).map(|word| beginning(word).0);
        Self { detail: word(self.detail), provider: word(self.provider), tier: word(self.tier), ..self }
    }
}

/// The call site that a key stands for.
fn made(at: At, key: &Key<'static>, whole: &str) -> Callsite {
    let Key { kind, name, is_cut, given, .. } = *key;
    let name = match shown(whole) {
        Some(shown) => leaked(&shown),
        None if is_cut => leaked(&format!("{name}{CUT}")),
        None => name,
    };
    let given = Given { detail: given.detail.map(without_secrets), ..given };
    match at {
        At::Attribute(callsite) if given == Given::default() => callsite.renamed(name),
        At::Attribute(callsite) => {
            let extras = Extras {
                // What the attribute says is nearer.
                price: callsite.extras().price.or(given.price),
                named_at_run_time: !given.in_source,
                ..*callsite.extras()
            };
            callsite.renamed(name).with(Box::leak(Box::new(extras))).of_provider(given.provider)
        }
        At::Caller(caller) => {
            let place = ("", TARGET, caller.file(), caller.line());
            let mut extras = Extras::NONE;
            (extras.price, extras.tier, extras.named_at_run_time) = (given.price, given.tier, !given.in_source);
            let site = match kind {
                OperationKind::Agent => Callsite::agent(name, given.detail.unwrap_or("react"), place),
                OperationKind::Llm => {
                    let operation = given.detail.unwrap_or("chat");
                    Callsite::llm(name, given.provider, operation, given.recorded, place)
                }
                OperationKind::Tool => Callsite::tool(name, place),
                OperationKind::Workflow => Callsite::workflow(name, place),
                OperationKind::Cache => Callsite::cache(name, place),
                OperationKind::Request => Callsite::request(name, given.detail.unwrap_or(""), place),
                OperationKind::Operation => Callsite::operation(name, place),
            };
            let site = site.with(Box::leak(Box::new(extras)));
            if given.costs { site.costs() } else { site }
        }
    }
}

#[cfg(all(test, feature = "enabled"))]
mod tests {
    use std::collections::HashSet;

    use super::*;

    static AGENT: Callsite =
        Callsite::agent("", "react", ("a", "m", "f.rs", 0)).with(&Extras { named_at_run_time: true, ..Extras::NONE });
    static TOOL: Callsite =
        Callsite::tool("", ("f", "m", "f.rs", 1)).with(&Extras { named_at_run_time: true, ..Extras::NONE });
    static CACHE: Callsite =
        Callsite::cache("", ("g", "m", "f.rs", 2)).with(&Extras { named_at_run_time: true, ..Extras::NONE });

    #[test]
    fn a_name_has_one_call_site_per_function() {
        let first = by_name(&TOOL, "one");
        assert!(std::ptr::eq(first, by_name(&TOOL, &String::from("one"))));
        assert!(!std::ptr::eq(first, by_name(&TOOL, "two")));
        static ANOTHER: Callsite = Callsite::tool("", ("h", "m", "f.rs", 3));
        assert!(!std::ptr::eq(first, by_name(&ANOTHER, "one")));
    }

    #[test]
    fn names_are_cut_and_those_that_were_are_told_from_others() {
        let long = "x".repeat(1_000);
        let beginning = &long[..253];
        let sites = [by_name(&TOOL, &long), by_name(&TOOL, beginning), by_name(&TOOL, &format!("{beginning}…"))];
        let names = sites.map(|site| site.resolved().site.kind.operation().1);
        assert_eq!(names[0], names[2]);
        assert_eq!((names[0].len(), names[1].len()), (256, 253));
        assert_eq!(by_name(&TOOL, "").resolved().site.kind.operation().1, "unknown");
    }

    #[test]
    fn there_is_a_bounded_number_of_call_sites() {
        let sites: Vec<_> = (0..2 * MOST).map(|number| by_name(&CACHE, &format!("cache-{number}"))).collect();
        let different: HashSet<_> = sites.iter().map(|site| std::ptr::from_ref(*site).addr()).collect();
        // Other tests have made some, too.
        assert!((MOST - 100..=MOST + 1).contains(&different.len()), "{}", different.len());
        assert_eq!(sites[2 * MOST - 1].resolved().site.kind.operation().1, OTHER);
        assert!(std::ptr::eq(sites[0], by_name(&CACHE, "cache-0")), "those that were first stay");
        let others: HashSet<_> = (0..2 * MOST_OF_ONE)
            .map(|number| std::ptr::from_ref(by_name(&AGENT, &format!("agent-{number}"))).addr())
            .collect();
        assert_eq!(others.len(), MOST_OF_ONE + 1, "another function has its own");
    }

    #[test]
    fn code_that_panics_has_no_name() {
        let site = named(&TOOL, || panic!("on purpose"));
        assert_eq!(site.resolved().site.kind.operation().1, "unknown");
    }
}
