//! Names that mean something else where the function stands.

use arc_obs::{traced, track_agent, track_cache, track_llm, track_tool};
use futures::executor::block_on;

use crate::once;

/// Names of the prelude, and of crates and macros, mean something else here.
mod shadowed {
    #![allow(dead_code, non_camel_case_types, unused_macros, clippy::module_name_repetitions)]

    pub(crate) struct Option;
    pub(crate) struct Some;
    pub(crate) struct None;
    pub(crate) struct Result;
    pub(crate) struct Ok;
    pub(crate) struct Err;
    pub(crate) struct Box;
    pub(crate) struct String;
    pub(crate) struct Vec;
    pub(crate) struct Pin;
    pub(crate) struct Infallible;
    pub(crate) trait Future {}
    pub(crate) trait Fn {}
    pub(crate) trait FnOnce {}
    pub(crate) trait Send {}
    pub(crate) trait Drop {}
    pub(crate) trait From {}
    pub(crate) trait Into {}
    pub(crate) trait Clone {}
    pub(crate) struct bool;
    pub(crate) struct u32;
    pub(crate) struct str;
    pub(crate) mod std {}
    pub(crate) mod core {}
    pub(crate) mod alloc {}
    pub(crate) mod inventory {}
    pub(crate) mod arc_obs {}
    pub(crate) const fn drop() {}

    macro_rules! wrong {
        ($($name:ident)*) => {$(
            #[allow(unused_macros)]
            macro_rules! $name {
                () => {
                    compile_error!("the wrong macro")
                };
            }
        )*};
    }
    wrong!(line file column module_path concat vec panic matches stringify);

    type Usize = ::core::primitive::usize;

    #[::arc_obs::traced("shadowed_async")]
    pub(crate) async fn asynchronous(text: &[u8]) -> Usize {
        text.len()
    }

    type u8 = ::core::primitive::u8;

    #[::arc_obs::traced("shadowed_fallible")]
    pub(crate) fn fallible(fine: Usize) -> ::core::result::Result<Usize, ::std::string::String> {
        if fine == 0 {
            return ::core::result::Result::Err(::std::string::String::new());
        }
        ::core::result::Result::Ok(fine)
    }

    #[::arc_obs::traced("shadowed_boxed")]
    pub(crate) fn boxed(n: Usize) -> ::futures::future::BoxFuture<'static, Usize> {
        ::std::boxed::Box::pin(async move { n })
    }

    #[::arc_obs::traced("shadowed_never")]
    pub(crate) fn never() -> ! {
        ::std::panic::panic_any(1)
    }

    #[::arc_obs::track_cache("shadowed_cache")]
    pub(crate) fn look_up(found: Usize) -> ::std::option::Option<u8> {
        if found == 0 { ::std::option::Option::None } else { ::std::option::Option::Some(3) }
    }

    #[::arc_obs::track_llm(model = "shadowed-llm", unpriced, provider = "openai", usage = none)]
    pub(crate) fn call(n: Usize) -> Usize {
        n
    }

    #[::arc_obs::track_llm(
        model = "shadowed-response",
        price(input = 1.0, output = 2.0, cache_read = 0.5),
        provider = "openai"
    )]
    pub(crate) fn respond(n: Usize) -> ::core::result::Result<::arc_obs::Usage, ::std::fmt::Error> {
        ::core::result::Result::Ok(::arc_obs::Usage::new(n as u64, 1))
    }

    type u64 = ::core::primitive::u64;

    #[::arc_obs::track_tool("shadowed_tool", cost = 0.5)]
    pub(crate) fn tool(n: Usize) -> Usize {
        n
    }
}

#[test]
fn shadowed_names() {
    assert_eq!(once!("shadowed_async", block_on(shadowed::asynchronous(b"abc"))), 3);
    assert_eq!(once!("shadowed_fallible", shadowed::fallible(3)), Ok(3));
    assert_eq!(once!("shadowed_fallible", Error, shadowed::fallible(0)), Err(String::new()));
    assert_eq!(once!("shadowed_boxed", block_on(shadowed::boxed(3))), 3);
    crate::panics!("shadowed_never", shadowed::never());
    assert_eq!(once!("shadowed_cache", shadowed::look_up(1)), Some(3));
    assert_eq!(once!("shadowed-llm", shadowed::call(3)), 3);
    assert!(once!("shadowed-response", shadowed::respond(3)).is_ok());
    assert_eq!(once!("shadowed_tool", shadowed::tool(3)), 3);
}

/// Methods of the user's that are called as those of the probes, on every type.
mod traits_on_everything {
    #![allow(dead_code)]

    pub(super) trait Everywhere {
        fn outcome(&self) -> &'static str {
            "not this one"
        }
        fn kind(&self) -> &'static str {
            "not this one"
        }
        fn peel(&self) -> &'static str {
            "not this one"
        }
        fn read(&self) -> &'static str {
            "not this one"
        }
    }

    impl<T: ?Sized> Everywhere for T {}
}

mod beside_traits_on_everything {
    #[allow(unused_imports)]
    use super::traits_on_everything::Everywhere;

