//! The `static` that an expansion writes: plain data, and the places where what is
//! resolved from it at the first call is kept.

use std::fmt;
use std::sync::OnceLock;

use crate::hub::Handles;
use crate::operation::{Site, SiteKind};
use crate::trace::SpanSite;

/// One annotated function.
pub struct Callsite {
    site: Site,
    handles: OnceLock<Handles>,
    span: SpanSite,
}

impl Callsite {
    /// A function with these facts; `const`, so that it can be a `static`.
    #[must_use]
    pub const fn new(site: Site) -> Self {
        Self { site, handles: OnceLock::new(), span: SpanSite::new() }
    }

    /// `#[track_agent]`
    #[must_use]
    pub const fn agent(name: &'static str, agent_type: &'static str, at: Place) -> Self {
        Self::of(SiteKind::Agent { name, agent_type }, at)
    }

    /// `#[track_llm]`
    #[must_use]
    pub const fn llm(
        model: &'static str,
        provider: Option<&'static str>,
        operation: &'static str,
        recorded: bool,
        at: Place,
    ) -> Self {
        Self::of(SiteKind::Llm { model, provider, operation, recorded }, at)
    }

    /// `#[track_tool]`
    #[must_use]
    pub const fn tool(name: &'static str, at: Place) -> Self {
        Self::of(SiteKind::Tool { name }, at)
    }

    /// `#[traced]`
    #[must_use]
    pub const fn operation(name: &'static str, at: Place) -> Self {
        Self::of(SiteKind::Operation { name }, at)
    }

    const fn of(kind: SiteKind, (function, module, file, line): Place) -> Self {
        Self::new(Site { kind, function, module, file, line })
    }

    #[inline]
    pub(crate) fn handles(&'static self) -> &'static Handles {
        self.handles.get_or_init(|| Handles::of(&self.site.kind))
    }

    pub(crate) fn site(&'static self) -> &'static Site {
        &self.site
    }

    #[inline]
    pub(crate) fn span(&'static self) -> &'static SpanSite {
        &self.span
    }
}

impl fmt::Debug for Callsite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Callsite").field(&self.site).finish()
    }
}

/// Function, module, file and line.
pub(crate) type Place = (&'static str, &'static str, &'static str, u32);

/// A call site in the list that the linker makes, so that functions which were
/// never called are known, too.
#[derive(Debug)]
pub struct Submission(pub &'static Callsite);

inventory::collect!(Submission);

/// Resolves every annotated function of the program: their series exist at zero
/// from here on. Hands back those that ask for a deprecated model.
pub(crate) fn prepare_all() -> Vec<&'static Site> {
    let callsites = inventory::iter::<Submission>.into_iter().map(|Submission(callsite)| *callsite);
    callsites.filter(|callsite| callsite.handles().is_deprecated_model()).map(Callsite::site).collect()
}
