//! Metrics of the user's own: what `#[metrics]` declares, in the same registry as ours.
//!
//! Each is a `static` of plain data, known from a list that the linker makes, so that it is
//! on the page before it is used. Its cells are found as those of labelled functions: by
//! the place of the label values in a table that is made at the first use.

use std::collections::HashMap;
use std::fmt;
use std::sync::LazyLock;

use once_cell::race::OnceRef;
use prometheus::core::Collector;

use super::cells::{Counter, FloatGauge, FloatHistogram};
use super::family::{Cell, Family, FamilyCollector, Spec};
use super::series::process;
use crate::labels::{self, LabelKey};

/// One metric that a program declares.
pub(crate) struct OwnMetric<C: Cell> {
    spec: Spec,
    keys: &'static [LabelKey],
    place: (&'static str, u32),
    cells: OnceRef<'static, Cells<C>>,
}

/// Its cells, by the place of their labels.
struct Cells<C: Cell>(Box<[OnceRef<'static, C>]>);

macro_rules! declarations {
    ($($(#[$doc:meta])* $name:ident: $variant:ident of $cell:ty, $make:ident;)*) => {
        $(
            $(#[$doc])*
            pub struct $name(OwnMetric<$cell>);

            impl $name {
                /// The metric, with the bounds of its buckets if it is a histogram.
                #[must_use]
                pub const fn new(
                    name: &'static str,
                    help: &'static str,
                    bounds: &'static [f64],
                    keys: &'static [LabelKey],
                    place: (&'static str, u32),
                ) -> Self {
                    Self(OwnMetric::new(name, help, bounds, keys, place))
                }

                #[inline]
                pub(crate) const fn metric(&'static self) -> &'static OwnMetric<$cell> {
                    &self.0
                }
            }

            impl fmt::Debug for $name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.debug_struct(stringify!($name)).field("name", &self.0.spec.name).finish_non_exhaustive()
                }
            }

            impl Declared {
                /// Its entry in the list that the linker makes.
                #[must_use]
                pub const fn $make(metric: &'static $name) -> Self {
                    Self(Metric::$variant(&metric.0))
                }
            }
        )*

        #[derive(Clone, Copy)]
        enum Metric {
            $($variant(&'static OwnMetric<$cell>),)*
        }

        /// A family of any type.
        #[derive(Clone, Copy)]
        pub(crate) enum OwnFamily {
            $($variant(&'static Family<$cell>),)*
        }

        impl Metric {
            fn name(self) -> &'static str {
                match self {
                    $(Self::$variant(metric) => metric.spec.name,)*
                }
            }

            /// File and line.
            fn place(self) -> (&'static str, u32) {
                match self {
                    $(Self::$variant(metric) => metric.place,)*
                }
            }

            /// Where it is in memory, which tells it from all others.
            fn address(self) -> usize {
                match self {
                    $(Self::$variant(metric) => address(metric),)*
                }
            }

            fn is_same_as(self, other: Self) -> bool {
                match (self, other) {
                    $((Self::$variant(one), Self::$variant(other)) => one.is_same_as(other),)*
                    _ => false,
                }
            }

            fn family(self) -> OwnFamily {
                match self {
                    $(Self::$variant(metric) => OwnFamily::$variant(metric.family()),)*
                }
            }
        }

        $(
            impl Holds<$cell> for Families {
                fn family(family: OwnFamily) -> Option<&'static Family<$cell>> {
                    if let OwnFamily::$variant(family) = family { Some(family) } else { None }
                }
            }
        )*

        impl Families {
            /// Calls `each` with every family's name and how to make its collector.
            pub(crate) fn for_each_family(&self, mut each: impl FnMut(&'static str, &dyn Fn() -> Box<dyn Collector>)) {
                for (name, family) in &self.shown {
                    match *family {
                        $(OwnFamily::$variant(family) => each(name, &|| Box::new(FamilyCollector(family))),)*
                    }
                }
            }
        }
    };
}

declarations! {
    /// `#[counter]`
    OwnCounter: Counter of Counter, counter;
    /// `#[gauge]`
    OwnGauge: Gauge of FloatGauge, gauge;
    /// `#[histogram]`
    OwnHistogram: Histogram of FloatHistogram, histogram;
}

/// One declared metric, in the list that the linker makes.
pub struct Declared(Metric);

inventory::collect!(Declared);

impl<C: Cell> OwnMetric<C> {
    /// A metric, with the bounds of its buckets if it is a histogram.
    const fn new(
        name: &'static str,
        help: &'static str,
        bounds: &'static [f64],
        keys: &'static [LabelKey],
        place: (&'static str, u32),
    ) -> Self {
        let spec = Spec { name, help, labels: &[], buckets: &[], bounds, per_one: 1.0 };
        Self { spec, keys, place, cells: OnceRef::new() }
    }

    /// The cell of the process at a place.
    #[inline]
    pub(crate) fn cell(&'static self, index: usize) -> &'static C
    where
        Families: Holds<C>,
    {
        match self.cells.get().and_then(|cells| cells.0.get(index)?.get()) {
            Some(cell) => cell,
            None => self.make(index),
        }
    }

    #[cold]
    fn make(&'static self, index: usize) -> &'static C
    where
        Families: Holds<C>,
    {
        let cells = self.cells.get_or_init(|| {
            let cells = (0..labels::sets(self.keys)).map(|_| OnceRef::new()).collect();
            Box::leak(Box::new(Cells(cells)))
        });
        let make = || process().own.cell(self, Some(index));
        cells.0.get(index).map_or_else(make, |place| place.get_or_init(make))
    }

    /// What two metrics must have in common to be one.
    fn is_same_as(&self, other: &Self) -> bool {
        let keys = |metric: &Self| metric.keys.iter().map(LabelKey::name).collect::<Vec<_>>();
        self.spec.help == other.spec.help && self.spec.bounds == other.spec.bounds && keys(self) == keys(other)
    }

    fn family(&'static self) -> &'static Family<C> {
        let names = self.keys.iter().map(LabelKey::name).collect();
        let family: &'static Family<C> = Box::leak(Box::new(Family::with_labels(&self.spec, names)));
        if self.keys.is_empty() {
            // There at zero from the start.
            family.child([]);
        }
        family
    }
}

fn address<C: Cell>(metric: &'static OwnMetric<C>) -> usize {
    std::ptr::from_ref(metric).addr()
}

/// All declared metrics by their names, and of one name by their places, so that it is the
/// same one in each run which is first.
static DECLARED: LazyLock<Vec<Metric>> = LazyLock::new(|| {
    let mut declared: Vec<_> = inventory::iter::<Declared>.into_iter().map(|declared| declared.0).collect();
    declared.sort_by_key(|metric| (metric.name(), metric.place(), metric.address()));
    declared
});

/// Two metrics of one name that cannot be one family.
pub(crate) struct Clash {
    pub(crate) name: &'static str,
    /// File and line of the one that is on the page.
    pub(crate) shown: (&'static str, u32),
    /// File and line of one that is not.
    pub(crate) hidden: (&'static str, u32),
}

/// The metrics of one name that are not like the first one of it.
pub(crate) fn clashes() -> Vec<Clash> {
    let mut clashes = Vec::new();
    for same_name in DECLARED.chunk_by(|a, b| a.name() == b.name()) {
        let [first, others @ ..] = same_name else { continue };
        for other in others.iter().filter(|other| !other.is_same_as(*first)) {
            clashes.push(Clash { name: first.name(), shown: first.place(), hidden: other.place() });
        }
    }
    clashes
}

/// Whether this program declares any metric of its own.
pub(crate) fn is_any_declared() -> bool {
    !DECLARED.is_empty()
}

/// The families of the metrics that a program declares: the process's, or a capture's.
pub(crate) struct Families {
    by_address: HashMap<usize, OwnFamily>,
    /// One per name, with it: those that are on the page.
    shown: Vec<(&'static str, OwnFamily)>,
}

impl Families {
    pub(super) fn new() -> Self {
        let mut families = Self { by_address: HashMap::new(), shown: Vec::new() };
        for same_name in DECLARED.chunk_by(|a, b| a.name() == b.name()) {
            let [first, others @ ..] = same_name else { continue };
            let family = first.family();
            families.shown.push((first.name(), family));
            families.by_address.insert(first.address(), family);
            for other in others {
                // What is declared alike, as by two versions of a crate, is one. What is not
                // counts for itself, and `clashes` says that the page does not have it.
                let family = if other.is_same_as(*first) { family } else { other.family() };
                families.by_address.insert(other.address(), family);
            }
        }
        families
    }

    /// The cell of a metric at a place; without its labels where there is none.
    pub(crate) fn cell<C: Cell>(&self, metric: &'static OwnMetric<C>, index: Option<usize>) -> &'static C
    where
        Self: Holds<C>,
    {
        let labels = index.map_or(&[][..], |index| labels::set_at(metric.keys, index));
        let known = self.by_address.get(&address(metric)).and_then(|family| Self::family(*family));
        // One that came with a library which was loaded later is on no page.
        known.unwrap_or_else(|| metric.family()).child_with(labels, [])
    }
}

/// Families of one type among others.
pub(crate) trait Holds<C: Cell> {
    fn family(family: OwnFamily) -> Option<&'static Family<C>>;
}
