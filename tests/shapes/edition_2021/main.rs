//! A caller of edition 2021, in which temporaries of a last expression outlive the
//! locals, and those of an `if let` its `else`.
#![deny(warnings, clippy::pedantic, rust_2018_idioms)]

use std::cell::RefCell;
use std::error::Error;
use std::future::Future;

use arc_obs::testing::capture;
use arc_obs::{traced, track_agent, track_cache, track_llm, track_tool, track_workflow, Status, Usage};
use futures::executor::block_on;

thread_local! {
    static DROPPED: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
}

struct Loud(&'static str);

impl Loud {
    fn name(&self) -> &'static str {
        self.0
    }

    fn some(&self) -> Option<&'static str> {
        Some(self.0).filter(|name| !name.is_empty())
    }
}

impl Drop for Loud {
    fn drop(&mut self) {
        DROPPED.with_borrow_mut(|dropped| dropped.push(self.0));
    }
}

fn dropped<R>(run: impl FnOnce() -> R) -> Vec<&'static str> {
    run();
    DROPPED.take()
}

#[test]
fn temporaries_of_the_last_expression_drop_after_the_locals() {
    fn plain(_a: Loud) -> usize {
        let _local = Loud("local");
        Loud("temporary").name().len()
    }
    #[traced]
    fn sync(_a: Loud) -> usize {
        let _local = Loud("local");
        Loud("temporary").name().len()
    }
    #[traced]
    async fn later(_a: Loud) -> usize {
        let _local = Loud("local");
        Loud("temporary").name().len()
    }
    #[traced]
    fn future(a: Loud) -> impl Future<Output = usize> {
        let _local = Loud("local");
        drop(a);
        std::future::ready(Loud("temporary").name().len())
    }
    let expected = dropped(|| plain(Loud("a")));
    assert_eq!(expected, ["local", "temporary", "a"]);
    assert_eq!(dropped(|| sync(Loud("a"))), expected, "sync");
    assert_eq!(dropped(|| block_on(later(Loud("a")))), expected, "async");
    assert_eq!(dropped(|| block_on(future(Loud("a")))), ["a", "local", "temporary"], "future");
}

#[test]
fn temporaries_of_an_if_let_drop_after_its_else() {
    fn plain() {
        if let Some("x") = Loud("temporary").some() {
            unreachable!();
        } else {
            drop(Loud("else"));
        }
    }
    #[traced]
    fn sync() {
        if let Some("x") = Loud("temporary").some() {
            unreachable!();
        } else {
            drop(Loud("else"));
        }
    }
    #[traced]
    async fn later() {
        if let Some("x") = Loud("temporary").some() {
            unreachable!();
        } else {
            drop(Loud("else"));
        }
    }
    let expected = dropped(plain);
    assert_eq!(expected, ["else", "temporary"]);
    assert_eq!(dropped(sync), expected, "sync");
    assert_eq!(dropped(|| block_on(later())), expected, "async");
}

/// What edition 2024 asks to be said: `unsafe` inside, `+ use<..>`, `r#gen`.
#[traced]
#[allow(unsafe_code, clippy::missing_safety_doc)]
#[allow(unsafe_op_in_unsafe_fn)]
unsafe fn dangerous(n: *const u8) -> u8 {
    *n
}

#[traced]
fn captures_nothing(_: &str) -> impl Iterator<Item = u8> {
    [1, 2].into_iter()
}

#[traced]
fn captures(text: &str) -> impl Iterator<Item = char> + '_ {
    text.chars()
}

#[traced]
fn gen(r#dyn: u8) -> u8 {
    let r#async = r#dyn + 1;
    r#async - 1
}

#[traced]
fn closure() -> impl Fn(&str) -> String {
    |text| text.to_owned()
}

#[traced]
fn question_mark(text: &str) -> Result<u8, Box<dyn Error>> {
    let n: u8 = text.parse()?;
    Ok(n)
}

#[traced]
fn never() -> ! {
    panic!("it never returns")
}

macro_rules! of_an_expression {
    ($name:ident, $value:expr) => {
        #[track_tool("edition_2021")]
        async fn $name(n: u8) -> u8 {
            n + $value
        }
    };
}
of_an_expression!(made, 2);

#[track_agent("edition_2021")]
async fn agent(n: u64) -> Result<Usage, Box<dyn Error + Send + Sync>> {
    Ok(ask(n).await.ok_or("nothing")?)
}

#[track_llm(model = "edition-2021", unpriced)]
async fn ask(n: u64) -> Option<Usage> {
    futures::future::ready(Some(Usage::new(n, n))).await
}

#[track_workflow("edition_2021", cost = 0.5)]
fn workflow() {}

#[track_cache("edition_2021")]
fn look_up() -> Option<u8> {
    None
}

#[test]
#[allow(unsafe_code)]
fn everything_is_counted() {
    let capture = capture();
    // SAFETY: it points to a number.
    assert_eq!(unsafe { dangerous(&1) }, 1);
    let numbers = {
        let short = String::from("short");
        captures_nothing(&short)
    };
    assert_eq!(numbers.count() + captures("ab").count(), 4);
    assert_eq!(gen(1), 1);
    assert_eq!(closure()("a"), "a");
    assert_eq!(question_mark("1").unwrap(), 1);
    question_mark("x").unwrap_err();
    std::panic::catch_unwind(|| never()).unwrap_err();
    assert_eq!(block_on(made(1)), 3);
    assert_eq!(block_on(agent(1)).unwrap(), Usage::new(1, 1));
    workflow();
    assert_eq!(look_up(), None);
    let ended: Vec<_> = capture.operations().iter().map(|operation| operation.status).collect();
    let mut expected = vec![Status::Success; 13];
    expected[6] = Status::Error;
    expected[7] = Status::Panic;
    assert_eq!(ended, expected);
}
