//! Functions that macros make, of every kind of fragment.

use arc_obs::{traced, track_agent, track_llm, track_tool};
use futures::executor::block_on;

use crate::{Broken, once};

macro_rules! of_a_block {
    ($name:ident, $literal:literal, $body:block) => {
        #[track_tool($literal)]
        fn $name() -> u32 $body
    };
}
of_a_block!(block, "macro_block", {
    if false {
        return 0;
    }
    4
});

macro_rules! of_types {
    ($(#[$meta:meta])* $visibility:vis $name:ident($($argument:ident: $type:ty),*) -> $returned:ty, $value:expr) => {
        $(#[$meta])*
        #[traced]
        $visibility fn $name($($argument: $type),*) -> $returned {
            $value
        }
    };
}
of_types!(pub(crate) types(a: u32, b: String) -> Result<u32, Broken>, if b.is_empty() { Err(Broken) } else { Ok(a) });
of_types!(
    /// Documented.
    #[allow(clippy::missing_panics_doc)]
    no_arguments() -> &'static str, "text"
);
of_types!(never() -> !, panic!("it never returns"));
of_types!(boxed_future(n: u8) -> std::pin::Pin<Box<dyn Future<Output = u8> + Send>>, Box::pin(async move { n }));
of_types!(opaque_future(n: u8) -> impl Future<Output = u8>, async move { n });
of_types!(opaque(n: u8) -> impl Iterator<Item = u8>, 0..n);
of_types!(primitive_and_text(n: u8, text: &str) -> usize, text.len() + usize::from(n));

macro_rules! of_tokens {
    ($($all:tt)*) => {
        #[traced]
        $($all)*
    };
}
of_tokens! { async fn tokens(text: &str) -> usize { text.len() } }

macro_rules! of_an_item {
    ($item:item) => {
        #[traced]
        $item
    };
}
of_an_item! { fn item(n: u8) -> Option<u8> { n.checked_add(1) } }

macro_rules! of_patterns {
    ($name:ident, $pattern:pat, $type:ty, $lifetime:lifetime, $path:path, $body:expr) => {
        #[traced]
        fn $name<$lifetime>($pattern: $type, text: &$lifetime str) -> (&$lifetime str, $path) {
            (text, $body)
        }
    };
}
of_patterns!(patterns, (ref a, _), (String, String), 'a, usize, a.len());

macro_rules! of_methods {
    ($type:ident { $($self:ident.$name:ident => $body:expr;)* }) => {
        struct $type {
            field: String,
        }
        impl $type {
            $(
                #[traced]
                fn $name(mut $self, other: String) -> String {
                    $self.field.push_str(&other);
                    $body
                }
            )*
        }
    };
}
of_methods!(Made {
    self.macro_method => self.field;
    self.macro_method_of_two => self.field + "!";
});

macro_rules! of_a_model {
    ($name:ident, $model:literal, $kind:literal) => {
        mod $name {
            #[super::track_llm(model = $model, unpriced)]
            pub(super) async fn ask(n: u64) -> arc_obs::Usage {
                arc_obs::Usage::new(n, n)
            }

            #[super::track_agent($model, kind = $kind)]
            pub(super) async fn agent(n: u64) -> arc_obs::Usage {
                ask(n).await
            }
        }
    };
}
of_a_model!(first_model, "macro-model-1", "react");
of_a_model!(second_model, "macro-model-2", "plan");

/// A macro whose own local has the name of the user's.
macro_rules! of_an_expression {
    ($name:ident, |$argument:ident| $value:expr) => {
        #[traced]
        fn $name($argument: String, other: String) -> usize {
            let hidden = other.len();
            let user = $value;
            hidden + user
        }
    };
}
of_an_expression!(expression, |other| other.len() * 100);

/// The whole body is a macro's.
macro_rules! body {
    ($n:ident) => {
        if $n == 0 {
            return Err(Broken);
        } else {
            Ok($n)
        }
    };
}

#[traced]
fn body_of_a_macro(n: u8) -> Result<u8, Broken> {
    body!(n)
}

macro_rules! returned {
    () => {
        Result<u8, Broken>
    };
}

#[traced]
fn returned_by_a_macro(n: u8) -> returned!() {
    body!(n)
}

macro_rules! pattern {
    ($a:ident, $b:ident) => {
        ($a, $b)
    };
}

#[traced]
fn arguments_of_a_macro(pattern!(a, b): (u8, u8)) -> u8 {
    a + b
}

macro_rules! nested {
    ($name:ident) => {
        of_types!($name(n: u8) -> u8, { n });
    };
}
nested!(nested_macro);

#[test]
fn fragments() {
    assert_eq!(once!("macro_block", block()), 4);
    assert_eq!(once!("types", types(1, "a".into())), Ok(1));
    assert_eq!(once!("types", Error, types(1, String::new())), Err(Broken));
    assert_eq!(once!("no_arguments", no_arguments()), "text");
    crate::panics!("never", never());
    once!("boxed_future", Success, {
        drop(boxed_future(1));
        assert_eq!(block_on(boxed_future(3)), 3);
    });
    once!("opaque_future", Success, {
        drop(opaque_future(1));
        assert_eq!(block_on(opaque_future(3)), 3);
    });
    assert_eq!(once!("opaque", opaque(3)).count(), 3);
    assert_eq!(once!("primitive_and_text", primitive_and_text(1, "a")), 2);
    assert_eq!(once!("tokens", block_on(tokens("ab"))), 2);
    assert_eq!(once!("item", item(1)), Some(2));
    assert_eq!(once!("patterns", patterns(("a".into(), String::new()), "b")), ("b", 1));
    assert_eq!(once!("macro_method", Made { field: "a".into() }.macro_method("b".into())), "ab");
    assert_eq!(once!("macro_method_of_two", Made { field: "a".into() }.macro_method_of_two("b".into())), "ab!");
    assert_eq!(once!("expression", expression("ab".into(), "abc".into())), 203);
    assert_eq!(once!("body_of_a_macro", body_of_a_macro(1)), Ok(1));
    assert_eq!(once!("body_of_a_macro", Error, body_of_a_macro(0)), Err(Broken));
    assert_eq!(once!("returned_by_a_macro", Error, returned_by_a_macro(0)), Err(Broken));
    assert_eq!(once!("arguments_of_a_macro", arguments_of_a_macro((1, 2))), 3);
    assert_eq!(once!("nested_macro", nested_macro(1)), 1);
}

#[test]
fn names_from_macros() {
    let capture = arc_obs::testing::capture();
    assert_eq!(block_on(first_model::agent(1)), arc_obs::Usage::new(1, 1));
    assert_eq!(block_on(second_model::agent(1)), arc_obs::Usage::new(1, 1));
    let names: Vec<_> = capture.operations().into_iter().map(|operation| operation.name).collect();
    assert_eq!(names, ["macro-model-1", "macro-model-1", "macro-model-2", "macro-model-2"]);
}

macro_rules! with_values {
    ($name:ident, $value:expr, $more:expr, $pattern:pat, $ty:ty, $call:expr) => {
        #[traced]
        fn $name(n: i32) -> (i32, $ty) {
            let call = $call;
            let first = $value * 2 - $more;
            let second: $ty = match n {
                $pattern => true,
                _ => false,
            };
            (first + call(1) + ($call)(1), second)
        }
    };
}
with_values!(of_values, 1 + 2, 3 - 1, 1..=5 | 7, bool, |n: i32| n + 1);

#[test]
fn what_a_macro_passes_on_stays_together() {
    let capture = arc_obs::testing::capture();
    assert_eq!(of_values(7), (8, true));
    assert_eq!(capture.operations().len(), 1);
}
