//! Match rules of the data, as the table has them.

use super::data::Match;
use super::pattern;

/// A test of a name in lower case. The names are those of the table's rules.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) enum Rule {
    Equals(String),
    StartsWith(String),
    EndsWith(String),
    Contains(String),
    Pattern(String),
    PatternStart(String),
    All(Vec<Rule>),
    Any(Vec<Rule>),
    NoneOf(Vec<Rule>),
}

impl Rule {
    /// The same rule for names in lower case.
    pub(super) fn of(rule: &Match) -> Result<Self, String> {
        let each = |rules: &[Match]| rules.iter().map(Self::of).collect::<Result<Vec<_>, _>>();
        Ok(match rule {
            Match::Equals(text) => Self::Equals(text.to_lowercase()),
            Match::StartsWith(text) => Self::StartsWith(text.to_lowercase()),
            Match::EndsWith(text) => Self::EndsWith(text.to_lowercase()),
            Match::Contains(text) => Self::Contains(text.to_lowercase()),
            Match::Regex(regex) => pattern::translate(regex)?,
            Match::And(rules) => Self::All(each(rules)?),
            Match::Or(rules) => Self::any(each(rules)?),
        })
    }

    /// One of these, at least, without a level more than needed.
    pub(super) fn any(rules: Vec<Self>) -> Self {
        let mut flat = Vec::with_capacity(rules.len());
        for rule in rules {
            match rule {
                Self::Any(inner) => flat.extend(inner),
                // Two rules of the data often differ in case alone.
                rule if flat.contains(&rule) => {}
                rule => flat.push(rule),
            }
        }
        match <[Self; 1]>::try_from(flat) {
            Ok([only]) => only,
            Err(flat) => Self::Any(flat),
        }
    }

    /// The rules of which one must fit, for places that say "any" by themselves.
    pub(super) fn into_any(self) -> Vec<Self> {
        match self {
            Self::Any(rules) => rules,
            rule => vec![rule],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_folded_and_flattened() {
        let equals = |text: &str| Match::Equals(text.into());
        let rule = Match::Or(vec![equals("M2-Her"), equals("m2-her"), Match::Or(vec![equals("a"), equals("b")])]);
        let wanted = ["m2-her", "a", "b"].map(|text| Rule::Equals(text.into()));
        assert_eq!(Rule::of(&rule), Ok(Rule::Any(wanted.to_vec())));
        assert_eq!(Rule::of(&Match::Or(vec![equals("a"), equals("A")])), Ok(Rule::Equals("a".into())));
    }
}
