//! Bodies: how control leaves them, and when what they hold is dropped.

use std::cell::RefCell;
use std::ops::AddAssign;

use arc_obs::traced;
use futures::executor::block_on;

use crate::{Broken, assert_ended, once, panics};

#[traced]
fn early_return(n: i32) -> Result<i32, Broken> {
    if n < 0 {
        return Ok(0);
    }
    let doubled: i32 = Ok::<i32, Broken>(n)?;
    Ok(doubled * 2)
}

#[traced]
fn labels(limit: u32) -> u32 {
    let mut found = 0;
    'outer: for a in 0..limit {
        for b in 0..limit {
            if a * b == 6 {
                found = a + b;
                break 'outer;
            }
            if b > a {
                continue 'outer;
            }
        }
    }
    let block = 'block: {
        if found > 0 {
            break 'block found;
        }
        9
    };
    block
        + loop {
            break 1;
        }
}

#[traced]
fn while_let(mut values: Vec<u8>) -> u8 {
    let mut sum = 0;
    while let Some(value) = values.pop() {
        if value == 0 {
            return sum;
        }
        sum += value;
    }
    sum
}

#[traced]
fn let_else(text: &str) -> Result<u8, Broken> {
    let Some(first) = text.bytes().next() else { return Err(Broken) };
    let (true, n) = (first > b'0', first) else {
        panic!("not above 0");
    };
    Ok(n)
}

#[traced]
fn loop_only(mut n: u8) -> u8 {
    loop {
        if n > 100 {
            return n;
        }
        n += 50;
    }
}

#[traced]
fn matched(n: Option<&str>) -> &str {
    match n {
        Some(text) if text.len() > 1 => text,
        Some(_) => "short",
        None => "none",
    }
}

#[traced]
fn if_else(n: u8) -> u8 {
    if n > 1 { n } else { 0 }
}

#[traced]
fn recursive(n: u32) -> u32 {
    if n == 0 { 0 } else { 1 + recursive(n - 1) }
}

#[traced]
fn mutual(n: u32) -> bool {
    n == 0 || !mutual(n - 1)
}

#[traced]
fn one_expression(n: u8) -> u8 {
    n
}

#[traced]
fn block_in_block(n: u8) -> u8 {
    {
        let n = n + 1;
        n - 1
    }
}

#[traced]
fn items_inside(n: u8) -> u8 {
    const TWO: u8 = 2;
    static THREE: u8 = 3;
    struct Local(u8);
    impl Local {
        #[traced("inner_method")]
        fn get(&self) -> u8 {
            self.0
        }
    }
    #[traced("inner")]
    fn inner(n: u8) -> u8 {
        n + TWO
    }
    use std::convert::identity;
    macro_rules! add {
        ($a:expr) => {
            $a + THREE
        };
    }
    add!(inner(identity(n)) + Local(1).get())
}

#[traced]
fn closures_inside(values: &[u8]) -> Vec<u8> {
    let add = |n: &u8| n + 1;
    let early = |n: u8| {
        if n > 2 {
            return None;
        }
        Some(n)
    };
    values.iter().map(add).filter_map(early).collect()
}

#[traced]
fn attributes_inside(n: u8) -> u8 {
    #![allow(unused_variables)]
    #![allow(clippy::no_effect_underscore_binding)]
    //! Documented inside.
    let unused = n;
    #[cfg(any())]
    compile_error!("left out");
    #[cfg(not(any()))]
    let n = n + 1;
    n
}

#[traced]
async fn attributes_inside_async(n: u8) -> u8 {
    #![allow(unused_variables)]
    let unused = n;
    futures::future::ready(n).await
}

#[traced]
fn panics_in_the_middle(n: u8) -> u8 {
    assert_ne!(n, 3, "three");
    n
}

#[traced]
fn catches(n: u8) -> bool {
    std::panic::catch_unwind(|| panics_in_the_middle(n)).is_err()
}

#[traced]
async fn loops_with_await(values: &[u8]) -> Result<u8, Broken> {
    let mut sum = 0_u8;
    for value in values {
        if *value == 9 {
            return Err(Broken);
        }
        sum = sum.checked_add(futures::future::ready(*value).await).ok_or(Broken)?;
        while sum > 100 {
            sum -= async { 50 }.await;
        }
    }
    Ok(sum)
}

