//! `#[track_cache]`: hits, misses, and what is neither.

use std::future::{Future, pending};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::task::{Context, Waker};

use arc_obs::testing::{Capture, OperationKind, capture};
use arc_obs::{Status, track_agent, track_cache};
use futures::executor::block_on;

fn counts(capture: &Capture, cache: &str) -> (Option<f64>, Option<f64>) {
    let count = |metric| capture.value(metric, &[("cache_type", cache)]);
    (count("arc_cache_hits_total"), count("arc_cache_misses_total"))
}

fn hits(capture: &Capture) -> Vec<(&'static str, Option<bool>)> {
    capture.operations().iter().map(|it| (it.status.as_str(), it.hit)).collect()
}

#[test]
fn an_option_is_a_hit_or_a_miss() {
    #[track_cache("options")]
    fn get(found: bool) -> Option<String> {
        found.then(String::new)
    }
    #[track_cache("options")]
    async fn get_later<'a>(all: &'a [u8], at: usize) -> Option<&'a u8> {
        all.get(at)
    }

    let capture = capture();
    get(true).unwrap();
    assert_eq!(get(false), None);
    assert_eq!(block_on(get_later(&[7], 0)), Some(&7));
    assert_eq!(counts(&capture, "options"), (Some(2.0), Some(1.0)));
    assert_eq!(hits(&capture), [("success", Some(true)), ("success", Some(false)), ("success", Some(true))]);
    let first = &capture.operations()[0];
    assert_eq!((first.kind, first.kind.as_str(), first.name.as_str()), (OperationKind::Cache, "cache", "options"));
    assert_eq!((first.cost, first.usage, first.function.as_deref()), (None, None, Some("get")));
}

