//! Whatever is waited for: the work is measured and not the making of the future.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use arc_obs::testing::capture;
use arc_obs::traced;
use futures::executor::block_on;
use futures::future::{self, BoxFuture, FutureExt, LocalBoxFuture};

use crate::{Broken, is_send, once};

#[traced]
async fn plain(text: &str, owned: String) -> Result<usize, Broken> {
    future::ready(()).await;
    if owned.is_empty() {
        return Err(Broken);
    }
    Ok(text.len() + owned.len())
}

#[traced]
async fn not_send(n: u32) -> Rc<u32> {
    let shared = Rc::new(n);
    future::ready(()).await;
    shared
}

#[traced]
fn impl_future(n: u64) -> impl Future<Output = u64> + Send {
    let doubled = n * 2;
    async move { doubled }
}

#[traced]
fn impl_future_that_borrows<'a>(
    text: &'a str,
    _other: &str,
) -> impl Future<Output = Result<&'a str, Broken>> + use<'a> {
    if text.is_empty() {
        return future::ready(Err(Broken)).left_future();
    }
    async move { Ok(text) }.right_future()
}

#[traced]
fn impl_future_by_another_name() -> impl core::future::Future<Output = u8> + Unpin + 'static {
    future::ready(8)
}

#[traced]
fn boxed<'a>(n: &'a u64) -> Pin<Box<dyn Future<Output = u64> + Send + 'a>> {
    if *n == 0 {
        return Box::pin(async { 0 });
    }
    Box::pin(async move { *n })
}

#[traced]
#[allow(unused_qualifications)]
fn boxed_by_paths(n: u64) -> std::pin::Pin<std::boxed::Box<dyn std::future::Future<Output = u64>>> {
    Box::pin(future::ready(n))
}

#[traced]
fn boxed_impl(n: u64) -> Pin<Box<impl Future<Output = u64>>> {
    Box::pin(async move { n })
}

#[traced]
fn box_future(text: &str) -> BoxFuture<'_, Result<usize, Broken>> {
    async move { if text.is_empty() { Err(Broken) } else { Ok(text.len()) } }.boxed()
}

#[traced]
fn local_box_future<'a>(text: &'a Rc<str>) -> LocalBoxFuture<'a, usize> {
    async move { text.len() }.boxed_local()
}

#[traced]
fn box_of_an_unpinned_future(n: u8) -> Box<dyn Future<Output = u8> + Send + Unpin> {
    Box::new(future::ready(n))
}

#[traced]
fn recursive(n: u32) -> Pin<Box<dyn Future<Output = u32> + Send>> {
    Box::pin(async move { if n == 0 { 0 } else { 1 + recursive(n - 1).await } })
}

#[traced]
async fn recursive_async(n: u32) -> u32 {
    if n == 0 {
        return 0;
    }
    1 + Box::pin(recursive_async(n - 1)).await
}

#[traced]
async fn deep<const N: usize>(n: u32) -> u32 {
    future::ready(n).await
}

#[traced]
async fn nested() -> u32 {
    let inner = async {
        let innermost = async { deep::<3>(1).await };
        innermost.await + deep::<2>(2).await
    };
    inner.await
}

#[traced]
async fn joined() -> (u32, Result<usize, Broken>) {
    future::join(deep::<1>(4), plain("a", "b".into())).await
}

#[traced]
async fn returns_a_future(n: u8) -> impl Future<Output = u8> {
    future::ready(()).await;
    future::ready(n)
}

#[traced]
fn a_future_in_a_result(n: u8) -> Result<impl Future<Output = u8>, Broken> {
    if n == 0 { Err(Broken) } else { Ok(future::ready(n)) }
}

#[traced]
#[allow(unsafe_code)]
async unsafe fn dangerous_async(n: u8) -> u8 {
    future::ready(n).await
}

#[traced]
async fn pinned(mut first: Pin<&mut (dyn Future<Output = u8> + Send)>, second: impl Future<Output = u8> + Send) -> u8 {
    first.as_mut().await + second.await
}

#[traced]
async fn holds_a_borrow_across_await(values: &mut Vec<u8>) -> &mut u8 {
    let first = &mut values[0];
    future::ready(()).await;
    *first += 1;
    first
}

