//! The `static` that an expansion writes: plain data, and the one place where what is
//! resolved from it at the first call is kept.

use std::fmt;

use once_cell::race::OnceRef;

use crate::hub::Handles;
use crate::metrics::process_metrics;
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
    resolved: OnceRef<'static, Resolved>,
}

/// What is made of a call site when it is first needed; it stays for good.
pub(crate) struct Resolved {
    pub(crate) site: Site,
    pub(crate) handles: Handles,
    /// Whether its operations always carry something along, known without asking what it is.
    pub(crate) carries: bool,
    pub(crate) span: SpanSite,
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

    /// The same function's under a name that arrives at run time.
    pub(super) const fn renamed(&self, name: &'static str) -> Self {
        let Self { kind, detail, provider, recorded, costs, extras, place, .. } = *self;
        Self { kind, name, detail, provider, recorded, costs, extras, place, resolved: OnceRef::new() }
    }

    /// Of this provider, where none is named.
    pub(super) const fn of_provider(self, provider: Option<&'static str>) -> Self {
        let provider = if self.provider.is_some() { self.provider } else { provider };
        Self { provider, ..self }
    }

    pub(crate) const fn kind(&self) -> OperationKind {
        self.kind
    }

    /// `None` where it arrives at run time.
    pub(crate) const fn name(&self) -> Option<&'static str> {
        if self.extras.named_at_run_time { None } else { Some(self.name) }
    }

    pub(crate) const fn place(&self) -> Place {
        self.place
    }

    pub(crate) const fn has_cost(&self) -> bool {
        self.costs
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
            resolved: OnceRef::new(),
        }
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
        let Self { name, costs, .. } = *self;
        let kind = match self.kind {
            OperationKind::Agent => SiteKind::Agent { name, agent_type: self.detail },
            OperationKind::Llm => SiteKind::Llm {
                model: name,
                provider: self.provider,
                operation: self.detail,
                recorded: self.recorded,
                price: self.extras.price.as_ref(),
                tier: self.extras.tier,
                costs,
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
        self.resolved.get_or_init(|| {
            let named_at_run_time = self.extras.named_at_run_time;
            let site = Site { kind, named_at_run_time, function, module, file, line };
            let handles = Handles::of(&site, process_metrics());
            let carries = handles.carries();
            Box::leak(Box::new(Resolved { site, handles, carries, span: SpanSite::new() }))
        })
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

/// Every annotated function of the program, in no order.
pub(crate) fn all_callsites() -> impl Iterator<Item = &'static Callsite> {
    inventory::iter::<&'static Callsite>.into_iter().copied()
}

/// Resolves every annotated function of the program whose name stands in the source:
/// their series exist at zero from here on. Hands back those that ask for a deprecated
/// model.
pub(crate) fn prepare_all() -> Vec<&'static Site> {
    let named = all_callsites().filter(|callsite| callsite.name().is_some());
    let resolved = named.map(|callsite| callsite.resolved());
    resolved.filter(|resolved| resolved.handles.is_deprecated_model()).map(|resolved| &resolved.site).collect()
}
