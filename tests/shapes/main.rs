//! Functions of every shape keep doing what they did, and are counted once each.
//!
//! `cargo test -p arc-obs-shape-tests`, and the same with `--release`. Under every
//! lint that the same functions hold without attributes.
#![deny(warnings, unused, rust_2018_idioms, rust_2021_compatibility, rust_2024_compatibility, future_incompatible)]
#![deny(missing_docs, single_use_lifetimes, unused_lifetimes, unused_qualifications, unreachable_pub)]
#![deny(unused_results, let_underscore_drop, trivial_casts, meta_variable_misuse, redundant_lifetimes)]
#![deny(clippy::all, clippy::pedantic, clippy::nursery)]
// What the shapes themselves are, with an attribute or without.
#![allow(clippy::unnecessary_wraps, clippy::ref_option_ref, clippy::needless_pass_by_value)]
#![allow(clippy::needless_arbitrary_self_type, clippy::toplevel_ref_arg, clippy::trivially_copy_pass_by_ref)]
#![allow(clippy::many_single_char_names, clippy::let_and_return, clippy::redundant_else, clippy::mut_mut)]
#![allow(clippy::redundant_pub_crate, clippy::ptr_arg, clippy::future_not_send, clippy::non_minimal_cfg)]
#![allow(clippy::items_after_statements, clippy::never_loop, clippy::default_trait_access, clippy::type_complexity)]

mod arguments;
mod control;
mod futures;
mod generics;
mod hygiene;
mod kinds;
mod macros;
mod methods;
mod other_attributes;
mod returns;
mod sizes;
mod traits;
mod without_prelude;

use arc_obs::Status;
use arc_obs::testing::Capture;

/// Runs an expression and checks that it was exactly one operation, of this name, that
/// ended like this.
macro_rules! once {
    ($name:literal, $call:expr) => {
        once!($name, Success, $call)
    };
    ($name:literal, $status:ident, $call:expr) => {{
        let capture = ::arc_obs::testing::capture();
        let result = $call;
        $crate::assert_ended(&capture, &[($name, ::arc_obs::Status::$status)]);
        result
    }};
}
pub(crate) use once;

/// Runs an expression that panics, and checks that this was counted once.
macro_rules! panics {
    ($name:literal, $call:expr) => {{
        let unwound =
            once!($name, Panic, ::std::panic::catch_unwind(::std::panic::AssertUnwindSafe(|| $call)).is_err());
        ::core::assert!(unwound);
    }};
}
pub(crate) use panics;

#[track_caller]
fn assert_ended(capture: &Capture, expected: &[(&str, Status)]) {
    let operations = capture.operations();
    let ended: Vec<_> = operations.iter().map(|operation| (operation.name.as_str(), operation.status)).collect();
    assert_eq!(ended, expected);
}

/// An error of somebody's.
#[derive(Debug, PartialEq, Eq)]
struct Broken;

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("broken")
    }
}

impl std::error::Error for Broken {}

const fn is_send<T: Send>(value: T) -> T {
    value
}