#[test]
fn async_functions() {
    assert_eq!(once!("plain", block_on(is_send(plain("ab", "c".into())))), Ok(3));
    assert_eq!(once!("plain", Error, block_on(plain("ab", String::new()))), Err(Broken));
    assert_eq!(*once!("not_send", block_on(not_send(3))), 3);
    assert_eq!(block_on(once!("returns_a_future", block_on(returns_a_future(3)))), 3);
    assert_eq!(once!("pinned", block_on(is_send(pinned(Box::pin(async { 1 }).as_mut(), async { 2 })))), 3);
    let mut values = vec![1];
    *once!("holds_a_borrow_across_await", block_on(holds_a_borrow_across_await(&mut values))) += 1;
    assert_eq!(values, [3]);
}

#[test]
fn what_is_never_polled_is_not_counted() {
    let capture = capture();
    drop(plain("", String::new()));
    drop(impl_future(1));
    drop(boxed(&1));
    drop(box_future(""));
    drop(box_of_an_unpinned_future(1));
    crate::assert_ended(&capture, &[]);
}

#[test]
fn functions_that_return_futures() {
    let capture = capture();
    let waiting = impl_future(2);
    crate::assert_ended(&capture, &[]);
    assert_eq!(block_on(is_send(waiting)), 4);
    crate::assert_ended(&capture, &[("impl_future", arc_obs::Status::Success)]);
    drop(capture);

    assert_eq!(once!("impl_future_that_borrows", block_on(impl_future_that_borrows("a", "b"))), Ok("a"));
    assert_eq!(once!("impl_future_that_borrows", Error, block_on(impl_future_that_borrows("", "b"))), Err(Broken));
    assert_eq!(once!("impl_future_by_another_name", block_on(impl_future_by_another_name())), 8);
    assert_eq!(once!("boxed", block_on(is_send(boxed(&3)))), 3);
    assert_eq!(once!("boxed", block_on(boxed(&0))), 0);
    assert_eq!(once!("boxed_by_paths", block_on(boxed_by_paths(3))), 3);
    assert_eq!(once!("boxed_impl", block_on(is_send(boxed_impl(3)))), 3);
    assert_eq!(once!("box_future", block_on(is_send(box_future("ab")))), Ok(2));
    assert_eq!(once!("box_future", Error, block_on(box_future(""))), Err(Broken));
    assert_eq!(once!("local_box_future", block_on(local_box_future(&"ab".into()))), 2);
    assert_eq!(once!("box_of_an_unpinned_future", block_on(is_send(box_of_an_unpinned_future(2)))), 2);
    assert_eq!(block_on(once!("a_future_in_a_result", a_future_in_a_result(1)).unwrap()), 1);
    assert!(once!("a_future_in_a_result", Error, a_future_in_a_result(0)).is_err());
}

/// What it gives back is measured, where it can be seen, and a future that is
/// dropped half-way is cancelled.
#[test]
fn the_statuses_of_a_future_that_is_not_waited_for() {
    macro_rules! dropped {
        ($name:literal, $future:expr) => {
            once!($name, Cancelled, assert!($future.now_or_never().is_none()))
        };
    }
    #[traced]
    fn waits() -> impl Future<Output = ()> + Send {
        future::pending()
    }
    #[traced]
    fn waits_boxed() -> BoxFuture<'static, ()> {
        future::pending().boxed()
    }
    #[traced]
    async fn waits_async() {
        future::pending::<()>().await;
    }
    dropped!("waits", waits());
    dropped!("waits_boxed", waits_boxed());
    dropped!("waits_async", waits_async());
}

#[test]
fn recursion_and_nesting() {
    let count = |run: &dyn Fn() -> u32| {
        let capture = capture();
        (run(), capture.operations().len())
    };
    assert_eq!(count(&|| block_on(recursive(9))), (9, 10));
    assert_eq!(count(&|| block_on(recursive_async(99))), (99, 100));
    assert_eq!(count(&|| block_on(nested())), (3, 3));
    let capture = capture();
    assert_eq!(block_on(joined()), (4, Ok(2)));
    assert_eq!(capture.operations().len(), 3);
}

