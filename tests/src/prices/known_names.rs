//! The names of models that each release knows: what one knows, all that follow know.
//!
//! `tests/models/README.md` says how the lists come to be and what to do when a name is
//! gone.

use std::collections::BTreeSet;
use std::fmt::Write;

#[path = "../../../arc-obs-macros/src/known.rs"]
#[expect(dead_code, reason = "it also suggests names")]
mod known;
#[path = "../../../arc-obs-macros/src/models.rs"]
#[expect(dead_code, reason = "tiers are no names")]
mod models;

use models::PROVIDERS;

/// The list of all names that are known now, for `tests/models/<version>.txt`.
#[must_use]
pub fn known_names() -> String {
    let mut text = String::new();
    for provider in &PROVIDERS {
        let rules = provider.names.split('\n').chain(provider.rules.split('\n'));
        let names: BTreeSet<String> = rules.flat_map(examples).collect();
        let names = names.into_iter().filter(|name| known::check(Some(provider.id), name).is_ok());
        // Writing to a string cannot fail.
        let _ = writeln!(text, "[{}]", provider.id);
        for name in names {
            let alone = if known::check(None, &name).is_ok() { " *" } else { "" };
            let _ = writeln!(text, "{name}{alone}");
        }
    }
    text
}

/// The names of a list that are not known any more, as `provider: name`.
#[must_use]
pub fn lost(list: &str) -> Vec<String> {
    let mut provider = "";
    let mut lost = Vec::new();
    for line in list.lines() {
        if let Some(id) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            provider = id;
            continue;
        }
        let (name, alone) = line.strip_suffix(" *").map_or((line, false), |name| (name, true));
        if known::check(Some(provider), name).is_err() {
            lost.push(format!("{provider}: {name}"));
        } else if alone && known::check(None, name).is_err() {
            lost.push(format!("{provider}: {name}, without its provider"));
        }
    }
    lost
}

/// Names that a rule is made for: itself, with digits and dates in place, and for one
/// that leaves the end open something longer.
fn examples(rule: &str) -> Vec<String> {
    let globs = rule.split(['&', '|']).filter(|glob| !glob.is_empty() && !glob.starts_with('!'));
    globs
        .flat_map(|glob| {
            let text = glob.trim_matches('*').replace("####-##-##", "2026-01-02").replace("########", "20260102");
            let text = text.replace('#', "1");
            let longer = glob.ends_with('*').then(|| format!("{text}-1"));
            [text].into_iter().chain(longer)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;
    use std::time::{Duration, Instant};

    use super::*;

    fn lists() -> Vec<(String, String)> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
        let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let lists = files.filter(|path| path.extension().is_some_and(|extension| extension == "txt"));
        lists.map(|path| (path.display().to_string(), fs::read_to_string(&path).unwrap())).collect()
    }

    #[test]
    fn what_a_release_knew_is_known() {
        let lists = lists();
        assert!(!lists.is_empty());
        for (file, list) in lists {
            assert!(list.lines().count() > 2_500, "{file} has been cut");
            let lost = lost(&list);
            assert!(
                lost.is_empty(),
                "{} names of {file} are not known any more; tests/models/README.md says what to do:\n{}",
                lost.len(),
                lost.join("\n")
            );
        }
    }

    #[test]
    fn a_name_that_is_gone_is_told() {
        let list = "[openai]\ngpt-4o *\nno-such-model\n[acme]\ngpt-4o\n[aws]\nclaude-3-haiku-x *\n";
        let lost = lost(list);
        assert_eq!(lost[..2], ["openai: no-such-model", "acme: gpt-4o"]);
    }

    #[test]
    fn the_list_has_every_plain_name_and_something_of_rules() {
        let list = known_names();
        for name in ["gpt-4o *", "claude-sonnet-4-5 *", "[openai]"] {
            assert!(list.lines().any(|line| line == name), "{name}");
        }
        assert!(lost(&list).is_empty());
    }

    /// What the macros do for a crate of a hundred LLM functions, unoptimised as here.
    #[test]
    fn a_hundred_names_are_looked_up_in_less_than_five_milliseconds() {
        let names: Vec<&str> = PROVIDERS.iter().flat_map(|provider| provider.names.split('\n')).collect();
        let names: Vec<&str> =
            names.iter().step_by(names.len() / 100).copied().filter(|name| !name.is_empty()).collect();
        let look_up = || {
            let start = Instant::now();
            let known = names.iter().take(100).filter(|name| known::check(None, name).is_ok()).count();
            assert!(known < 101);
            start.elapsed()
        };
        // The least, since other work can only add to it.
        let least = (0..20).map(|_| look_up()).min().unwrap();
        assert!(least < Duration::from_millis(5), "{least:?}");
    }
}
