//! The Prometheus side: one registry that holds every family.
//!
//! The registry is the process's own until `install` joins one that the user
//! has; the cells behind it are the same either way, so nothing that was counted
//! before is lost by joining or leaving.

use std::sync::{LazyLock, PoisonError, RwLock};

use prometheus::Registry;
use prometheus::core::Collector;
#[cfg(all(target_os = "linux", feature = "enabled"))]
use prometheus::process_collector::ProcessCollector as ProcessMetrics;

use super::catalog::MEMORY;
use super::process::ProcessCollector;
use super::series::{Metrics, process};
use crate::settings::ENABLED;

static OWN: LazyLock<Registry> = LazyLock::new(|| {
    let registry = registry_of(process());
    register_process(&registry);
    registry
});
static JOINED: RwLock<Option<Joined>> = RwLock::new(None);

/// A registry of the user's, while it is in use.
struct Joined {
    registry: Registry,
    /// Whether `process_*` are in it by us, and go when we go.
    with_process: bool,
}

/// The `prometheus::Registry` that holds the metrics of arc-obs.
///
/// Register your own metrics in it and they appear on the same page. It is a
/// registry of arc-obs, or, while `install` runs with
/// [`Builder::registry`](crate::Builder::registry), the one given there. It works
/// without `init`, too.
///
/// ```
/// use prometheus::{IntCounter, core::Collector};
///
/// let orders = IntCounter::new("shop_orders_total", "Orders placed")?;
/// arc_obs::registry().register(Box::new(orders.clone()))?;
/// orders.inc();
/// # Ok::<(), prometheus::Error>(())
/// ```
#[must_use]
pub fn registry() -> Registry {
    let joined = JOINED.read().unwrap_or_else(PoisonError::into_inner);
    joined.as_ref().map_or_else(|| OWN.clone(), |joined| joined.registry.clone())
}

/// A registry with the families of these metrics.
pub(crate) fn registry_of(metrics: &'static Metrics) -> Registry {
    let registry = Registry::new();
    // An empty registry refuses nothing of ours, which a test of the catalogue proves.
    let refused = register_families(&registry, metrics);
    debug_assert!(refused.is_ok(), "{refused:?}");
    registry
}

/// Makes a registry of the user's the one in use.
///
/// # Errors
///
/// The first metric that the registry refuses; then it holds none of ours.
pub(crate) fn join(registry: Registry) -> Result<(), (&'static str, prometheus::Error)> {
    register_families(&registry, process())?;
    let with_process = register_process(&registry);
    *JOINED.write().unwrap_or_else(PoisonError::into_inner) = Some(Joined { registry, with_process });
    Ok(())
}

/// Takes everything of ours out of the joined registry and goes back to our own.
pub(crate) fn leave() {
    let joined = JOINED.write().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(Joined { registry, with_process }) = joined {
        for_each_collector(process(), |_, make| {
            // It was registered by us; if the user has taken it out, it is out.
            let _ = registry.unregister(make());
        });
        if with_process {
            unregister_process(&registry);
        }
    }
}

/// Says who we are: the one child of `arc_app_info`, set to 1.
pub(crate) fn set_app_info(version: &str, environment: &str) {
    static LAST: RwLock<Option<(&'static str, &'static str)>> = RwLock::new(None);
    let Metrics { app_info: values, catalog, .. } = process();
    let next = (*values.run_time(version), *values.run_time(environment));
    let mut last = LAST.write().unwrap_or_else(PoisonError::into_inner);
    // After a second `init` with another version the first reads 0: it is no longer what runs.
    if let Some((version, environment)) = *last {
        catalog.app_info.child([version, environment]).set(0);
    }
    catalog.app_info.child([next.0, next.1]).set(1);
    *last = Some(next);
}

/// Registers all families, or none.
fn register_families(registry: &Registry, metrics: &'static Metrics) -> Result<(), (&'static str, prometheus::Error)> {
    let mut first_refused = None;
    let mut accepted: Vec<Box<dyn Collector>> = Vec::new();
    for_each_collector(metrics, |name, make| {
        if first_refused.is_some() {
            return;
        }
        match registry.register(make()) {
            Ok(()) => accepted.push(make()),
            Err(source) => first_refused = Some((name, source)),
        }
    });
    if let Some(refused) = first_refused {
        for collector in accepted {
            // It was registered a moment ago: there is nothing to tell if it is gone.
            let _ = registry.unregister(collector);
        }
        return Err(refused);
    }
    Ok(())
}

/// The usual `process_*` family, unless the registry has one already.
#[cfg(all(target_os = "linux", feature = "enabled"))]
fn register_process(registry: &Registry) -> bool {
    registry.register(Box::new(ProcessMetrics::for_self())).is_ok()
}

#[cfg(all(target_os = "linux", feature = "enabled"))]
fn unregister_process(registry: &Registry) {
    let _ = registry.unregister(Box::new(ProcessMetrics::for_self()));
}

/// The prometheus crate has these metrics on Linux only.
#[cfg(not(all(target_os = "linux", feature = "enabled")))]
fn register_process(_: &Registry) -> bool {
    false
}

#[cfg(not(all(target_os = "linux", feature = "enabled")))]
fn unregister_process(_: &Registry) {}

/// Every collector of ours: what registers, and, since it is found by its
/// descriptions, what unregisters.
fn for_each_collector(metrics: &'static Metrics, mut each: impl FnMut(&'static str, &dyn Fn() -> Box<dyn Collector>)) {
    if !ENABLED {
        return;
    }
    metrics.catalog.for_each_family(&mut each);
    metrics.own.for_each_family(&mut each);
    each(MEMORY.0, &|| Box::new(ProcessCollector::new(metrics.health)));
}
