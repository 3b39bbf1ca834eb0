//! Regular expressions of the data, spelt out as simple rules.
//!
//! The table has no regex engine behind it, and needs none: these expressions
//! are literals with digits, alternatives and optional parts in them, which
//! stand for a handful of plain patterns. This reads exactly that much of the
//! language and refuses the rest by name.
//!
//! One difference: `\d` is any digit of any script there, and `0` to `9` here.
//! No model has been dated in Devanagari yet.

use super::rule::Rule;

/// More patterns than this from one expression are no simple rule.
const MOST_PATTERNS: usize = 64;

/// Stands for a digit in a pattern.
const DIGIT: char = '#';

/// The rule that fits the names an expression matches.
pub(super) fn translate(regex: &str) -> Result<Rule, String> {
    let fault = |what: &str| format!("regex {regex:?} cannot be translated: {what}");
    let mut rest = regex.strip_prefix('^').ok_or_else(|| fault("it has no ^ at its start"))?;

    let mut rules = Vec::new();
    let mut without_slash = false;
    if let Some(body) = rest.strip_prefix("(?!") {
        let end = closing(body).ok_or_else(|| fault("a ( has no )"))?;
        if &body[..end] == "[^/]+/" {
            // As nothing below starts with a slash, "no letters and then a
            // slash at the start" is the same as "no slash".
            without_slash = true;
            rules.push(Rule::NoneOf(vec![Rule::Contains("/".into())]));
        } else {
            rules.push(without_word(&body[..end]).map_err(|what| fault(&what))?);
        }
        rest = &body[end + 1..];
    }

    let (rest, to_the_end) = match rest.strip_suffix('$') {
        Some(rest) => (rest, true),
        None => (rest, false),
    };
    let patterns = spell_out(rest).map_err(|what| fault(&what))?;
    if without_slash && patterns.iter().any(|pattern| pattern.is_empty() || pattern.starts_with('/')) {
        return Err(fault("its look-ahead (?![^/]+/) is followed by what may be a slash"));
    }
    if to_the_end || !rest.is_empty() {
        let plain = patterns.into_iter().map(|pattern| match (pattern.contains(DIGIT), to_the_end) {
            (false, true) => Rule::Equals(pattern),
            (false, false) => Rule::StartsWith(pattern),
            (true, true) => Rule::Pattern(pattern),
            (true, false) => Rule::PatternStart(pattern),
        });
        rules.push(Rule::any(plain.collect()));
    }
    match rules.len() {
        0 => Err(fault("it says nothing")),
        1 => Ok(rules.remove(0)),
        _ => Ok(Rule::All(rules)),
    }
}

/// `.*-tts(?:$|-)` in a negative look-ahead: nowhere `-tts` before `-` or the end.
fn without_word(body: &str) -> Result<Rule, String> {
    let word = body
        .strip_prefix(".*")
        .and_then(|body| body.strip_suffix("(?:$|-)"))
        .ok_or_else(|| format!("of look-aheads only (?![^/]+/) and (?!.*word(?:$|-)) are known, not (?!{body})"))?;
    let words = spell_out(word)?;
    if words.iter().any(|word| word.is_empty() || word.contains(DIGIT)) {
        return Err(format!("the look-ahead for {word:?} is not for a plain word"));
    }
    let places = words.into_iter().flat_map(|word| [Rule::Contains(format!("{word}-")), Rule::EndsWith(word)]);
    Ok(Rule::NoneOf(places.collect()))
}

