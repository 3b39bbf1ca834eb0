//! Against real servers. Where one is not installed, its test reports itself as
//! ignored, with the reason; with `ARC_OBS_REQUIRE_SERVERS=1` it fails instead.
//! `tests/servers/install` installs them all.

mod labels;
mod prometheus;

use arc_obs_tests::programs;
use libtest_mimic::{Arguments, Failed, Trial};

fn main() {
    let mut arguments = Arguments::from_args();
    // A process has one `init`.
    arguments.test_threads = Some(1);
    let trials = prometheus::TESTS.iter().chain(&labels::TESTS).map(|test| test.trial()).collect();
    libtest_mimic::run(&arguments, trials).exit();
}

/// A test, and the programs that it needs.
struct ServerTest {
    name: &'static str,
    needs: &'static [&'static str],
    run: fn() -> Result<(), Failed>,
}

impl ServerTest {
    fn trial(&self) -> Trial {
        let missing: Vec<_> = self.needs.iter().copied().filter(|name| programs::find(name).is_none()).collect();
        let run = self.run;
        if missing.is_empty() {
            return Trial::test(self.name, run);
        }
        let reason = format!("not installed: {}; see tests/servers/install", missing.join(", "));
        if programs::required() {
            return Trial::test(self.name, move || Err(reason.into()));
        }
        Trial::test(format!("{} ({reason})", self.name), run).with_ignored_flag(true)
    }
}
