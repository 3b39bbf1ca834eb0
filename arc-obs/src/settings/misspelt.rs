//! Variables that look like ours and are not: a setting that is misspelt would change
//! nothing, and nobody would hear of it.

use std::ffi::{OsStr, OsString};

use super::table::NAMES;

const PREFIX: &str = "ARC_OBS_";

/// How many letters may be missing, too many or wrong.
const MOST: usize = 2;

/// A warning for each variable that is named nearly like one of ours. Others with our
/// prefix are somebody else's business. Values are not shown: one may be a token.
pub(super) fn warnings(environment: impl Iterator<Item = (OsString, OsString)>) -> Vec<String> {
    let set = environment.filter(|(_, value)| !value.to_string_lossy().trim().is_empty());
    let mut warnings: Vec<_> = set.filter_map(|(name, _)| warning(&name)).collect();
    // An environment has no order.
    warnings.sort();
    warnings
}

fn warning(name: &OsStr) -> Option<String> {
    let name = name.to_str().filter(|name| name.starts_with(PREFIX) && !NAMES.contains(name))?;
    let ours = NAMES.iter().filter(|ours| ours.starts_with(PREFIX) && ours.len().abs_diff(name.len()) <= MOST);
    let (distance, meant) = ours.map(|ours| (distance(name, ours), ours)).min()?;
    (distance <= MOST)
        .then(|| format!("the environment variable `{name}` means nothing to arc-obs; did you mean `{meant}`?"))
}

/// How many letters have to be added, left out or replaced (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, other) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_nearly_ours_is_told() {
        for (name, meant) in [
            #[cfg(feature = "server")]
            ("ARC_OBS_METRIC_TOKEN", Some("ARC_OBS_METRICS_TOKEN")),
            #[cfg(feature = "server")]
            ("ARC_OBS_LISTN", Some("ARC_OBS_LISTEN")),
            #[cfg(feature = "server")]
            ("ARC_OBS_METRICS_TOKENFILE", Some("ARC_OBS_METRICS_TOKEN_FILE")),
            ("ARC_OBS_PRICE_FILE", Some("ARC_OBS_PRICES_FILE")),
            ("ARC_OBS_PRICES_FIEL", Some("ARC_OBS_PRICES_FILE")),
            ("ARC_OBS_PRICES_FILE", None),
            ("ARC_OBS_PRICES", None),
            ("ARC_OBS_REQUIRE_SERVERS", None),
            ("ARC_OBS_", None),
            ("OTEL_SERVICE_NAMES", None),
            ("ARC_OBS_TERMINÄL", Some("ARC_OBS_TERMINAL")),
        ] {
            let told = warnings([(name.into(), "s3cret".into())].into_iter());
            let expected = meant.map(|meant| {
                format!("the environment variable `{name}` means nothing to arc-obs; did you mean `{meant}`?")
            });
            assert_eq!(told, Vec::from_iter(expected));
            assert_eq!(warnings([(name.into(), " ".into())].into_iter()), [""; 0], "empty is as good as none");
        }
    }

    #[test]
    fn the_distance_counts_letters() {
        for (a, b, expected) in [("", "", 0), ("a", "", 1), ("", "ab", 2), ("kitten", "sitting", 3), ("ab", "ba", 2)] {
            assert_eq!((distance(a, b), distance(b, a)), (expected, expected), "{a} {b}");
        }
    }
}