/// Where the bracket closes that opened just before the text.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_u32;
    let mut escaped = false;
    for (at, letter) in text.char_indices() {
        match letter {
            _ if escaped => {
                escaped = false;
                continue;
            }
            '\\' => escaped = true,
            '(' => depth += 1,
            ')' if depth == 0 => return Some(at),
            ')' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// Every text that an expression without anchors stands for, with [`DIGIT`] for
/// any digit.
fn spell_out(expression: &str) -> Result<Vec<String>, String> {
    let mut texts = vec![String::new()];
    let mut rest = expression;
    while !rest.is_empty() {
        let (mut choice, after) = atom(rest)?;
        rest = after;
        if let Some(after) = rest.strip_prefix('?') {
            choice.push(String::new());
            rest = after;
        } else if let Some(after) = rest.strip_prefix('{') {
            let (count, after) = after.split_once('}').ok_or("a { has no }")?;
            let count: usize = count.parse().map_err(|_| format!("the repetition {{{count}}} is not a number"))?;
            let once = choice.clone();
            choice = (0..count).try_fold(vec![String::new()], |texts, _| product(&texts, &once))?;
            rest = after;
        }
        texts = product(&texts, &choice)?;
    }
    Ok(texts)
}

/// What the first element of an expression stands for, and what follows it.
fn atom(expression: &str) -> Result<(Vec<String>, &str), String> {
    if let Some(rest) = expression.strip_prefix("\\d") {
        return Ok((vec![DIGIT.to_string()], rest));
    }
    if let Some(rest) = expression.strip_prefix("(?:") {
        let end = closing(rest).ok_or("a ( has no )")?;
        let mut texts = Vec::new();
        for alternative in alternatives(&rest[..end]) {
            texts.extend(spell_out(alternative)?);
        }
        return Ok((texts, &rest[end + 1..]));
    }
    if let Some(rest) = expression.strip_prefix('[') {
        let (class, after) = rest.split_once(']').ok_or("a [ has no ]")?;
        let inner = class.get(1..class.len().saturating_sub(1)).unwrap_or("");
        if class.is_empty() || class.starts_with('^') || class.contains('\\') || inner.contains('-') {
            return Err(format!("the class [{class}] is not a plain list of letters"));
        }
        // Names are folded to lower case, so [tT] is a t.
        let mut texts: Vec<String> = class.chars().map(|letter| letter.to_lowercase().to_string()).collect();
        texts.sort_unstable();
        texts.dedup();
        return match texts.iter().any(|text| text.contains(DIGIT)) {
            true => Err(format!("the class [{class}] has a {DIGIT}, which stands for a digit")),
            false => Ok((texts, after)),
        };
    }
    let mut letters = expression.chars();
    let letter = match letters.next() {
        Some('\\') => match letters.next() {
            Some(letter) if letter.is_ascii_punctuation() => letter,
            Some(letter) => return Err(format!("the escape \\{letter} is not known")),
            None => return Err("it ends in a \\".into()),
        },
        Some(letter) if ".*+?()[]{}|^$".contains(letter) => {
            return Err(format!("the {letter} at {expression:?}"));
        }
        Some(letter) => letter,
        None => return Err("it ends too early".into()),
    };
    if letter == DIGIT || letter.is_uppercase() {
        // A capital could never match: names are folded to lower case.
        return Err(format!("the letter {letter:?}"));
    }
    Ok((vec![letter.to_string()], letters.as_str()))
}

/// The parts between the `|` that are in no inner bracket.
fn alternatives(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut depth) = (0, 0_u32);
    for (at, letter) in text.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            '|' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

/// Each text followed by each of the others.
fn product(texts: &[String], others: &[String]) -> Result<Vec<String>, String> {
    if texts.len() * others.len() > MOST_PATTERNS {
        return Err(format!("it stands for more than {MOST_PATTERNS} patterns"));
    }
    Ok(texts.iter().flat_map(|text| others.iter().map(move |other| format!("{text}{other}"))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Rule {
        Rule::Pattern(text.into())
    }

    #[test]
    fn digits_become_a_pattern() {
        assert_eq!(translate(r"^claude-fable-5-\d{8}$"), Ok(pattern("claude-fable-5-########")));
        assert_eq!(translate(r"^gpt-5\.4-\d{4}-\d{2}-\d{2}$"), Ok(pattern("gpt-5.4-####-##-##")));
        assert_eq!(translate(r"^flash-\d"), Ok(Rule::PatternStart("flash-#".into())));
    }

    #[test]
    fn literals_become_plain_rules() {
        assert_eq!(translate(r"^grok-4\.7\[fast=true\]$"), Ok(Rule::Equals("grok-4.7[fast=true]".into())));
        assert_eq!(translate("^opus"), Ok(Rule::StartsWith("opus".into())));
    }

    #[test]
    fn classes_and_groups_are_spelt_out() {
        assert_eq!(translate(r"^opus[-@]\d{2}$"), Ok(Rule::Any(vec![pattern("opus-##"), pattern("opus@##")])));
        let starts = |texts: [&str; 4]| Rule::Any(texts.map(|text| Rule::StartsWith(text.into())).to_vec());
        assert_eq!(translate("^(?:a-)?(?:(?:b|c)d)"), Ok(starts(["a-bd", "a-cd", "bd", "cd"])));
    }

    #[test]
    fn look_aheads_become_what_must_not_be() {
        let tts = Rule::NoneOf(vec![Rule::Contains("-tts-".into()), Rule::EndsWith("-tts".into())]);
        assert_eq!(translate("^(?!.*-[tT][tT][sS](?:$|-))"), Ok(tts));
        let plain = Rule::NoneOf(vec![Rule::Contains("/".into())]);
        assert_eq!(translate("^(?![^/]+/)o1"), Ok(Rule::All(vec![plain, Rule::StartsWith("o1".into())])));
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for (regex, what) in [
            ("o1", "no ^"),
            ("^", "says nothing"),
            ("^a.c", "the ."),
            ("^a*", "the *"),
            ("^a|b", "the |"),
            (r"^\w", r"\w"),
            ("^[a-z]", "class"),
            ("^[^a]", "class"),
            ("^(?:ab", "no )"),
            ("^(ab)", "the ("),
            ("^(?=a)b", "the ("),
            ("^(?!a)b", "look-ahead"),
            ("^(?![^/]+/)", "slash"),
            (r"^a\d{3", "no }"),
            (r"^a\d{1,3}", "{1,3}"),
            ("^GPT", "'G'"),
            ("^a#", "'#'"),
            ("^[abcdefgh][abcdefgh][abcdefgh]", "more than 64"),
        ] {
            let error = translate(regex).unwrap_err();
            assert!(error.contains(what) && error.contains("regex"), "{regex}: {error}");
        }
    }
}