#[test]
fn a_look_up_that_fails_is_neither() {
    #[track_cache("results")]
    fn get(found: Option<u8>, fail: bool) -> io::Result<Option<u8>> {
        if fail { Err(io::ErrorKind::TimedOut.into()) } else { Ok(found) }
    }
    #[track_cache("results")]
    async fn never() -> Result<Option<u8>, String> {
        pending().await
    }
    #[track_cache("results")]
    fn panics() -> Option<u8> {
        panic!("on purpose")
    }
    // What is inside of what was found is the cached value.
    #[track_cache("results")]
    fn cached_failure() -> Result<Option<Result<u8, String>>, String> {
        Ok(Some(Err("no such page".to_owned())))
    }

    let capture = capture();
    assert_eq!(get(Some(1), false).unwrap(), Some(1));
    assert_eq!(get(None, false).unwrap(), None);
    get(Some(1), true).unwrap_err();
    {
        let mut cancelled = pin!(never());
        assert!(cancelled.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    catch_unwind(AssertUnwindSafe(panics)).unwrap_err();
    cached_failure().unwrap();
    assert_eq!(counts(&capture, "results"), (Some(2.0), Some(1.0)));
    let ends = [
        ("success", Some(true)),
        ("success", Some(false)),
        ("timeout", None),
        ("cancelled", None),
        ("panic", None),
        ("success", Some(true)),
    ];
    assert_eq!(hits(&capture), ends);
    assert_eq!(capture.operations()[2].error_type.as_deref(), Some("std::io::error::Error"));
}

#[test]
fn of_other_types_the_closure_says_it() {
    struct Page {
        from_cache: bool,
    }
    fn is_from_cache(page: &Page) -> bool {
        page.from_cache
    }

    #[track_cache("closures", hit = |page| page.from_cache)]
    fn page(from_cache: bool) -> Page {
        Page { from_cache }
    }
    #[track_cache("closures", hit = is_from_cache)]
    async fn page_later(from_cache: bool) -> Page {
        Page { from_cache }
    }
    #[track_cache("closures", hit = Result::is_ok)]
    fn or_error(found: bool) -> Result<u8, String> {
        if found { Ok(1) } else { Err("nothing there".to_owned()) }
    }
    #[track_cache("closures", hit = |page: &io::Result<Page>| page.as_ref().ok().map(is_from_cache))]
    fn may_fail(fail: bool) -> io::Result<Page> {
        if fail { Err(io::ErrorKind::NotFound.into()) } else { Ok(Page { from_cache: true }) }
    }
    // It may say something else than the type does.
    #[track_cache("closures", hit = |found| found.is_none())]
    fn reverse() -> Option<u8> {
        None
    }
    #[track_cache("closures", hit = Option::is_some)]
    fn cached_failure() -> Option<Result<u8, String>> {
        Some(Err("no such page".to_owned()))
    }

    let capture = capture();
    page(true);
    page(false);
    block_on(page_later(true));
    or_error(false).unwrap_err();
    assert!(may_fail(false).is_ok() && may_fail(true).is_err());
    assert_eq!(reverse(), None);
    cached_failure();
    assert_eq!(counts(&capture, "closures"), (Some(5.0), Some(2.0)));
    let ends = [
        ("success", Some(true)),
        ("success", Some(false)),
        ("success", Some(true)),
        ("error", Some(false)),
        ("success", Some(true)),
        ("error", None),
        ("success", Some(true)),
        ("success", Some(true)),
    ];
    assert_eq!(hits(&capture), ends);
}

#[test]
fn a_closure_that_panics_does_no_harm_and_is_counted() {
    #[track_cache("panicking", hit = |found: &u8| *found > 10 / *found)]
    fn get(found: u8) -> u8 {
        found
    }

    let capture = capture();
    assert_eq!((get(0), get(9)), (0, 9));
    assert_eq!(counts(&capture, "panicking"), (Some(1.0), Some(0.0)));
    assert_eq!(hits(&capture), [("success", None), ("success", Some(true))]);
    assert_eq!(capture.value("arc_obs_cache_hit_panics_total", &[]), Some(1.0));
}

#[test]
fn methods_generic_functions_and_boxed_futures_are_look_ups() {
    struct Store<T>(Option<T>);

    impl<T: Clone + Send + Sync> Store<T> {
        #[track_cache("shapes_of_caches")]
        fn get(&self) -> Option<&T> {
            self.0.as_ref()
        }

        #[track_cache("shapes_of_caches")]
        fn take<E>(&mut self) -> Result<Option<T>, E> {
            Ok(self.0.take())
        }

        #[track_cache("shapes_of_caches")]
        fn boxed(&self) -> Pin<Box<dyn Future<Output = Option<T>> + Send + '_>> {
            Box::pin(async { self.0.clone() })
        }

        #[track_cache(name = "shapes_of_caches", crate = ::arc_obs)]
        fn later(&self) -> impl Future<Output = Result<Option<T>, io::Error>> {
            async { Ok(self.0.clone()) }
        }
    }

    let capture = capture();
    let mut store = Store(Some(1));
    assert_eq!(store.get(), Some(&1));
    assert_eq!(block_on(store.boxed()), Some(1));
    assert_eq!(block_on(store.later()).unwrap(), Some(1));
    assert_eq!(store.take::<()>(), Ok(Some(1)));
    assert_eq!(store.take::<()>(), Ok(None));
    assert_eq!(counts(&capture, "shapes_of_caches"), (Some(4.0), Some(1.0)));
}

#[test]
fn a_look_up_inside_an_agent_does_not_nest() {
    #[track_cache("nested")]
    fn outer() -> Option<u8> {
        inner()
    }
    #[track_cache("nested")]
    fn inner() -> Option<u8> {
        None
    }
    #[track_agent("cache_user")]
    async fn work() {
        outer();
    }

    let capture = capture();
    block_on(work());
    let seen: Vec<_> =
        capture.operations().into_iter().map(|it| (it.kind.as_str(), it.depth, it.agent, it.status)).collect();
    let look_up = ("cache", 1, Some("cache_user".to_owned()), Status::Success);
    assert_eq!(seen, [look_up.clone(), look_up, ("agent", 0, None, Status::Success)]);
    assert_eq!(counts(&capture, "nested"), (Some(0.0), Some(2.0)));
}

#[test]
fn async_trait_methods_and_macros_make_look_ups() {
    #[async_trait::async_trait]
    trait Store {
        async fn get(&self, found: bool) -> io::Result<Option<u8>>;

        #[track_cache("made_caches")]
        async fn get_always(&self) -> Option<u8> {
            Some(1)
        }
    }

    struct Memory;

    #[async_trait::async_trait]
    impl Store for Memory {
        #[track_cache("made_caches")]
        async fn get(&self, found: bool) -> io::Result<Option<u8>> {
            Ok(found.then_some(1))
        }
    }

    macro_rules! look_up {
        ($name:ident, $cache:literal, $hit:expr) => {
            #[track_cache($cache, hit = $hit)]
            fn $name(value: u8) -> u8 {
                value
            }
        };
    }
    look_up!(even, "made_caches", |value| value % 2 == 0);

    let capture = capture();
    assert_eq!(block_on(Memory.get(true)).unwrap(), Some(1));
    assert_eq!(block_on(Memory.get(false)).unwrap(), None);
    assert_eq!(block_on(Memory.get_always()), Some(1));
    assert_eq!((even(2), even(3)), (2, 3));
    assert_eq!(counts(&capture, "made_caches"), (Some(3.0), Some(2.0)));
}
