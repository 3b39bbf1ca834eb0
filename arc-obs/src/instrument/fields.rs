//! Span fields of the user's own: `fields(..)`, `on_success(..)`, `on_error(..)` and
//! `set_field!`.
//!
//! What is said before the body is said before the operation begins, so that its span is
//! made with it; what is said later goes to the operation that is in place on this thread.
//! Each puts its fields in place while it runs, with those that were there behind them: an
//! operation is found by what its function declares, whatever runs inside of it. Where
//! nobody listens there are no fields, and nothing of the user's is evaluated.
//!
//! What is evaluated here is the user's code: it may panic without harm to the call.

use std::cell::Cell;
use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::hub;
use crate::operation::{DeclaredFields, Said, Site};
use crate::self_telemetry::FieldLoss;
use crate::trace::{FieldSink, OpenSpan, SpanSite};

use super::callsite::{Callsite, Resolved};
use super::content::{self, Captured, ChunkedAnswer, Prompt, Words};
use super::field_value::Told;
use super::guard::Operation;

/// What the user's code says, unless it panics.
fn caught(say: impl FnOnce() -> Told) -> Option<Said> {
    catch_unwind(AssertUnwindSafe(|| say().0)).unwrap_or_else(|payload| {
        // Its destructor is the user's, too, and may panic.
        std::mem::forget(payload);
        hub::metrics().health.field_lost(FieldLoss::Panicked);
        None
    })
}

/// The fields of one running operation.
#[derive(Debug)]
pub(super) struct OpenFields {
    declared: &'static DeclaredFields,
    /// By their place among the declared ones.
    values: Vec<Option<Said>>,
    /// Where they are written to, once it is open.
    span: FieldSink,
    /// Whether anybody listens to the operation.
    is_heard: bool,
    /// What was asked, until the span is open.
    captured: Captured,
    /// What was in place before; while these are.
    outer: Option<Box<OpenFields>>,
}

impl OpenFields {
    fn new(declared: &'static DeclaredFields, is_heard: bool) -> Box<Self> {
        let values = vec![None; declared.names().len()];
        Box::new(Self {
            declared,
            values,
            span: FieldSink::none(),
            is_heard,
            captured: Captured::default(),
            outer: None,
        })
    }

    pub(super) fn values(&mut self) -> &mut [Option<Said>] {
        &mut self.values
    }

    fn set(&mut self, index: usize, said: Said) {
        if let (Some(place), Some(name)) = (self.values.get_mut(index), self.declared.names().get(index)) {
            self.span.record(name, &said);
            *place = Some(said);
        }
    }
}

thread_local! {
    /// The innermost of the fields that are in place on this thread.
    static CURRENT: Cell<Option<Box<OpenFields>>> = const { Cell::new(None) };
}

/// While a thread is torn down nothing is in place any more.
fn replace(fields: Option<Box<OpenFields>>) -> Option<Box<OpenFields>> {
    CURRENT.try_with(|current| current.replace(fields)).unwrap_or(None)
}

/// All that is in place, taken out to be changed, and put back also where that unwinds.
struct TakenOut(Option<Box<OpenFields>>);

impl TakenOut {
    fn find(&mut self, declared: &'static DeclaredFields) -> Option<&mut OpenFields> {
        let mut next = self.0.as_deref_mut();
        while let Some(open) = next {
            if std::ptr::eq(open.declared, declared) {
                return Some(open);
            }
            next = open.outer.as_deref_mut();
        }
        None
    }
}

impl Drop for TakenOut {
    fn drop(&mut self) {
        replace(self.0.take());
    }
}

/// Asks the innermost operation in place of the function that declares these; `None` where
/// there is none.
fn with_open<T>(declared: &'static DeclaredFields, ask: impl FnOnce(&mut OpenFields) -> T) -> Option<T> {
    TakenOut(replace(None)).find(declared).map(ask)
}

/// The fields that an operation carries along, if it has any.
#[derive(Debug)]
pub(super) struct OwnFields {
    fields: Option<Box<OpenFields>>,
    is_in_place: bool,
}

impl OwnFields {
    pub(super) const fn new(fields: Option<Box<OpenFields>>) -> Self {
        Self { fields, is_in_place: false }
    }

    /// An operation begins: with what was said before, if anything was.
    pub(super) fn begin(said: Option<Box<OpenFields>>, site: &Site, span: &OpenSpan, is_watched: bool) -> Self {
        let Some(declared) = site.fields else { return Self::new(None) };
        let is_heard = span.is_open() || is_watched;
        // One that nobody hears still stands before one of the same function around it.
        let has_fields = !declared.names().is_empty();
        // One that says `capture = none` tells nothing, whoever asks.
        let tells = is_heard && declared.tells_content() && content::is_of_all();
        let is_needed = (is_heard && has_fields) || tells || with_open(declared, |_| ()).is_some();
        let fields = said.or_else(|| is_needed.then(|| OpenFields::new(declared, is_heard)));
        Self::new(fields.map(|mut fields| {
            fields.span = span.fields();
            fields.captured.begin(span, tells);
            fields.is_heard = is_heard;
            fields
        }))
    }

