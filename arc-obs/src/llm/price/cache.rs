//! Answers of the look-up, kept: for models whose names arrive at run time.
//!
//! A look-up takes microseconds, and one that finds nothing in a long name
//! milliseconds; the same few names come again and again. Bounded, since names
//! that arrive are not to be trusted.

use std::collections::HashMap;
use std::sync::{LazyLock, PoisonError, RwLock};

use super::lookup::{Priced, find};
use super::own::LONGEST_NAME;
use super::unpriced::Unpriced;

/// How many answers are kept; further names are looked up each time.
const MOST: usize = 1_000;

type Answers = HashMap<Option<&'static str>, HashMap<Box<str>, Result<Priced, Unpriced>>>;

/// [`find`], of a name that may have been asked for before.
pub(crate) fn find_again(provider: Option<&'static str>, model: &str) -> Result<Priced, Unpriced> {
    static ANSWERS: LazyLock<RwLock<Answers>> = LazyLock::new(RwLock::default);
    if model.len() > LONGEST_NAME {
        return Err(Unpriced::UnknownModel);
    }
    {
        let answers = ANSWERS.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(answer) = answers.get(&provider).and_then(|answers| answers.get(model)) {
            return *answer;
        }
    }
    let answer = find(provider, model);
    let mut answers = ANSWERS.write().unwrap_or_else(PoisonError::into_inner);
    if answers.values().map(HashMap::len).sum::<usize>() < MOST {
        answers.entry(provider).or_default().insert(model.into(), answer);
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_the_same_the_second_time() {
        for (provider, model) in [(None, "gpt-4o"), (Some("openai"), "gpt-4o"), (None, "no-such-model")] {
            let first = find_again(provider, model).map_err(Unpriced::as_str);
            let again = find_again(provider, model).map_err(Unpriced::as_str);
            assert_eq!(format!("{first:?}"), format!("{again:?}"));
            assert_eq!(format!("{first:?}"), format!("{:?}", find(provider, model).map_err(Unpriced::as_str)));
        }
        assert!(find_again(None, &"x".repeat(65_536)).is_err());
    }
}
