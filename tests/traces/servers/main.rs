//! Traces and metrics to real servers. Where one is not installed, its test reports itself as
//! ignored, with the reason; with `ARC_OBS_REQUIRE_SERVERS=1` it fails instead.
//! `tests/servers/install` installs them all; those that take minutes and gigabytes only with
//! `ARC_OBS_E2E=full`, and only then their tests run.

mod datadog;
mod full;
mod metrics;
mod newrelic;
mod otlp;
mod receivers;
mod sentry;

use arc_obs_tests::programs;
use libtest_mimic::{Arguments, Failed, Trial};

fn main() {
    let mut arguments = Arguments::from_args();
    // A process has one `init`.
    arguments.test_threads = Some(1);
    let tests = receivers::TESTS
        .iter()
        .chain(&datadog::TESTS)
        .chain(&metrics::TESTS)
        .chain(&newrelic::TESTS)
        .chain(&otlp::TESTS)
        .chain(&sentry::TESTS)
        .chain(&full::TESTS);
    libtest_mimic::run(&arguments, tests.map(ServerTest::trial).collect()).exit();
}

/// A test, and the program that it needs.
struct ServerTest {
    name: &'static str,
    needs: &'static str,
    run: fn() -> Result<(), Failed>,
}

impl ServerTest {
    fn trial(&self) -> Trial {
        let Self { name, needs, run } = *self;
        let is_large = ["phoenix", "mlflow"].contains(&needs);
        if is_large && std::env::var_os("ARC_OBS_E2E").is_none_or(|value| value != "full") {
            return Trial::test(format!("{name} (only with ARC_OBS_E2E=full)"), run).with_ignored_flag(true);
        }
        if programs::find(needs).is_some() {
            return Trial::test(name, run);
        }
        let hint = if is_large { " with ARC_OBS_E2E=full" } else { "" };
        let reason = format!("not installed: {needs}; see tests/servers/install{hint}");
        if programs::required() {
            return Trial::test(name, move || Err(reason.into()));
        }
        Trial::test(format!("{name} ({reason})"), run).with_ignored_flag(true)
    }
}
