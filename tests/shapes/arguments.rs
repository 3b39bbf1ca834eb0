//! What a function takes, and how it takes it apart.

use arc_obs::traced;
use futures::executor::block_on;

use crate::{Broken, once};

struct Point {
    x: u32,
    y: u32,
}

struct Wrapper(String);

#[derive(Clone, Copy)]
struct Unit;

enum Side {
    Left(u32),
    Right(u32),
}

#[traced]
fn tuple((a, b): (u32, String), (c, (d, _)): (u32, (u32, String))) -> u32 {
    a + c + d + u32::try_from(b.len()).unwrap_or_default()
}

#[traced]
fn structure(Point { x, y: height }: Point, Wrapper(text): Wrapper) -> String {
    format!("{x} {height} {text}")
}

#[traced]
fn rest_of_a_structure(Point { x, .. }: Point, [first, .., last]: [u32; 4]) -> u32 {
    x + first + last
}

#[traced]
fn slice([first, rest @ ..]: [String; 3]) -> String {
    format!("{first}{}", rest.concat())
}

#[traced]
fn by_reference(&(a, b): &(u32, u32), &mut ref mut c: &mut u32) -> u32 {
    *c += a;
    b
}

#[traced]
fn bound_by_ref(ref text: String, ref mut other: String) -> usize {
    other.push_str(text);
    other.len()
}

#[traced]
fn with_at(whole @ Point { x, y }: Point) -> u32
where
    Point: Sized,
{
    let Point { x: again, .. } = whole;
    x + y + again
}

#[traced]
fn or_patterns(
    (Side::Left(n) | Side::Right(n)): Side,
    (Ok(text) | Err(text)): Result<String, String>,
) -> (u32, String) {
    (n, text)
}

#[traced]
fn nothing_is_bound(_: String, (): (), Unit: Unit, _unused: Vec<u8>) -> u8 {
    8
}

#[traced]
fn mutable(mut values: Vec<u32>, mut n: u32) -> Vec<u32> {
    n += 1;
    values.push(n);
    values
}

#[traced]
async fn mutable_async(mut values: Vec<u32>, mut n: u32, (mut a, b): (u32, u32)) -> Vec<u32> {
    n += 1;
    values.push(n);
    a += b;
    values.push(a);
    futures::future::ready(()).await;
    values
}

#[traced]
async fn destructured_async(Point { x, y }: Point, &(a, ref b): &(u32, String), [c, ..]: [u32; 2], _: String) -> u32 {
    futures::future::ready(()).await;
    x + y + a + c + u32::try_from(b.len()).unwrap_or_default()
}

#[traced]
fn impl_traits(
    texts: impl IntoIterator<Item = impl AsRef<str>>,
    read: impl Fn(&str) -> usize,
    mut write: impl FnMut(usize),
    last: impl FnOnce() -> usize,
) {
    for text in texts {
        write(read(text.as_ref()));
    }
    write(last());
}

#[traced]
async fn async_closures(ask: impl AsyncFn(&str) -> usize, mut tell: impl AsyncFnMut(usize)) -> usize {
    let first = ask("ab").await;
    tell(first).await;
    ask("abc").await
}

#[traced]
fn trait_objects(
    read: &dyn Fn(&str) -> usize,
    own: Box<dyn FnOnce(usize) -> usize>,
    shown: &(dyn std::fmt::Debug + Sync),
) -> String {
    format!("{} {shown:?}", own(read("ab")))
}

#[traced]
fn function_pointers(plain: fn(u32) -> u32, foreign: extern "C" fn(u32) -> u32) -> u32 {
    foreign(plain(1))
}

#[traced]
fn slices_and_text(bytes: &[u8], text: &str, values: &mut [u32], array: &[u8; 2]) -> usize {
    values[0] = 9;
    bytes.len() + text.len() + array.len()
}

#[traced]
fn nested_references(a: &&str, b: &mut &mut u32, c: Option<&mut Vec<u8>>) -> usize {
    **b += 1;
    c.map_or(0, |c| {
        c.push(1);
        c.len()
    }) + a.len()
}

#[traced]
fn with_attributes_on_arguments(
    #[allow(unused_variables)] unused: String,
    #[cfg(any())] left_out: NoSuchType,
    #[cfg(not(any()))] _guard: String,
    other: String,
) -> String {
    #[cfg(any())]
    drop(left_out);
    other
}

#[traced]
async fn four_lifetimes<'a, 'b, 'c, 'd>(
    a: &'a str,
    b: &'b str,
    c: &'c str,
    d: &'d str,
) -> (&'a str, &'b str, &'c str, &'d str) {
    futures::future::ready(()).await;
    (a, b, c, d)
}

#[traced]
fn never_called(nothing: std::convert::Infallible, _text: String, _other: String) -> u32 {
    match nothing {}
}

