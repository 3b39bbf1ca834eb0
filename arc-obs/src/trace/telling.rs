//! To whom an error is told that an operation ends with: to the one that is in place, if its
//! span is recorded. Nobody else pays for what is found out of an error.

#[cfg(feature = "traces")]
use std::cell::Cell;
#[cfg(feature = "traces")]
use std::sync::Arc;
#[cfg(feature = "traces")]
use std::time::SystemTime;

#[cfg(feature = "reqwest")]
use super::ended::Server;
#[cfg(feature = "traces")]
use super::ended::{SpanEvent, Text};
#[cfg(feature = "traces")]
use super::layer::Live;
#[cfg(feature = "traces")]
use super::recording::Recorder;
#[cfg(feature = "traces")]
use crate::operation::{ErrorClass, Failure, FieldValue};

#[cfg(feature = "traces")]
thread_local! {
    static IN_PLACE: Cell<Option<Arc<Recorder>>> = const { Cell::new(None) };
}

/// While a thread is torn down nobody is told anything.
#[cfg(feature = "traces")]
fn replace(live: Option<Arc<Recorder>>) -> Option<Arc<Recorder>> {
    IN_PLACE.try_with(|in_place| in_place.replace(live)).unwrap_or_default()
}

/// The span of an operation that is recorded, or while it is in place, of the one around it.
#[derive(Debug, Default)]
pub(crate) struct Telling(#[cfg(feature = "traces")] Option<Arc<Recorder>>);

impl Telling {
    #[cfg(feature = "traces")]
    pub(super) fn new(live: Option<&Live>) -> Self {
        Self(live.and_then(Live::recorder))
    }

    /// Puts it in place, or takes it away again.
    pub(crate) fn swap(&mut self) {
        #[cfg(feature = "traces")]
        {
            self.0 = replace(self.0.take());
        }
    }

    /// Has it in place for a while.
    pub(crate) fn in_place<T>(mut self, run: impl FnOnce() -> T) -> T {
        struct Swapped<'a>(&'a mut Telling);
        impl Drop for Swapped<'_> {
            fn drop(&mut self) {
                self.0.swap();
            }
        }
        self.swap();
        let _swapped = Swapped(&mut self);
        run()
    }
}

/// Whether what happens here is recorded.
pub(crate) fn is_recorded_here() -> bool {
    #[cfg(feature = "traces")]
    {
        let live = replace(None);
        let is_recorded = live.is_some();
        replace(live);
        is_recorded
    }
    #[cfg(not(feature = "traces"))]
    false
}

/// Adds the event of a try that failed to the span of the operation that is in place, if it is
/// recorded; hands over how many there were, with this one.
#[cfg(feature = "traces")]
pub(crate) fn add_try(name: &'static str, attributes: impl FnOnce(u64) -> Vec<(Text, FieldValue)>) {
    let Some(recorder) = replace(None) else { return };
    let mut tries = 0;
    recorder.change(|recording| tries = recording.count_try());
    let event = SpanEvent::new(name.into(), SystemTime::now(), attributes(tries));
    recorder.change(|recording| recording.add_event(event));
    replace(Some(recorder));
}

/// Tells the operation that is in place, if it is recorded, whom a request is made to.
#[cfg(feature = "reqwest")]
pub(super) fn tell_server(host: &str, port: Option<u16>) {
    if let Some(recorder) = replace(None) {
        recorder.change(|recording| recording.set_server(Server { host: host.to_owned(), port }));
        replace(Some(recorder));
    }
}

#[cfg(feature = "traces")]
thread_local! {
    /// Of what kind the error was that was told last, with the name of its type.
    static LAST: Cell<Option<(&'static str, ErrorClass)>> = const { Cell::new(None) };
}

/// Tells the operation that is in place of an error of this type, if it is recorded, and in any case
/// who counts errors by their kind, where somebody does.
#[cfg(feature = "traces")]
pub(crate) fn tell_failure(error_type: &'static str, is_counted: bool, failure: impl FnOnce() -> Failure) {
    // Taken out meanwhile: code of the user's runs here, which may fail in a way of its own.
    let recorder = replace(None);
    if recorder.is_none() && !is_counted {
        return;
    }
    let failure = failure();
    if is_counted {
        LAST.set(failure.class.map(|class| (error_type, class)));
    }
    if let Some(recorder) = recorder {
        recorder.change(|recording| recording.set_failure(error_type, failure));
        replace(Some(recorder));
    }
}

/// Of what kind an error of this type is with which an operation ends now, on this thread.
#[cfg(feature = "otlp")]
pub(crate) fn told_class(error_type: Option<fn() -> &'static str>) -> Option<ErrorClass> {
    let name = error_type?();
    LAST.take().filter(|(told, _)| *told == name).map(|(_, class)| class)
}
