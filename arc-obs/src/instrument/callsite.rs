//! The `static` that an expansion writes: plain data, and the one place where what is
//! resolved from it at the first call is kept.

use std::fmt;

use once_cell::race::OnceRef;

use crate::hub::{self, Handles, ModelNotice};
use crate::labels::{self, LabelKey, LabelSet};
use crate::metrics::{process_metrics, samples_per_label_set};
use crate::operation::{Extras, OperationKind, Site, SiteKind};
use crate::trace::SpanSite;

/// One annotated function.
///
/// Flat, and with one cell: the compiler walks the type and evaluates the value for
/// every annotated function, which is a good part of what one costs to check.
pub struct Callsite {
    kind: OperationKind,
    /// The agent, model, tool, workflow, cache or operation.
    name: &'static str,
    /// An agent's type, an LLM call's operation.
    detail: &'static str,
    provider: Option<&'static str>,
    /// Whether an LLM call's body records the usage.
    recorded: bool,
    /// Whether the attribute says what it costs.
    costs: bool,
    /// What only some functions' attributes say, behind one pointer.
    extras: &'static Extras,
    place: Place,
    /// The keys that `labels(..)` names.
    keys: &'static [LabelKey],
    /// The values of those keys, of a call site that is derived from another.
    labels: LabelSet,
    resolved: OnceRef<'static, Resolved>,
    /// The call sites that are derived from this one, by their labels.
    labelled: OnceRef<'static, Labelled>,
}

/// What is made of a call site when it is first needed; it stays for good.
pub(crate) struct Resolved {
    pub(crate) site: Site,
    pub(crate) handles: Handles,
    /// Whether its operations always carry something along, known without asking what it is.
    pub(crate) carries: bool,
    pub(crate) span: &'static SpanSite,
}

/// The call sites of one function, one for each set of labels that was seen.
struct Labelled {
    sites: Box<[OnceRef<'static, Callsite>]>,
    /// A span does not have the labels, so that they all share one.
    span: &'static SpanSite,
}

/// Function, module, file and line.
pub(crate) type Place = (&'static str, &'static str, &'static str, u32);

impl Callsite {
    /// `#[track_agent]`
    #[must_use]
    pub const fn agent(name: &'static str, agent_type: &'static str, place: Place) -> Self {
        Self::new(OperationKind::Agent, name, agent_type, place)
    }

    /// `#[track_llm]`
    #[must_use]
    pub const fn llm(
        model: &'static str,
        provider: Option<&'static str>,
        operation: &'static str,
        recorded: bool,
        place: Place,
    ) -> Self {
        let plain = Self::new(OperationKind::Llm, model, operation, place);
        Self { provider, recorded, ..plain }
    }

    /// `#[track_tool]`
    #[must_use]
    pub const fn tool(name: &'static str, place: Place) -> Self {
        Self::new(OperationKind::Tool, name, "", place)
    }

    /// `#[track_workflow]`
    #[must_use]
    pub const fn workflow(name: &'static str, place: Place) -> Self {
        Self::new(OperationKind::Workflow, name, "", place)
    }

    /// `#[track_cache]`
    #[must_use]
    pub const fn cache(name: &'static str, place: Place) -> Self {
        Self::new(OperationKind::Cache, name, "", place)
    }

    /// `#[track_request]`; the name is method and endpoint, with a space between them.
    #[must_use]
    pub const fn request(name: &'static str, method: &'static str, place: Place) -> Self {
        Self::new(OperationKind::Request, name, method, place)
    }

    /// `#[traced]`
    #[must_use]
    pub const fn operation(name: &'static str, place: Place) -> Self {
        Self::new(OperationKind::Operation, name, "", place)
    }

    /// What only some functions' attributes say, as `price(..)` and `tier = "…"`.
    #[must_use]
    pub const fn with(self, extras: &'static Extras) -> Self {
        Self { extras, ..self }
    }

    /// `cost = …`, on any of them.
    #[must_use]
    pub const fn costs(self) -> Self {
        Self { costs: true, ..self }
    }

    /// `labels(..)`
    #[must_use]
    pub const fn labelled(self, keys: &'static [LabelKey]) -> Self {
        Self { keys, ..self }
    }

    /// The names of the labels that its attribute names.
    #[must_use]
    pub fn label_names(&self) -> Vec<&'static str> {
        self.keys.iter().map(LabelKey::name).collect()
    }

    /// How many samples it makes on the page at most.
    #[must_use]
    pub const fn most_samples(&self) -> usize {
        labels::sets(self.keys).saturating_mul(samples_per_label_set(self.kind))
    }

    /// The same function's under a name that arrives at run time.
    pub(super) const fn renamed(&self, name: &'static str) -> Self {
        Self { name, resolved: OnceRef::new(), labelled: OnceRef::new(), ..*self }
    }

    /// Of this provider, where none is named.
    pub(super) const fn of_provider(self, provider: Option<&'static str>) -> Self {
        let provider = if self.provider.is_some() { self.provider } else { provider };
        Self { provider, ..self }
    }

    pub(super) const fn extras(&self) -> &'static Extras {
        self.extras
    }