#[test]
#[allow(unsafe_code)]
fn unsafe_functions() {
    // SAFETY: it is only called so.
    assert_eq!(once!("dangerous_async", block_on(unsafe { dangerous_async(3) })), 3);
}

/// What the signature says of the future is what its body is inferred from.
#[test]
fn what_a_future_leaves_open() {
    #[traced]
    fn error_of_the_signature(text: &str) -> impl Future<Output = Result<u8, Box<dyn std::error::Error>>> {
        let n = text.parse();
        async move {
            if n == Ok(0) {
                return Err("zero".into());
            }
            Ok(n?)
        }
    }
    #[traced]
    fn number_of_the_signature(text: &str) -> impl Future<Output = Option<u64>> + '_ {
        async move { text.parse().ok() }
    }
    #[traced]
    fn borrowed(text: &str) -> impl Future<Output = Result<&str, Broken>> {
        async move { if text.is_empty() { Err(Broken) } else { Ok(text) } }
    }
    #[traced]
    fn closure_of_a_future() -> impl Future<Output = impl Fn(u8) -> u8> {
        async { |n| n + 1 }
    }
    #[traced]
    fn never() -> impl Future<Output = std::convert::Infallible> + Send {
        async { panic!("it never returns") }
    }
    #[traced]
    async fn default_of_the_signature() -> Result<Vec<u8>, Broken> {
        Ok(Default::default())
    }
    assert_eq!(once!("error_of_the_signature", block_on(error_of_the_signature("3"))).unwrap(), 3);
    assert!(once!("error_of_the_signature", Error, block_on(error_of_the_signature("0"))).is_err());
    assert_eq!(once!("number_of_the_signature", block_on(number_of_the_signature("3"))), Some(3));
    assert_eq!(once!("borrowed", block_on(borrowed("a"))), Ok("a"));
    assert_eq!(once!("closure_of_a_future", block_on(closure_of_a_future()))(1), 2);
    crate::panics!("never", block_on(never()));
    assert_eq!(once!("default_of_the_signature", block_on(default_of_the_signature())), Ok(vec![]));
}

type AnswerFuture<'a, T = Result<usize, Broken>> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

#[traced]
fn alias(text: &str) -> AnswerFuture<'_> {
    if text.is_empty() {
        return Box::pin(future::ready(Err(Broken)));
    }
    Box::pin(async move { Ok(text.len()) })
}

type OwnFuture<T> = Pin<Box<dyn Future<Output = T>>>;

#[traced]
fn alias_of_a_type<T: Clone + 'static>(value: &T) -> OwnFuture<T> {
    let value = value.clone();
    Box::pin(async move { value })
}

trait Service {
    type Future;
    fn call(&mut self, n: u8) -> Self::Future;
}

struct Boxing;
struct Ready;

impl Service for Boxing {
    type Future = Pin<Box<dyn Future<Output = Result<u8, Broken>>>>;

    #[traced("boxing")]
    fn call(&mut self, n: u8) -> Self::Future {
        Box::pin(async move { if n == 0 { Err(Broken) } else { Ok(n) } })
    }
}

impl Service for Ready {
    type Future = future::Ready<u8>;

    /// Its type is its own: what is measured is that it is made.
    #[traced("ready")]
    fn call(&mut self, n: u8) -> Self::Future {
        future::ready(n)
    }
}

#[test]
fn futures_by_their_name_alone() {
    let capture = capture();
    drop(alias("ab"));
    drop(Boxing.call(1));
    crate::assert_ended(&capture, &[]);
    drop(capture);
    assert_eq!(once!("alias", block_on(is_send(alias("ab")))), Ok(2));
    assert_eq!(once!("alias", Error, block_on(alias(""))), Err(Broken));
    assert_eq!(once!("alias_of_a_type", block_on(alias_of_a_type(&3))), 3);
    assert_eq!(once!("boxing", Error, block_on(Boxing.call(0))), Err(Broken));
    assert_eq!(once!("boxing", block_on(Boxing.call(1))), Ok(1));
    assert_eq!(block_on(once!("ready", Ready.call(1))), 1);
}