#[traced]
async fn async_blocks_inside(n: u8) -> Result<u8, Broken> {
    let failing = async {
        if n == 0 {
            return Err(Broken);
        }
        Ok::<_, Broken>(n)
    };
    let closure = async |add: u8| n + add;
    Ok(failing.await? + closure(1).await)
}

#[traced]
fn format_arguments(name: &str, width: usize, value: f64) -> String {
    format!("{name:>width$} {value:.2} {{name}}")
}

#[traced]
#[allow(unsafe_code)]
fn unsafe_inside(bytes: &[u8]) -> &str {
    // SAFETY: the test gives it ASCII.
    unsafe { std::str::from_utf8_unchecked(bytes) }
}

#[traced]
fn shadows_its_argument(n: u8) -> String {
    let n = n.to_string();
    let n = n + "!";
    n
}

#[traced]
fn empty_with_a_comment() {
    // Nothing, on purpose.
}

#[traced]
fn moves_out_of_its_argument(pair: (String, String)) -> String {
    let (first, _) = pair;
    first
}

#[traced]
fn constants() -> [u8; 1 + 1] {
    [const { 3 }; 2]
}

#[traced]
fn generic_inside<T: AddAssign + Copy>(mut a: T, b: T) -> T {
    fn twice<T: AddAssign + Copy>(value: &mut T, by: T) {
        *value += by;
        *value += by;
    }
    twice(&mut a, b);
    a
}

#[test]
fn ways_out() {
    assert_eq!(once!("early_return", early_return(4)), Ok(8));
    assert_eq!(once!("early_return", early_return(-4)), Ok(0));
    assert_eq!(once!("labels", labels(9)), 6);
    assert_eq!(once!("while_let", while_let(vec![9, 0, 1, 2])), 3);
    assert_eq!(once!("let_else", let_else("a")), Ok(b'a'));
    assert_eq!(once!("let_else", Error, let_else("")), Err(Broken));
    panics!("let_else", let_else("0"));
    assert_eq!(once!("loop_only", loop_only(1)), 101);
    assert_eq!(once!("matched", matched(Some("ab"))), "ab");
    assert_eq!(once!("if_else", if_else(2)), 2);
    assert_eq!(once!("one_expression", one_expression(2)), 2);
    assert_eq!(once!("block_in_block", block_in_block(2)), 2);
    panics!("panics_in_the_middle", panics_in_the_middle(3));
    let capture = arc_obs::testing::capture();
    assert!(catches(3));
    assert_ended(&capture, &[("panics_in_the_middle", arc_obs::Status::Panic), ("catches", arc_obs::Status::Success)]);
}

#[test]
fn recursion() {
    let capture = arc_obs::testing::capture();
    assert_eq!(recursive(9), 9);
    assert!(mutual(4));
    assert_eq!(capture.operations().len(), 15);
}

#[test]
fn insides() {
    let capture = arc_obs::testing::capture();
    assert_eq!(items_inside(1), 7);
    let ended = ["inner", "inner_method", "items_inside"].map(|name| (name, arc_obs::Status::Success));
    assert_ended(&capture, &ended);
    drop(capture);
    assert_eq!(once!("closures_inside", closures_inside(&[0, 1, 2])), [1, 2]);
    assert_eq!(once!("attributes_inside", attributes_inside(1)), 2);
    assert_eq!(once!("attributes_inside_async", block_on(attributes_inside_async(1))), 1);
    assert_eq!(once!("format_arguments", format_arguments("a", 2, 1.0)), " a 1.00 {name}");
    assert_eq!(once!("unsafe_inside", unsafe_inside(b"a")), "a");
    assert_eq!(once!("shadows_its_argument", shadows_its_argument(1)), "1!");
    once!("empty_with_a_comment", empty_with_a_comment());
    assert_eq!(once!("moves_out_of_its_argument", moves_out_of_its_argument(("a".into(), "b".into()))), "a");
    assert_eq!(once!("constants", constants()), [3, 3]);
    assert_eq!(once!("generic_inside", generic_inside(1, 2)), 5);
}

#[test]
fn asynchronous() {
    assert_eq!(once!("loops_with_await", block_on(loops_with_await(&[1, 2, 100]))), Ok(53));
    assert_eq!(once!("loops_with_await", Error, block_on(loops_with_await(&[9]))), Err(Broken));
    assert_eq!(once!("async_blocks_inside", block_on(async_blocks_inside(1))), Ok(3));
    assert_eq!(once!("async_blocks_inside", Error, block_on(async_blocks_inside(0))), Err(Broken));
}