    const fn new(kind: OperationKind, name: &'static str, detail: &'static str, place: Place) -> Self {
        Self {
            kind,
            name,
            detail,
            provider: None,
            recorded: false,
            costs: false,
            extras: &Extras::NONE,
            place,
            keys: &[],
            labels: &[],
            resolved: OnceRef::new(),
            labelled: OnceRef::new(),
        }
    }

    pub(crate) const fn kind(&self) -> OperationKind {
        self.kind
    }

    /// `None` where it is known only when the function is called.
    pub(crate) fn name(&self) -> Option<&'static str> {
        (!self.extras.named_at_run_time).then_some(self.name)
    }

    pub(crate) const fn place(&self) -> Place {
        self.place
    }

    /// The call site of this function with the labels at a place.
    #[inline]
    pub(super) fn with_labels(&'static self, index: usize) -> &'static Self {
        let known = self.labelled.get().and_then(|labelled| labelled.sites.get(index)?.get());
        match known {
            Some(site) => site,
            None => self.derive(index),
        }
    }

    /// Two threads may come here at once: both then go on with the same one.
    #[cold]
    fn derive(&'static self, index: usize) -> &'static Self {
        let labelled = self.labelled.get_or_init(|| {
            let sites = (0..labels::sets(self.keys)).map(|_| OnceRef::new()).collect();
            Box::leak(Box::new(Labelled { sites, span: Box::leak(Box::new(SpanSite::new())) }))
        });
        // An index is always one of them: it is made of places in each key.
        let Some(place) = labelled.sites.get(index) else { return self };
        place.get_or_init(|| {
            let labels = labels::set_at(self.keys, index);
            let span = labelled.span;
            let site = Self { labels, resolved: OnceRef::new(), labelled: OnceRef::new(), ..*self };
            site.resolved.get_or_init(|| site.resolve_with(span));
            Box::leak(Box::new(site))
        })
    }

    #[inline]
    pub(crate) fn resolved(&'static self) -> &'static Resolved {
        match self.resolved.get() {
            Some(resolved) => resolved,
            None => self.resolve(),
        }
    }

    /// Two threads may come here at once: both then go on with the same one.
    #[cold]
    fn resolve(&'static self) -> &'static Resolved {
        self.resolved.get_or_init(|| {
            let shared = self.labelled.get().map(|labelled| labelled.span);
            self.resolve_with(shared.unwrap_or_else(|| Box::leak(Box::new(SpanSite::new()))))
        })
    }

    fn resolve_with(&self, span: &'static SpanSite) -> &'static Resolved {
        let site = self.site();
        let handles = Handles::of(&site, process_metrics());
        let carries = handles.carries();
        Box::leak(Box::new(Resolved { site, handles, carries, span }))
    }

    fn site(&self) -> Site {
        let Self { name, costs, labels, .. } = *self;
        let kind = match self.kind {
            OperationKind::Agent => SiteKind::Agent { name, agent_type: self.detail },
            OperationKind::Llm => SiteKind::Llm {
                model: name,
                provider: self.provider,
                operation: self.detail,
                recorded: self.recorded,
                price: self.extras.price.as_ref(),
                tier: self.extras.tier,
                unpriced: self.extras.unpriced,
                costs,
                streamed: self.extras.streamed,
            },
            OperationKind::Tool => SiteKind::Tool { name, costs },
            OperationKind::Workflow => SiteKind::Workflow { name, costs },
            OperationKind::Cache => SiteKind::Cache { name },
            OperationKind::Request => {
                let endpoint = name.split_once(' ').map_or(name, |(_, endpoint)| endpoint);
                SiteKind::Request { name, method: self.detail, endpoint }
            }
            OperationKind::Operation => SiteKind::Operation { name, costs },
        };
        let (function, module, file, line) = self.place;
        let named_at_run_time = self.extras.named_at_run_time;
        Site { kind, labels, named_at_run_time, function, module, file, line, fields: self.extras.fields }
    }
}

impl fmt::Debug for Callsite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Callsite").field("name", &self.name).field("place", &self.place).finish_non_exhaustive()
    }
}

// The list that the linker makes, so that functions which were never called are
// known, too.
inventory::collect!(&'static Callsite);

/// Every annotated function of the program, called or not, in no order.
pub(crate) fn all() -> impl Iterator<Item = &'static Callsite> {
    inventory::iter::<&'static Callsite>.into_iter().copied()
}

/// Resolves every annotated function of the program: their series exist at zero
/// from here on, but for those of labels and of names that arrive at run time: they are there when
/// they are first seen.
/// Hands back those whose model is about to have no price, or has none.
pub(crate) fn prepare_all() -> Vec<(Site, ModelNotice)> {
    let is_known = |callsite: &&Callsite| callsite.keys.is_empty() && !callsite.extras.named_at_run_time;
    all().filter(is_known).for_each(|callsite| _ = callsite.resolved());
    let doubtful = |site: Site| hub::model_notice(&site).map(|notice| (site, notice));
    all().map(Callsite::site).filter_map(doubtful).collect()
}