    #[arc_obs::traced]
    pub(super) fn method_names(fine: bool) -> Result<u8, u8> {
        if fine { Ok(1) } else { Err(1) }
    }

    #[arc_obs::track_llm(model = "method-names", unpriced)]
    pub(super) fn method_names_llm(fine: bool) -> Result<arc_obs::Usage, u8> {
        if fine { Ok(arc_obs::Usage::new(1, 2)) } else { Err(1) }
    }

    #[arc_obs::track_cache("method_names_cache")]
    pub(super) fn method_names_cache(fine: bool) -> Option<u8> {
        fine.then_some(1)
    }
}

#[test]
fn methods_that_are_named_alike() {
    use beside_traits_on_everything::{method_names, method_names_cache, method_names_llm};
    assert_eq!(once!("method_names", method_names(true)), Ok(1));
    assert_eq!(once!("method_names", Error, method_names(false)), Err(1));
    assert!(once!("method-names", method_names_llm(true)).is_ok());
    assert!(once!("method_names_cache", method_names_cache(true)).is_some());
}

#[traced]
fn r#match(r#type: u32, r#async: String) -> u32 {
    r#type + u32::try_from(r#async.len()).unwrap_or_default()
}

#[traced]
async fn r#dyn<'r#fn>(r#ref: &'r#fn str, r#struct: (String, String)) -> &'r#fn str {
    let (_, _) = r#struct;
    r#ref
}

struct Words {
    r#loop: String,
}

impl Words {
    #[traced]
    fn r#while(self, other: String) -> String {
        self.r#loop + &other
    }
}

#[traced]
fn größe(länge: usize, 名前: &str) -> usize {
    länge + 名前.len()
}

#[track_tool("инструмент")]
#[allow(non_snake_case)]
fn Ελληνικά(λ: &str) -> String {
    λ.to_uppercase()
}

#[traced]
#[allow(non_snake_case)]
fn NotSnakeCase(A: String, mut B: Vec<u8>) -> usize {
    B.push(1);
    A.len() + B.len()
}

#[test]
fn words_and_letters() {
    assert_eq!(once!("match", r#match(3, "ab".into())), 5);
    assert_eq!(once!("dyn", block_on(r#dyn("a", Default::default()))), "a");
    assert_eq!(once!("while", Words { r#loop: "a".into() }.r#while("b".into())), "ab");
    assert_eq!(once!("größe", größe(1, "名")), 4);
    assert_eq!(once!("инструмент", Ελληνικά("λ")), "Λ");
    assert_eq!(once!("NotSnakeCase", NotSnakeCase("a".into(), vec![])), 2);
}

mod facade {
    pub(crate) use arc_obs as telemetry;
    pub(crate) use arc_obs::traced as renamed;
}

#[track_agent("facade_agent", kind = "plan", crate = crate::hygiene::facade::telemetry)]
fn through_a_facade() -> u8 {
    1
}

#[facade::renamed("renamed")]
fn under_another_name() -> u8 {
    2
}

#[track_cache("facade_cache", crate = facade::telemetry)]
async fn through_a_relative_path() -> Option<u8> {
    None
}

#[track_llm(model = "facade-llm", unpriced, crate = self::facade::telemetry)]
fn with_a_response() -> Option<arc_obs::Usage> {
    None
}

#[test]
fn other_paths() {
    assert_eq!(once!("facade_agent", through_a_facade()), 1);
    assert_eq!(once!("renamed", under_another_name()), 2);
    assert_eq!(once!("facade_cache", block_on(through_a_relative_path())), None);
    assert_eq!(once!("facade-llm", with_a_response()), None);
}

/// Nothing here may be unused, and nothing is.
mod strict {
    #![allow(clippy::needless_late_init)]
    #![deny(unused, dead_code, unused_variables, unused_mut, unused_assignments, unused_must_use, unreachable_code)]

    #[arc_obs::traced]
    pub(super) fn counts(mut n: u32, values: &[u32]) -> u32 {
        let last;
        for value in values {
            n += value;
        }
        last = n;
        n = last * 2;
        n
    }

    #[arc_obs::traced]
    pub(super) async fn counts_async(mut n: u32, mut text: String) -> String {
        n += 1;
        text.push('!');
        futures::future::ready(()).await;
        n += 1;
        format!("{text}{n}")
    }

    #[arc_obs::traced]
    pub(super) fn drains(mut values: Vec<u8>) {
        values.clear();
    }

    #[arc_obs::traced]
    pub(super) fn writes(out: &mut [u8; 2], mut from: impl Iterator<Item = u8>) {
        out.fill_with(|| from.next().unwrap_or_default());
    }
}

#[test]
fn nothing_is_unused() {
    assert_eq!(once!("counts", strict::counts(1, &[2])), 6);
    assert_eq!(once!("counts_async", block_on(strict::counts_async(1, "a".into()))), "a!3");
    once!("drains", strict::drains(vec![1]));
    let mut out = [0; 2];
    once!("writes", strict::writes(&mut out, [1, 2].into_iter()));
    assert_eq!(out, [1, 2]);
}