thread_local! {
    static DROPPED: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
}

struct Loud(&'static str);

impl Loud {
    const fn name(&self) -> &'static str {
        self.0
    }
}

impl Drop for Loud {
    fn drop(&mut self) {
        DROPPED.with_borrow_mut(|dropped| dropped.push(self.0));
    }
}

struct Pair {
    left: Loud,
    right: Loud,
}

const fn pair() -> Pair {
    Pair { left: Loud("left"), right: Loud("right") }
}

const fn look(_: &Loud) {}

impl Pair {
    fn plain(self) -> &'static str {
        self.right.name()
    }

    #[traced]
    fn uses_one_field(self) -> &'static str {
        self.right.name()
    }

    #[traced]
    async fn uses_one_field_async(self) -> &'static str {
        self.right.name()
    }

    fn plain_moves(self) -> Loud {
        let _local = Loud("local");
        self.right
    }

    #[traced]
    fn moves_one_field(self) -> Loud {
        let _local = Loud("local");
        self.right
    }

    #[traced]
    async fn moves_one_field_async(self) -> Loud {
        let _local = Loud("local");
        self.right
    }
}

/// What is dropped while a function runs, in its order.
fn dropped<R>(run: impl FnOnce() -> R) -> Vec<&'static str> {
    let result = run();
    let dropped = DROPPED.take();
    drop(result);
    drop(DROPPED.take());
    dropped
}

#[test]
fn arguments_drop_in_the_order_of_a_function() {
    fn plain(a: Loud, (b, c): (Loud, Loud), _guard: Loud, pair: Pair) {
        let _local = Loud("local");
        look(&c);
        look(&pair.left);
        look(&a);
        drop(b);
    }
    #[traced]
    fn sync(a: Loud, (b, c): (Loud, Loud), _guard: Loud, pair: Pair) {
        let _local = Loud("local");
        look(&c);
        look(&pair.left);
        look(&a);
        drop(b);
    }
    #[traced]
    async fn later(a: Loud, (b, c): (Loud, Loud), _guard: Loud, pair: Pair) {
        let _local = Loud("local");
        look(&c);
        look(&pair.left);
        look(&a);
        drop(b);
    }
    let louds = || (Loud("a"), (Loud("b"), Loud("c")), Loud("guard"), pair());
    let (a, b, c, d) = louds();
    let expected = dropped(|| plain(a, b, c, d));
    let (a, b, c, d) = louds();
    assert_eq!(dropped(|| sync(a, b, c, d)), expected, "sync");
    let (a, b, c, d) = louds();
    assert_eq!(dropped(|| block_on(later(a, b, c, d))), expected, "async");
}

#[test]
fn the_fields_of_one_argument_drop_in_the_order_of_a_function() {
    let expected = dropped(|| pair().plain());
    assert_eq!(expected, ["left", "right"]);
    assert_eq!(dropped(|| pair().uses_one_field()), expected, "sync");
    assert_eq!(dropped(|| block_on(pair().uses_one_field_async())), expected, "async");
    let expected = dropped(|| pair().plain_moves());
    assert_eq!(expected, ["local", "left"]);
    assert_eq!(dropped(|| pair().moves_one_field()), expected, "sync");
    assert_eq!(dropped(|| block_on(pair().moves_one_field_async())), expected, "async");
}

/// In the edition of this crate they go before the locals of the function.
#[test]
fn temporaries_of_the_last_expression() {
    fn temporary(_: &Loud) -> Loud {
        Loud("temporary")
    }
    fn plain(_a: Loud) -> &'static str {
        let local = Loud("local");
        temporary(&local).name()
    }
    #[traced]
    fn sync(_a: Loud) -> &'static str {
        let local = Loud("local");
        temporary(&local).name()
    }
    #[traced]
    async fn later(_a: Loud) -> &'static str {
        let local = Loud("local");
        temporary(&local).name()
    }
    let expected = dropped(|| plain(Loud("a")));
    assert_eq!(expected, ["temporary", "local", "a"]);
    assert_eq!(dropped(|| sync(Loud("a"))), expected, "sync");
    assert_eq!(dropped(|| block_on(later(Loud("a")))), expected, "async");
}
