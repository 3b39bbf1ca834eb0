//! The five statuses, each by what really happens to a function.

use std::fmt;
use std::future::{Future, pending};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use arc_obs::{traced, track_agent};
use arc_obs_tests::page::{agent, operation};
use futures::FutureExt;
use futures::executor::block_on;

fn poll_once<F: Future>(future: &mut std::pin::Pin<Box<F>>) -> Poll<F::Output> {
    future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

fn counts(name: &str) -> [f64; 5] {
    ["success", "error", "timeout", "cancelled", "panic"].map(|status| operation(name, status))
}

#[derive(Debug)]
struct Plain;

impl fmt::Display for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("plain")
    }
}

impl std::error::Error for Plain {}

#[derive(Debug)]
struct Borrowing<'a>(&'a str);

impl fmt::Display for Borrowing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Borrowing<'_> {}

#[derive(Debug)]
struct Caused(io::Error);

impl fmt::Display for Caused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("caused")
    }
}

impl std::error::Error for Caused {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

fn timed_out() -> io::Error {
    io::ErrorKind::TimedOut.into()
}

#[test]
fn errors_are_found_by_type() {
    type Aliased = std::result::Result<u8, Plain>;

    #[traced]
    fn status_alias(fail: bool) -> Aliased {
        if fail { Err(Plain) } else { Ok(1) }
    }
    #[traced]
    fn status_borrowing(text: &str) -> Result<u8, Borrowing<'_>> {
        Err(Borrowing(text))
    }
    #[traced]
    fn status_generic<E: std::error::Error>(error: E) -> Result<u8, E> {
        Err(error)
    }
    #[traced]
    fn status_string() -> Result<u8, String> {
        Err("text".to_owned())
    }
    #[traced]
    fn status_opaque<E>(error: E) -> Result<u8, E> {
        Err(error)
    }
    #[traced]
    fn status_anyhow() -> anyhow::Result<u8> {
        Err(anyhow::Error::new(Plain).context("while testing"))
    }
    #[traced]
    fn status_boxed() -> Result<u8, Box<dyn std::error::Error + Send + Sync>> {
        Err("text".into())
    }

    status_alias(false).unwrap();
    status_alias(true).unwrap_err();
    assert_eq!(counts("status_alias"), [1.0, 1.0, 0.0, 0.0, 0.0]);
    let text = String::from("borrowed");
    status_borrowing(&text).unwrap_err();
    status_generic(Borrowing(&text)).unwrap_err();
    status_string().unwrap_err();
    status_opaque(()).unwrap_err();
    status_anyhow().unwrap_err();
    status_boxed().unwrap_err();
    for name in
        ["status_borrowing", "status_generic", "status_string", "status_opaque", "status_anyhow", "status_boxed"]
    {
        assert_eq!(counts(name), [0.0, 1.0, 0.0, 0.0, 0.0], "{name}");
    }
}

#[test]
fn an_option_and_a_nested_result_are_no_errors() {
    #[traced]
    fn status_option() -> Option<u8> {
        None
    }
    #[traced]
    fn status_inner() -> Option<Result<u8, Plain>> {
        Some(Err(Plain))
    }
    status_option();
    assert!(status_inner().is_some());
    assert_eq!(counts("status_option"), [1.0, 0.0, 0.0, 0.0, 0.0]);
    assert_eq!(counts("status_inner"), [1.0, 0.0, 0.0, 0.0, 0.0]);
}

