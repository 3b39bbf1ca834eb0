//! Where texts are cut that are too long: not in the middle of a secret, of which the half is
//! one, too.
//!
//! The gate takes out what is secret before it cuts. What is cut before, for no text of any length
//! is kept, is cut where a secret begins that goes on behind the cut.

use std::ops::Range;
use std::sync::{Arc, LazyLock};

use arc_swap::ArcSwapOption;

use super::Redaction;
use crate::operation::{LOOK_AHEAD, floor_char_boundary};

/// What is taken out of what leaves, while traces are made.
static CURRENT: ArcSwapOption<Redaction> = ArcSwapOption::const_empty();

/// What is preset, for whom nobody has said what it is to be.
static PRESET: LazyLock<Redaction> = LazyLock::new(Redaction::new);

/// Says what is secret from now on.
pub(crate) fn set_current(redaction: Redaction) {
    CURRENT.store(Some(Arc::new(redaction)));
}

/// What is secret now.
#[cfg(feature = "datadog")]
pub(crate) fn current() -> Redaction {
    CURRENT.load().as_deref().unwrap_or(&PRESET).clone()
}

/// How far back the beginning of a word is looked for. What is longer is no word.
const LONGEST_WORD: usize = 128;

/// Where a text is to be cut that could be cut at `end`, so that neither a secret is cut in two nor
/// a word, which somebody's own code may know to be one.
pub(crate) fn edge(text: &str, end: usize) -> usize {
    let current = CURRENT.load();
    let redaction = current.as_deref().unwrap_or(&PRESET);
    let seen = &text[..floor_char_boundary(text, end.saturating_add(redaction.looks_ahead()))];
    let found = redaction.found(seen);
    before(&found, word(text, before(&found, end)))
}

/// A name that arrived at run time, or the value of a label, where it is to be another: it goes onto
/// every page, span and line.
pub(crate) fn name(text: &str) -> Option<String> {
    let current = CURRENT.load();
    let redaction = current.as_deref().unwrap_or(&PRESET);
    let seen = &text[..floor_char_boundary(text, redaction.looks_ahead())];
    redaction.without_secrets(seen)
}

/// Before what goes on behind the cut, and what that is in.
fn before(found: &[(Range<usize>, &str)], mut end: usize) -> usize {
    let is_cut = |place: &Range<usize>, end: usize| place.start < end && end < place.end;
    while let Some((place, _)) = found.iter().find(|(place, _)| is_cut(place, end)) {
        end = place.start;
    }
    end
}

/// Before the word that is cut here, if one is.
pub(super) fn word(text: &str, end: usize) -> usize {
    let is_part = |byte: &u8| byte.is_ascii_graphic();
    let (before, behind) = text.as_bytes().split_at(end);
    let behind = behind.iter().take(LONGEST_WORD).take_while(|byte| is_part(byte)).count();
    let before = before.iter().rev().take(LONGEST_WORD).take_while(|byte| is_part(byte)).count();
    if behind > 0 && before + behind < LONGEST_WORD { end - before } else { end }
}

/// Cuts a text to so many characters, of which the last is then `…`; where it must be, before that.
pub(crate) fn cut_safely(text: &mut String, most: usize) {
    if let Some(end) = last(text, most) {
        let end = edge(text, end);
        text.truncate(end);
        text.push('…');
    }
}

/// Cuts a text to so many characters, of which the last is then `…`.
pub(super) fn cut(text: &mut String, most: usize) {
    if let Some(end) = last(text, most) {
        text.truncate(end);
        if most > 0 {
            text.push('…');
        }
    }
}

pub(super) fn is_longer(text: &str, most: usize) -> bool {
    // No text has more characters than bytes.
    text.len() > most && text.chars().nth(most).is_some()
}

/// Where the last of so many characters begins, in a text that has more.
fn last(text: &str, most: usize) -> Option<usize> {
    if !is_longer(text, most) {
        return None;
    }
    let last = most.checked_sub(1).and_then(|last| text.char_indices().nth(last));
    Some(last.map_or(0, |(end, _)| end))
}

/// The part of a text that is looked at, so far beyond the cut, and where that is: a secret that begins
/// before it is seen whole.
pub(super) fn window(text: &str, most: usize, beyond: usize) -> (&str, usize) {
    let Some(cut) = text.char_indices().nth(most).map(|(cut, _)| cut).filter(|_| text.len() > most) else {
        return (text, text.len());
    };
    (&text[..floor_char_boundary(text, cut.saturating_add(beyond))], cut)
}

impl Redaction {
    /// How many bytes behind a cut are looked at. What a pattern matches may be longer than secrets are.
    pub(super) const fn looks_ahead(&self) -> usize {
        const OF_PATTERNS: usize = 65_536;
        if self.has_patterns() { OF_PATTERNS } else { LOOK_AHEAD }
    }
}