#[traced]
#[allow(clippy::too_many_arguments)]
fn twelve(
    a: u8,
    b: u8,
    c: u8,
    d: u8,
    e: u8,
    f: u8,
    g: String,
    h: Vec<u8>,
    i: &str,
    j: (u8,),
    k: [u8; 1],
    l: Option<u8>,
) -> usize {
    usize::from(a + b + c + d + e + f + j.0 + k[0] + l.unwrap_or(0)) + g.len() + h.len() + i.len()
}

/// Its arguments have the names of the expansion's variables.
#[traced]
fn named_alike(__arc_obs_value: u32, __arc_obs_result: u32, result: u32, value: u32, p: u32) -> u32 {
    let __arc_obs_operation = __arc_obs_value + __arc_obs_result;
    __arc_obs_operation + result + value + p
}

#[traced]
async fn named_alike_async(outcome: u32, peeled: u32, found: u32, site: u32, body: u32) -> Result<u32, Broken> {
    let __arc_obs_never = outcome + peeled;
    futures::future::ready(()).await;
    Ok(__arc_obs_never + found + site + body)
}

#[test]
fn patterns() {
    assert_eq!(once!("tuple", tuple((1, "ab".into()), (3, (4, String::new())))), 10);
    assert_eq!(once!("structure", structure(Point { x: 1, y: 2 }, Wrapper("a".into()))), "1 2 a");
    assert_eq!(once!("rest_of_a_structure", rest_of_a_structure(Point { x: 1, y: 2 }, [1, 2, 3, 4])), 6);
    assert_eq!(once!("slice", slice(["a", "b", "c"].map(str::to_owned))), "abc");
    let mut changed = 1;
    assert_eq!(once!("by_reference", by_reference(&(1, 2), &mut changed)), 2);
    assert_eq!(changed, 2);
    assert_eq!(once!("bound_by_ref", bound_by_ref("a".into(), "bc".into())), 3);
    assert_eq!(once!("with_at", with_at(Point { x: 1, y: 2 })), 4);
    assert_eq!(once!("or_patterns", or_patterns(Side::Left(1), Ok("a".into()))), (1, "a".into()));
    assert_eq!(once!("or_patterns", or_patterns(Side::Right(2), Err("b".into()))), (2, "b".into()));
    assert_eq!(once!("nothing_is_bound", nothing_is_bound(String::new(), (), Unit, vec![])), 8);
    assert_eq!(once!("mutable", mutable(vec![1], 1)), [1, 2]);
    assert_eq!(once!("mutable_async", block_on(mutable_async(vec![1], 1, (2, 3)))), [1, 2, 5]);
    let given = (3, "ab".to_owned());
    let summed =
        once!("destructured_async", block_on(destructured_async(Point { x: 1, y: 2 }, &given, [5, 0], String::new())));
    assert_eq!(summed, 13);
}

#[test]
fn types() {
    let mut written = Vec::new();
    once!("impl_traits", impl_traits(["a", "bc"], str::len, |n| written.push(n), || 7));
    assert_eq!(written, [1, 2, 7]);
    let mut told = 0;
    assert_eq!(once!("async_closures", block_on(async_closures(async |text: &str| text.len(), async |n| told = n))), 3);
    assert_eq!(told, 2);
    assert_eq!(once!("trait_objects", trait_objects(&str::len, Box::new(|n| n + 1), &5)), "3 5");
    extern "C" fn foreign(n: u32) -> u32 {
        n * 2
    }
    assert_eq!(once!("function_pointers", function_pointers(|n| n + 1, foreign)), 4);
    let mut values = [1, 2];
    assert_eq!(once!("slices_and_text", slices_and_text(b"a", "bc", &mut values, &[0, 0])), 5);
    assert_eq!(values, [9, 2]);
    let (mut n, mut bytes) = (1, vec![]);
    assert_eq!(once!("nested_references", nested_references(&"ab", &mut &mut n, Some(&mut bytes))), 3);
    assert_eq!(n, 2);
    let kept = with_attributes_on_arguments(String::new(), String::new(), "kept".into());
    assert_eq!(kept, "kept");
    assert_eq!(once!("four_lifetimes", block_on(four_lifetimes("a", "b", "c", "d"))), ("a", "b", "c", "d"));
    assert_eq!(once!("twelve", twelve(1, 1, 1, 1, 1, 1, "a".into(), vec![0], "b", (1,), [1], Some(1))), 12);
    assert_eq!(once!("named_alike", named_alike(1, 2, 4, 5, 6)), 18);
    assert_eq!(once!("named_alike_async", block_on(named_alike_async(1, 2, 3, 4, 5))), Ok(15));
    let _: fn(std::convert::Infallible, String, String) -> u32 = never_called;
}