#[tokio::test]
async fn timeouts_are_known_wherever_they_stand_in_a_chain() {
    #[traced]
    async fn timeout_elapsed() -> Result<(), tokio::time::error::Elapsed> {
        tokio::time::timeout(Duration::from_millis(1), pending()).await
    }
    #[traced]
    fn timeout_io() -> io::Result<()> {
        Err(timed_out())
    }
    #[traced]
    fn timeout_caused() -> Result<(), Caused> {
        Err(Caused(timed_out()))
    }
    #[traced]
    fn timeout_generic<E: std::error::Error>(error: E) -> Result<(), E> {
        Err(error)
    }
    #[traced]
    fn timeout_anyhow() -> anyhow::Result<()> {
        Err(anyhow::Error::new(Caused(timed_out())).context("outer"))
    }
    #[traced]
    fn timeout_boxed() -> Result<(), Box<dyn std::error::Error>> {
        Err(Box::new(timed_out()))
    }
    #[traced]
    fn timeout_shared() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        Err(Box::new(timed_out()))
    }
    #[traced]
    fn timeout_inside_io() -> io::Result<()> {
        Err(io::Error::other(timed_out()))
    }

    timeout_elapsed().await.unwrap_err();
    timeout_io().unwrap_err();
    timeout_caused().unwrap_err();
    timeout_generic(Caused(timed_out())).unwrap_err();
    timeout_anyhow().unwrap_err();
    timeout_boxed().unwrap_err();
    timeout_shared().unwrap_err();
    timeout_inside_io().unwrap_err();
    for name in [
        "timeout_elapsed",
        "timeout_io",
        "timeout_caused",
        "timeout_generic",
        "timeout_anyhow",
        "timeout_boxed",
        "timeout_shared",
        "timeout_inside_io",
    ] {
        assert_eq!(counts(name), [0.0, 0.0, 1.0, 0.0, 0.0], "{name}");
    }
    // Other I/O errors are none.
    timeout_generic(Caused(io::ErrorKind::NotFound.into())).unwrap_err();
    assert_eq!(counts("timeout_generic"), [0.0, 1.0, 1.0, 0.0, 0.0]);
}

#[tokio::test]
async fn a_transparent_error_passes_its_timeout_on() {
    #[derive(Debug)]
    enum Transparent {
        Late(tokio::time::error::Elapsed),
        Io(io::Error),
    }
    impl fmt::Display for Transparent {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            match self {
                Self::Late(error) => error.fmt(f),
                Self::Io(error) => error.fmt(f),
            }
        }
    }
    impl std::error::Error for Transparent {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
            match self {
                Self::Late(error) => error.source(),
                Self::Io(error) => error.source(),
            }
        }
    }
    #[traced]
    async fn timeout_transparent(error: Transparent) -> Result<(), Transparent> {
        Err(error)
    }
    let late = tokio::time::timeout(Duration::ZERO, pending::<()>()).await.unwrap_err();
    timeout_transparent(Transparent::Late(late)).await.unwrap_err();
    timeout_transparent(Transparent::Io(timed_out())).await.unwrap_err();
    timeout_transparent(Transparent::Io(io::ErrorKind::NotFound.into())).await.unwrap_err();
    assert_eq!(counts("timeout_transparent"), [0.0, 1.0, 2.0, 0.0, 0.0]);
}

#[test]
fn the_words_of_reqwests_timeout_are_known() {
    #[derive(Debug)]
    struct Http(Private);
    #[derive(Debug)]
    struct Private;
    impl fmt::Display for Private {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("operation timed out")
        }
    }
    impl std::error::Error for Private {}
    impl fmt::Display for Http {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("error sending request")
        }
    }
    impl std::error::Error for Http {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
            Some(&self.0)
        }
    }
    #[traced]
    fn timeout_words() -> Result<(), Http> {
        Err(Http(Private))
    }
    timeout_words().unwrap_err();
    assert_eq!(counts("timeout_words"), [0.0, 0.0, 1.0, 0.0, 0.0]);
}

#[test]
fn an_error_that_panics_when_asked_breaks_nothing() {
    #[derive(Debug)]
    struct Evil;
    impl fmt::Display for Evil {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic!("do not ask")
        }
    }
    impl std::error::Error for Evil {}
    #[traced]
    fn status_evil() -> Result<(), Evil> {
        Err(Evil)
    }
    status_evil().unwrap_err();
    assert_eq!(counts("status_evil"), [0.0, 1.0, 0.0, 0.0, 0.0]);
}

#[traced]
async fn status_waiting() {
    pending::<()>().await;
}

#[test]
fn a_dropped_future_is_cancelled_and_a_never_polled_one_is_nothing() {
    drop(status_waiting());
    assert_eq!(counts("status_waiting"), [0.0; 5]);
    let mut waiting = Box::pin(status_waiting());
    assert!(poll_once(&mut waiting).is_pending());
    assert!(poll_once(&mut waiting).is_pending());
    drop(waiting);
    assert_eq!(counts("status_waiting"), [0.0, 0.0, 0.0, 1.0, 0.0]);
}

