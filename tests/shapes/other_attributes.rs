//! Other attributes on the same function, in either order.

use std::panic::Location;

use arc_obs::{traced, track_agent, track_workflow};

use crate::{Broken, assert_ended, once};

/// Documented before,
#[doc = " and by an attribute,"]
#[traced]
#[must_use]
#[inline]
#[allow(clippy::many_single_char_names)]
/// and after.
fn many(a: u8) -> u8 {
    a
}

#[must_use = "with a reason"]
#[inline(always)]
#[allow(clippy::inline_always, reason = "a shape")]
#[traced]
fn expected() -> u8 {
    1
}

#[inline(never)]
#[cold]
#[traced]
fn cold() -> u8 {
    2
}

#[traced]
#[cfg(not(any()))]
fn left_in() -> u8 {
    3
}

#[traced]
#[cfg(any())]
fn left_out() -> NoSuchType {
    3
}

#[cfg(any())]
#[traced]
fn left_out() -> NoSuchType {
    3
}

#[cfg_attr(not(any()), traced("by_cfg_attr"))]
fn by_cfg_attr() -> u8 {
    4
}

#[traced]
#[deprecated(note = "a shape")]
fn deprecated() -> u8 {
    5
}

#[traced]
#[unsafe(no_mangle)]
#[allow(unsafe_code)]
extern "C" fn arc_obs_shape_exported(n: u32) -> u32 {
    n + 1
}

#[traced]
#[allow(unsafe_code)]
pub(crate) unsafe extern "C" fn dangerous_foreign(n: u32) -> u32 {
    n + 1
}

#[traced]
#[allow(unsafe_code)]
unsafe fn dangerous(n: &u32) -> u32 {
    let n: *const u32 = n;
    // SAFETY: it comes from a reference.
    unsafe { *n }
}

#[traced]
extern "system" fn system(n: u32) -> u32 {
    n
}

#[traced]
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "sse2")]
fn with_a_target_feature(n: i32) -> i32 {
    use std::arch::x86_64::{_mm_cvtsi32_si128, _mm_cvtsi128_si32};
    _mm_cvtsi128_si32(_mm_cvtsi32_si128(n))
}

#[test]
#[allow(unsafe_code, deprecated)]
fn attributes_of_the_compiler() {
    assert_eq!(once!("many", many(1)), 1);
    assert_eq!(once!("expected", expected()), 1);
    assert_eq!(once!("cold", cold()), 2);
    assert_eq!(once!("left_in", left_in()), 3);
    assert_eq!(once!("by_cfg_attr", by_cfg_attr()), 4);
    assert_eq!(once!("deprecated", deprecated()), 5);
    assert_eq!(once!("arc_obs_shape_exported", arc_obs_shape_exported(1)), 2);
    assert_eq!(once!("system", system(1)), 1);
    // SAFETY: they only compute.
    unsafe {
        assert_eq!(once!("dangerous_foreign", dangerous_foreign(1)), 2);
        assert_eq!(once!("dangerous", dangerous(&1)), 1);
        #[cfg(target_arch = "x86_64")]
        assert_eq!(once!("with_a_target_feature", with_a_target_feature(3)), 3);
    }
}

/// Two of ours count each for itself: the lower one is expanded last, around the other.
#[track_workflow("two_of_ours")]
#[track_agent("two_of_ours_agent")]
async fn two_of_ours(n: u8) -> Result<u8, Broken> {
    if n == 0 { Err(Broken) } else { Ok(n) }
}

#[test]
fn two_attributes_of_ours() {
    let capture = arc_obs::testing::capture();
    assert_eq!(futures::executor::block_on(two_of_ours(1)), Ok(1));
    let ended = [("two_of_ours", arc_obs::Status::Success), ("two_of_ours_agent", arc_obs::Status::Success)];
    assert_ended(&capture, &ended);
}

#[traced]
#[test]
fn above_test() {
    assert_eq!(once!("expected", expected()), 1);
}

#[test]
#[traced]
fn below_test() -> Result<(), Box<dyn std::error::Error>> {
    Ok(())
}

#[test]
#[should_panic(expected = "as it should")]
#[traced]
fn should_panic() {
    panic!("as it should");
}

#[traced]
#[tokio::test]
async fn above_tokio_test() {
    tokio::task::yield_now().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[traced]
async fn below_tokio_test() -> Result<(), Broken> {
    let capture = arc_obs::testing::capture();
    let spawned = tokio::spawn(capture.handle().run(two_of_ours(1))).await;
    assert_eq!(spawned.unwrap_or(Err(Broken)), Ok(1));
    assert_eq!(capture.operations().len(), 2);
    Ok(())
}

/// What `fn main` is under them.
#[traced("main_above")]
#[tokio::main(flavor = "current_thread")]
async fn main_above() -> Result<u8, Broken> {
    tokio::task::yield_now().await;
    Ok(1)
}

#[tokio::main(flavor = "current_thread")]
#[traced("main_below")]
async fn main_below() -> Result<u8, Broken> {
    tokio::task::yield_now().await;
    Err(Broken)
}

#[test]
fn under_tokio_main() {
    assert_eq!(once!("main_above", main_above()), Ok(1));
    assert_eq!(once!("main_below", Error, main_below()), Err(Broken));
}

#[traced]
#[track_caller]
fn checks(fine: bool) {
    assert!(fine, "not fine");
    let caller = Location::caller();
    assert_eq!(caller.file(), file!());
}

#[track_caller]
#[traced]
fn below_track_caller() -> &'static Location<'static> {
    Location::caller()
}

#[test]
fn track_caller() {
    once!("checks", checks(true));
    crate::panics!("checks", checks(false));
    let (line, location) = (line!(), once!("below_track_caller", below_track_caller()));
    assert_eq!((location.file(), location.line()), (file!(), line));
}