    pub(super) const fn are_some(&self) -> bool {
        self.fields.is_some()
    }

    /// What was said before the operation began.
    pub(super) fn take_said(&mut self) -> Option<Box<OpenFields>> {
        self.fields.take()
    }

    pub(super) fn enter(&mut self) {
        if let Some(mut own) = self.fields.take() {
            own.outer = replace(None);
            replace(Some(own));
            self.is_in_place = true;
        }
    }

    pub(super) fn leave(&mut self) {
        if self.is_in_place {
            self.is_in_place = false;
            self.fields = replace(None);
            replace(self.fields.as_mut().and_then(|own| own.outer.take()));
        }
    }

    /// Those that have a value, for those who watch.
    pub(super) fn told(&mut self) -> hub::Fields {
        let Some(own) = self.fields.take() else { return hub::Fields::new() };
        let names = own.declared.names().iter();
        let told = names.zip(own.values).filter_map(|(name, said)| Some(((*name).to_owned(), said?.value)));
        told.collect()
    }
}

/// Takes the values of an operation's fields, each by the place of its field.
#[derive(Debug)]
pub struct Saying<'a> {
    values: &'a mut [Option<Said>],
    captured: Captured,
}

impl Saying<'_> {
    /// The value of one of them, if there is one.
    pub fn add(&mut self, index: usize, say: impl FnOnce() -> Told) {
        if let (Some(place), Some(said)) = (self.values.get_mut(index), caught(say)) {
            *place = Some(said);
        }
    }

    /// What an LLM call was asked, if the attribute says so (`capture`), or all are to tell.
    pub fn prompt(&mut self, is_said: bool, say: impl FnOnce(&mut Prompt)) {
        self.captured.prompt(is_said, say);
    }

    /// What it answered, where it told what it was asked.
    pub fn answer(&mut self, say: impl FnOnce() -> Words) {
        self.captured.answer(say);
    }

    /// What a tool was given, in the same way.
    pub fn arguments(&mut self, is_said: bool, say: impl FnOnce(&mut Prompt)) {
        self.captured.arguments(is_said, say);
    }

    /// What it came to.
    pub fn result(&mut self, say: impl FnOnce() -> Words) {
        self.captured.result(say);
    }
}

/// Whether anybody can hear of any operation's fields: two relaxed loads.
fn can_be_heard() -> bool {
    SpanSite::is_anybody_listening() || hub::is_anybody_watching()
}

/// Whether a call of this function would be heard by anybody on this thread.
fn is_heard_here(resolved: &'static Resolved) -> bool {
    resolved.span.is_wanted(&resolved.site) || hub::is_watched_here()
}

/// `fields(..)`: an operation that is going to begin with these.
pub fn fields_before(callsite: &'static Callsite, say: impl FnOnce(&mut Saying<'_>)) -> Operation {
    let resolved = callsite.resolved();
    match resolved.site.fields {
        Some(declared) if is_heard_here(resolved) => {
            let mut fields = OpenFields::new(declared, true);
            let mut saying = Saying { values: &mut fields.values, captured: Captured::default() };
            say(&mut saying);
            fields.captured = saying.captured;
            Operation::with_fields(callsite, fields)
        }
        _ => Operation::new(callsite),
    }
}

/// The same of a function that says nothing but what it is asked, where all are to tell that.
#[inline]
pub fn content_before(callsite: &'static Callsite, say: impl FnOnce(&mut Saying<'_>)) -> Operation {
    if content::is_of_all() { fields_before(callsite, say) } else { Operation::new(callsite) }
}

/// The same from inside of the body of an async function, whose operation is in place by then.
#[inline]
pub fn content_in_body(declared: &'static DeclaredFields, say: impl FnOnce(&mut Saying<'_>)) {
    if !content::is_of_all() {
        return;
    }
    if let Some(captured) = with_open(declared, |open| open.captured.at_end()) {
        let mut saying = Saying { values: &mut [], captured };
        say(&mut saying);
        saying.captured.tell();
    }
}

/// What takes the chunks of the operation's answer, if they are wanted.
pub(super) fn answer_in_chunks(
    operation: &mut Operation,
    declared: &'static DeclaredFields,
) -> Option<Box<ChunkedAnswer>> {
    match operation.fields() {
        Some(OwnFields { fields: Some(own), .. }) => own.captured.answer_in_chunks(),
        _ => with_open(declared, |open| open.captured.answer_in_chunks())?,
    }
}