#[test]
fn a_panic_is_told_from_a_siblings() {
    #[traced]
    async fn status_panicking() {
        futures::future::ready(()).await;
        panic!("on purpose")
    }
    #[traced]
    async fn status_sibling() {
        pending::<()>().await;
    }
    #[traced]
    fn status_sync_panic() {
        panic!("on purpose")
    }

    catch_unwind(|| block_on(status_panicking())).unwrap_err();
    assert_eq!(counts("status_panicking"), [0.0, 0.0, 0.0, 0.0, 1.0]);
    catch_unwind(status_sync_panic).unwrap_err();
    assert_eq!(counts("status_sync_panic"), [0.0, 0.0, 0.0, 0.0, 1.0]);

    // Dropped while its thread unwinds from somebody else's panic.
    let unwound = catch_unwind(AssertUnwindSafe(|| {
        let mut sibling = Box::pin(status_sibling());
        assert!(poll_once(&mut sibling).is_pending());
        panic!("the sibling's neighbour");
    }));
    unwound.unwrap_err();
    assert_eq!(counts("status_sibling"), [0.0, 0.0, 0.0, 1.0, 0.0]);
}

#[test]
fn a_future_that_panicked_and_was_caught_is_counted_once() {
    #[traced]
    async fn status_caught() {
        panic!("on purpose")
    }
    let caught = block_on(AssertUnwindSafe(status_caught()).catch_unwind());
    assert!(caught.is_err());
    assert_eq!(counts("status_caught"), [0.0, 0.0, 0.0, 0.0, 1.0]);
}

#[test]
fn nested_operations_end_from_the_inside_out() {
    #[track_agent("status_outer")]
    async fn outer() -> Result<(), Plain> {
        inner().await?;
        inner().await
    }
    #[track_agent("status_inner_agent")]
    async fn inner() -> Result<(), Plain> {
        Err(Plain)
    }
    block_on(outer()).unwrap_err();
    assert_eq!((agent("status_outer", "error"), agent("status_inner_agent", "error")), (1.0, 1.0));

    #[track_agent("status_dropped_outer")]
    async fn dropped() {
        status_dropped_inner().await;
    }
    #[traced]
    async fn status_dropped_inner() {
        pending::<()>().await;
    }
    let mut future = Box::pin(dropped());
    assert!(poll_once(&mut future).is_pending());
    drop(future);
    assert_eq!(agent("status_dropped_outer", "cancelled"), 1.0);
    assert_eq!(counts("status_dropped_inner"), [0.0, 0.0, 0.0, 1.0, 0.0]);
}

/// A subscriber whose spans panic when they are left, once.
struct Evil(std::sync::atomic::AtomicBool);

impl tracing::Subscriber for Evil {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }
    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}
    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
    fn event(&self, _: &tracing::Event<'_>) {}
    fn enter(&self, _: &tracing::span::Id) {}
    fn exit(&self, _: &tracing::span::Id) {
        assert!(self.0.swap(true, std::sync::atomic::Ordering::Relaxed), "on purpose");
    }
}

#[test]
fn a_subscriber_that_panics_leaves_no_operation_open() {
    #[traced]
    fn status_evil_exit() {}
    #[traced]
    async fn status_evil_exit_async() {}

    let evil = || Evil(std::sync::atomic::AtomicBool::new(false));
    let sync = || tracing::subscriber::with_default(evil(), status_evil_exit);
    catch_unwind(AssertUnwindSafe(sync)).unwrap_err();
    let later = || tracing::subscriber::with_default(evil(), || block_on(status_evil_exit_async()));
    catch_unwind(AssertUnwindSafe(later)).unwrap_err();
    assert_eq!(counts("status_evil_exit"), [0.0, 0.0, 0.0, 0.0, 1.0]);
    assert_eq!(counts("status_evil_exit_async"), [0.0, 0.0, 0.0, 0.0, 1.0]);
}