/// Runs what makes an operation's future, with the operation's fields in place.
pub(super) fn while_made<T>(operation: &mut Operation, make: impl FnOnce() -> T) -> T {
    struct InPlace<'a>(&'a mut OwnFields);

    impl Drop for InPlace<'_> {
        fn drop(&mut self) {
            self.0.leave();
        }
    }

    let Some(fields) = operation.fields() else { return make() };
    fields.enter();
    let _in_place = InPlace(fields);
    make()
}

/// `on_success(..)` and `on_error(..)`: the fields that a result says of itself, before its
/// operation ends.
pub fn fields_of_result(declared: &'static DeclaredFields, say: impl FnOnce(&mut Saying<'_>)) {
    if !can_be_heard() || with_open(declared, |open| open.is_heard) != Some(true) {
        return;
    }
    let mut values = vec![None; declared.names().len()];
    let captured = with_open(declared, |open| open.captured.at_end()).unwrap_or_default();
    let mut saying = Saying { values: &mut values, captured };
    say(&mut saying);
    let mut captured = saying.captured;
    captured.tell();
    with_open(declared, |open| {
        for (index, said) in values.into_iter().enumerate() {
            if let Some(said) = said {
                open.set(index, said);
            }
        }
    });
}

/// The same of a function that says nothing but what it answers, where all are to tell that.
#[inline]
pub fn content_of_result(declared: &'static DeclaredFields, say: impl FnOnce(&mut Saying<'_>)) {
    if content::is_of_all() {
        fields_of_result(declared, say);
    }
}

/// A result to be asked for what it is in success.
#[derive(Debug)]
pub struct Ended<'a, T: ?Sized>(pub &'a T);

/// The levels, for a glob import where an [`Ended`] is asked.
pub mod result_levels {
    use super::Ended;

    /// Is a `Result`.
    pub trait ViaResult<'a> {
        /// What is in its `Ok`.
        type Success;
        /// The `Ok`, if it is one.
        fn arc_obs_success(&self) -> Option<&'a Self::Success>;
    }

    impl<'a, T, E> ViaResult<'a> for &Ended<'a, Result<T, E>> {
        type Success = T;

        fn arc_obs_success(&self) -> Option<&'a T> {
            self.0.as_ref().ok()
        }
    }

    /// Is anything else.
    pub trait ViaReturn<'a> {
        /// The returned value.
        type Success: ?Sized;
        /// It.
        fn arc_obs_success(&self) -> Option<&'a Self::Success>;
    }

    impl<'a, T: ?Sized> ViaReturn<'a> for Ended<'a, T> {
        type Success = T;

        fn arc_obs_success(&self) -> Option<&'a T> {
            Some(self.0)
        }
    }
}

/// What `on_error(..)` can be asked of.
#[diagnostic::on_unimplemented(
    message = "`on_error` reads the error of a `Result`, and this function returns a `{Self}`",
    label = "what this function returns is never an error",
    note = "leave `on_error(..)` out, or read what is returned with `on_success(..)`"
)]
pub trait FailsWith<E> {
    /// The `Err`, if it is one.
    fn error(&self) -> Option<&E>;
}

impl<T, E> FailsWith<E> for Result<T, E> {
    fn error(&self) -> Option<&E> {
        self.as_ref().err()
    }
}

/// `on_error(..)`
pub fn error_of<R: FailsWith<E>, E>(result: &R) -> Option<&E> {
    result.error()
}

/// A declared field, as the expansion names it for `set_field!`.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    declared: &'static DeclaredFields,
    index: usize,
    callsite: fn() -> &'static Callsite,
}

impl Field {
    /// One of the fields that a function declares.
    #[must_use]
    pub const fn new(declared: &'static DeclaredFields, index: usize, callsite: fn() -> &'static Callsite) -> Self {
        Self { declared, index, callsite }
    }

    /// `set_field!(key = x)`; what says it is the user's code, which may panic.
    pub fn set(self, say: impl FnOnce() -> Told) {
        let Some(said) = caught(say) else { return };
        if with_open(self.declared, |open| open.set(self.index, said)).is_none() {
            not_found();
        }
    }
}

#[cold]
fn not_found() {
    hub::metrics().health.field_lost(FieldLoss::NoOperation);
}

/// What `set_field!` may name.
#[diagnostic::on_unimplemented(
    message = "this is the beginning of a field's name, and no declared field itself",
    label = "not declared",
    note = "name the whole field, as in `set_field!(user.id = id)`, or declare it beside the others: `fields(.., key = _)`"
)]
pub trait IsField {
    /// The field.
    fn field(self) -> Field;
}

impl IsField for Field {
    fn field(self) -> Field {
        self
    }
}

/// The field, where somebody listens to its operation: only then its value is evaluated.
pub fn field_to_set(field: impl IsField) -> Option<Field> {
    if !can_be_heard() {
        return None;
    }
    let field = field.field();
    match with_open(field.declared, |open| open.is_heard) {
        Some(is_heard) => is_heard.then_some(field),
        None => {
            if is_heard_here((field.callsite)().resolved()) {
                not_found();
            }
            None
        }
    }
}
