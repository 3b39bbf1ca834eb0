//! What calls cost: the built-in prices, one's own, and what becomes of prices and
//! amounts that cannot be.
//!
//! Prices of one's own are the process's: a test that sets them takes its turn, and
//! speaks only of models that no other test has.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use arc_obs::{Price, PriceTable, Status, TokenKind, Unpriced, Usage, Usd, record_llm_call, set_prices};
use arc_obs::{track_agent, track_llm};
use arc_obs_tests::page;
use serde_json::{Value, json};

/// One test at a time sets prices; the built-in ones are in force before and after.
struct Turn(#[expect(dead_code, reason = "held")] MutexGuard<'static, ()>);

fn turn() -> Turn {
    static TURN: Mutex<()> = Mutex::new(());
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    set_prices(PriceTable::bundled());
    Turn(turn)
}

impl Drop for Turn {
    fn drop(&mut self) {
        set_prices(PriceTable::bundled());
    }
}

fn cost(model: &str) -> Option<f64> {
    page::value("arc_llm_cost_dollars", &[("model", model)])
}

fn unpriced(model: &str, reason: &str) -> Option<f64> {
    page::value("arc_llm_unpriced_calls_total", &[("model", model), ("reason", reason)])
}

fn record(model: &str, usage: Usage) {
    record_llm_call(model, Status::Success, Duration::ZERO, usage);
}

fn dollars(table: &PriceTable, model: &str, usage: Usage) -> Result<f64, Unpriced> {
    Ok(table.cost(model, &usage)?.total().as_dollars())
}

fn table(model: &str, price: Price) -> PriceTable {
    PriceTable::bundled().with_price(model, price).unwrap()
}

const MILLION: u64 = 1_000_000;

fn a_million() -> Usage {
    Usage::new(MILLION, 0)
}

/// A file of its own, in a folder that is removed with it.
struct File(PathBuf);

impl File {
    fn new(name: &str, text: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("arc-obs-prices-{}-{name}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let file = Self(folder.join("prices.json"));
        fs::write(&file.0, text).unwrap();
        file
    }

    fn error(&self) -> String {
        let error = PriceTable::bundled().with_file(&self.0).unwrap_err();
        assert_eq!(error.path(), Some(&*self.0));
        let text = error.to_string();
        assert!(text.starts_with(&self.0.display().to_string()), "{text}");
        text
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(self.0.parent().unwrap());
    }
}

fn one_price(model: &str, input: &str) -> String {
    format!(r#"{{"version": 1, "prices": [{{"model": "{model}", "input": {input}, "output": 0}}]}}"#)
}

#[test]
fn a_call_of_a_service_tier_has_its_price() {
    #[track_llm(model = "gpt-5-nano", provider = "openai")]
    fn ask(tier: &str) -> Value {
        json!({"service_tier": tier, "usage": {"prompt_tokens": MILLION, "completion_tokens": 0}})
    }
    let before = cost("gpt-5-nano").unwrap_or(0.0);
    // At 0.05 dollars a million; flex at half of that.
    for (tier, sum) in [("default", 0.05), ("flex", 0.075), ("tier-of-tomorrow", 0.125)] {
        ask(tier);
        let grown = cost("gpt-5-nano").unwrap() - before;
        assert!((grown - sum).abs() < 1e-9, "{tier}: {grown}");
    }
}

#[test]
fn a_price_of_ones_own_wins_and_can_be_replaced() {
    #[track_llm(model = "prices-own", unpriced)]
    fn ask(answered: &str) -> Value {
        json!({"model": answered, "usage": {"prompt_tokens": MILLION, "completion_tokens": 0}})
    }
    let _turn = turn();
    let mut sum = 0.0;
    let mut costs = |answered: &str| {
        ask(answered);
        let grown = (cost("prices-own").unwrap_or(0.0) - sum).mul_add(1e9, 0.5).floor() / 1e9;
        sum += grown;
        grown
    };
    // The model that answered is known, the one that was asked for is not.
    assert_eq!(costs("gpt-4.1-nano"), 0.1);
    // One's own of the model that was asked for wins.
    set_prices(table("prices-own", Price::new(3.0, 0.0)));
    assert_eq!(costs("gpt-4.1-nano"), 3.0);
    assert_eq!(costs("prices-own"), 3.0);
    // One's own of the model that answered wins over it.
    set_prices(table("prices-own", Price::new(3.0, 0.0)).with_price("GPT-4.1-nano", Price::new(0.07, 0.0)).unwrap());
    assert_eq!(costs("gpt-4.1-nano"), 0.07);
    set_prices(PriceTable::bundled());
    assert_eq!(costs("gpt-4.1-nano"), 0.1);
    assert_eq!(costs("prices-own-unknown"), 0.0);
    assert_eq!(unpriced("prices-own", "unknown_model"), Some(1.0));
}

#[test]
fn a_model_with_a_price_of_ones_own_has_its_cost_from_the_first_call_on() {
    #[track_llm(model = "prices-zero", unpriced)]
    fn ask() -> Result<Value, String> {
        Err("refused".to_owned())
    }
    let _turn = turn();
    set_prices(table("prices-*", Price::new(1.0, 1.0)));
    ask().unwrap_err();
    assert_eq!(cost("prices-zero"), Some(0.0));
    assert_eq!(unpriced("prices-zero", "unknown_model"), None);
}

#[test]
fn prices_that_are_replaced_during_calls_are_one_or_the_other() {
    #[track_llm(model = "prices-replaced", unpriced, usage = |_| a_million())]
    fn ask() {}
    let _turn = turn();
    let prices = [1.0, 2.0].map(|dollars| table("prices-replaced", Price::new(dollars, 0.0)));
    set_prices(prices[0].clone());
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let callers: Vec<_> = (0..3).map(|_| scope.spawn(|| (0..20_000).for_each(|_| ask()))).collect();
        scope.spawn(|| {
            for table in prices.iter().cycle().take_while(|_| !done.load(Ordering::Relaxed)) {
                set_prices(table.clone());
            }
        });
        callers.into_iter().for_each(|caller| caller.join().unwrap());
        done.store(true, Ordering::Relaxed);
    });
    let sum = cost("prices-replaced").unwrap();
    assert!((60_000.0..=120_000.0).contains(&sum) && sum.fract() == 0.0, "{sum}");
    assert_eq!(page::sum("arc_llm_unpriced_calls_total", &[("model", "prices-replaced")]), 0.0);
    set_prices(table("prices-replaced", Price::new(7.0, 0.0)));
    ask();
    assert_eq!(cost("prices-replaced").unwrap() - sum, 7.0);
}

#[test]
fn a_call_that_ends_with_its_thread_is_priced() {
    struct AtTheEnd;
    impl Drop for AtTheEnd {
        fn drop(&mut self) {
            record("prices-thread-end", a_million());
        }
    }
    thread_local! {
        static BEFORE: AtTheEnd = const { AtTheEnd };
        static AFTER: AtTheEnd = const { AtTheEnd };
    }
    let _turn = turn();
    set_prices(table("prices-thread-end", Price::new(1.0, 0.0)));
    // Destroyed before and after what the thread remembers of prices.
    let thread = std::thread::spawn(|| {
        BEFORE.with(|_| ());
        record("prices-thread-end", a_million());
        AFTER.with(|_| ());
    });
    thread.join().unwrap();
    assert_eq!(cost("prices-thread-end"), Some(3.0));
}

#[test]
fn more_money_than_can_be_counted_stays_the_largest_sum() {
    #[track_agent("prices-most")]
    fn spend() {
        record("prices-most", Usage::new(1 << 40, 0));
    }
    let _turn = turn();
    // A million dollars for a million tokens, and as many as a call can have used.
    set_prices(table("prices-most", Price::new(1e6, 0.0)));
    let before = page::value("arc_obs_saturated_total", &[]).unwrap();
    let most = Usd::from_nanos(u64::MAX).as_dollars();
    for _ in 0..3 {
        spend();
        assert_eq!(cost("prices-most"), Some(most));
        assert_eq!(page::value("arc_agent_cost_dollars_total", &[("agent_name", "prices-most")]), Some(most));
    }
    assert!(page::value("arc_obs_saturated_total", &[]).unwrap() >= before + 6.0);
    let summary = arc_obs::summary();
    let row = summary.models.iter().find(|row| row.name == "prices-most").unwrap();
    assert_eq!(row.cost, Some(Usd::from_nanos(u64::MAX)));
    assert_eq!(row.cost.unwrap().to_string(), "$18446744073.709551615");
    assert!(summary.to_string().contains(" $18446744074 "), "rounded, to fit its column");
}

#[test]
fn lines_add_up_whatever_was_used() {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        // Of all sizes, up to the largest.
        state >> (state % 64)
    };
    let table = table("prices-six", Price::new(1.000_000_001, 7.3).cache_read(0.1).cache_write(0.7).reasoning(3.3));
    let table = table.with_price("prices-free", Price::new(0.0, 0.0)).unwrap();
    for model in ["gpt-4o", "claude-sonnet-4-5", "grok-4.3", "gemini-2.5-pro", "prices-six", "prices-free"] {
        for _ in 0..500 {
            let usage = Usage::new(random(), random())
                .cache_read(random())
                .cache_write(random())
                .cache_write_1h(random())
                .reasoning(random());
            let cost = table.cost(model, &usage).unwrap();
            let sum: u64 = cost.lines().iter().map(|line| line.amount.as_nanos()).sum();
            assert_eq!(sum, cost.total().as_nanos(), "{model} {usage:?}");
            assert!(cost.lines().is_sorted_by_key(|line| line.kind as u8), "{cost:?}");
            assert!(cost.total().as_dollars().is_finite());
        }
    }
    assert_eq!(dollars(&table, "prices-free", Usage::new(u64::MAX, u64::MAX)), Ok(0.0));
}

#[test]
fn a_price_that_cannot_be_is_refused_and_the_call_is_unpriced() {
    for (price, what) in [
        (f64::NAN, "it is not a number"),
        (f64::INFINITY, "inf is more than 1000000"),
        (f64::NEG_INFINITY, "-inf is below zero"),
        (-0.01, "-0.01 is below zero; a price is 0 (free) or more"),
        (1e308, "is more than 1000000, a dollar a token"),
    ] {
        let error = PriceTable::bundled().with_price("prices-refused", Price::new(1.0, price)).unwrap_err();
        let text = error.to_string();
        assert!(text.starts_with("the price of `prices-refused`: `output`: "), "{text}");
        assert!(text.contains(what), "{what:?} is not in {text:?}");
        assert_eq!((error.path(), error.line()), (None, None));
    }
    for (json, what) in
        [("NaN", "not JSON"), ("Infinity", "not JSON"), ("-1", "below zero"), ("1e308", "1e308 is more")]
    {
        let error = PriceTable::bundled().with_json(&one_price("prices-refused", json)).unwrap_err();
        assert!(error.to_string().contains(what) && error.line() == Some(1), "{error}");
    }
    record("prices-refused", a_million());
    assert_eq!(cost("prices-refused"), None);
    assert_eq!(unpriced("prices-refused", "unknown_model"), Some(1.0));
}

#[test]
fn names_of_models_are_found_as_gateways_and_providers_write_them() {
    let table = PriceTable::bundled();
    let found =
        |model: &str| table.cost(model, &a_million()).map(|cost| (cost.model().to_owned(), cost.total().as_dollars()));
    for (name, model, price) in [
        // An alias, dates both ways, in capitals, with its provider before it.
        ("claude-3.5-sonnet", "claude-3-5-sonnet", 3.0),
        ("gpt-4o-2024-11-20", "gpt-4o", 2.5),
        ("gpt-4o-20241120", "gpt-4o", 2.5),
        ("GPT-4o", "gpt-4o", 2.5),
        ("openai/gpt-4o", "gpt-4o", 2.5),
        ("claude-3-5-sonnet-20241022", "claude-3-5-sonnet", 3.0),
    ] {
        let (found, dollars) = found(name).unwrap();
        assert_eq!((found.as_str(), dollars), (model, price), "{name}");
    }
    // A fine-tuned model has no price that the table knows, and is never taken for its base.
    for name in ["ft:gpt-4o-2024-08-06:acme::abc", "ft:my-model", "gpt-4o-my-own", "gpt", "*", "gpt-4o*"] {
        match found(name) {
            Err(reason) => assert_eq!(reason, Unpriced::UnknownModel, "{name}"),
            Ok(found) => panic!("{name}: {found:?}"),
        }
    }
}

#[test]
fn the_reason_of_no_price_is_told() {
    let table = PriceTable::bundled();
    let reason = |provider: Option<&'static str>, model: &'static str| {
        let request = table.request(model);
        provider.map_or(request, |provider| request.provider(provider)).cost(&a_million()).unwrap_err()
    };
    assert_eq!(reason(None, "prices-none"), Unpriced::UnknownModel);
    assert_eq!(reason(Some("acme"), "gpt-4o"), Unpriced::UnknownProvider);
    assert_eq!(reason(Some("openai"), "whisper-1"), Unpriced::NoTokenPrice);
    let table = PriceTable::bundled().with_price("gpt-4o", Price::new(1.0, 1.0).provider("acme")).unwrap();
    let cost = table.request("gpt-4o").provider("Acme").cost(&a_million()).unwrap();
    assert_eq!((cost.provider(), cost.total().as_dollars()), (Some("acme"), 1.0));
    assert_eq!(dollars(&table, "gpt-4o", a_million()), Ok(2.5), "of OpenAI");
}

#[test]
fn a_price_of_ones_own_may_begin_tomorrow() {
    let now = SystemTime::now();
    let day = Duration::from_secs(86_400);
    let table = table("gpt-4o", Price::new(1.0, 0.0).since(now + day));
    let at = |time| table.request("gpt-4o").at(time).cost(&a_million()).unwrap().total().as_dollars();
    assert_eq!((at(now), at(now + day)), (2.5, 1.0), "until then the built-in one");

    let json = r#"{"version": 1, "prices": [
        {"model": "m", "input": 2, "output": 0, "since": "2030-01-01"},
        {"model": "m", "input": 1, "output": 0},
        {"model": "m*", "input": 9, "output": 0}
    ]}"#;
    let table = PriceTable::bundled().with_json(json).unwrap();
    let new_year = SystemTime::UNIX_EPOCH + Duration::from_secs(1_893_456_000);
    let at = |time| table.request("m").at(time).cost(&a_million()).unwrap().total().as_dollars();
    assert_eq!((at(new_year - Duration::from_secs(1)), at(new_year)), (1.0, 2.0));
}

#[test]
fn a_price_of_ones_own_may_be_of_a_service_tier() {
    #[track_llm(model = "prices-tier", unpriced)]
    fn ask(tier: &str) -> Value {
        json!({"model": "prices-tier", "service_tier": tier, "usage": {"prompt_tokens": MILLION, "completion_tokens": 0}})
    }
    let _turn = turn();
    let json = r#"{"version": 1, "prices": [
        {"model": "prices-tier", "input": 4, "output": 0},
        {"model": "prices-tier", "service_tier": "batch", "input": 1, "output": 0}
    ]}"#;
    let table = PriceTable::bundled().with_json(json).unwrap();
    let batch = table.request("prices-tier").service_tier("batch").cost(&a_million()).unwrap();
    assert_eq!((batch.service_tier(), batch.total().as_dollars()), (Some("batch"), 1.0));
    set_prices(table);
    for (tier, sum) in [("default", 4.0), ("batch", 5.0), ("flex", 9.0)] {
        ask(tier);
        assert_eq!(cost("prices-tier"), Some(sum), "{tier}");
    }
}

#[test]
fn kinds_without_a_price_are_billed_as_what_they_are_part_of() {
    let table =
        table("m", Price::new(1.0, 2.0)).with_price("n", Price::new(1.0, 2.0).cache_read(0.5).reasoning(4.0)).unwrap();
    let usage = Usage::new(1_000, 1_000).cache_read(400).cache_write(100).cache_write_1h(50).reasoning(300);
    let lines = |model: &str| -> Vec<(TokenKind, u64)> {
        table.cost(model, &usage).unwrap().lines().iter().map(|line| (line.kind, line.tokens)).collect()
    };
    assert_eq!(lines("m"), [(TokenKind::Input, 1_000), (TokenKind::Output, 1_000)]);
    assert_eq!(
        lines("n"),
        [(TokenKind::Input, 600), (TokenKind::CacheRead, 400), (TokenKind::Output, 700), (TokenKind::Reasoning, 300)]
    );
}

#[test]
fn a_file_of_prices_is_read_or_refused_as_a_whole() {
    let file = File::new("whole", &one_price("m", "0.07"));
    let table = PriceTable::bundled().with_file(&file.0).unwrap();
    assert_eq!(dollars(&table, "m", a_million()), Ok(0.07));

    for (text, what) in [
        ("", ", line 1: it is not JSON: EOF while parsing"),
        ("{\n\n\"version\": 1,\n}", ", line 4: it is not JSON"),
        (
            "{\"version\": 1, \"prices\": [\n{\"model\": \"a\", \"input\": 1, \"output\": 1},\n{\"model\": \"b\", \
             \"input\": 1, \"input\": 2}]}",
            ", line 3: the key `input` stands twice",
        ),
        (
            "{\"version\": 1, \"prices\": [\n{\"model\": \"a\", \"input\": 1, \"output\": 1},\n{\"model\": \"a\", \
             \"input\": 1, \"output\": 1}]}",
            ", line 3: the price of `a`: it stands twice",
        ),
        (r#"{"version": 1, "prices": [{"model": " ", "input": 1, "output": 1}]}"#, ": the model's name is empty"),
    ] {
        fs::write(&file.0, text).unwrap();
        let error = file.error();
        assert!(error.contains(what), "{what:?} is not in {error:?}");
    }
    fs::write(&file.0, [0xff, 0xfe, 0x00]).unwrap();
    assert!(file.error().contains("it is no UTF-8 text"));
}

#[test]
fn what_is_no_price_file_is_not_even_read() {
    let file = File::new("not-read", "");
    // A gigabyte, of which the disk has nothing.
    fs::File::options().write(true).open(&file.0).unwrap().set_len(1 << 30).unwrap();
    let error = file.error();
    assert!(error.contains("it has 1073741824 bytes, and a price file at most 8388608"), "{error}");

    fs::remove_file(&file.0).unwrap();
    let error = PriceTable::bundled().with_file(&file.0).unwrap_err();
    assert!(error.is_not_found() && std::error::Error::source(&error).is_some());
    assert!(error.to_string().ends_with("or leave it out to use the built-in prices"), "{error}");

    fs::create_dir(&file.0).unwrap();
    assert!(file.error().contains("it is no file; give the path of a price file"));

    // The largest that is read: it is refused for what stands in it.
    fs::remove_dir(&file.0).unwrap();
    fs::write(&file.0, " ".repeat(8 << 20)).unwrap();
    assert!(file.error().contains("it is not JSON: EOF"));
    let error = PriceTable::bundled().with_json(&" ".repeat((8 << 20) + 1)).unwrap_err();
    assert!(error.to_string().contains("it has 8388609 bytes"), "{error}");
}

#[cfg(unix)]
#[test]
fn a_file_that_has_no_end_is_not_waited_for() {
    let error = PriceTable::bundled().with_file("/dev/zero").unwrap_err();
    assert!(error.to_string().contains("it is no file"), "{error}");
}

#[test]
fn a_file_that_is_replaced_while_it_is_read_is_the_old_or_the_new_one() {
    let file = File::new("replaced", &one_price("m", "1"));
    // So long that reading takes a while, and each cut of it is no whole file.
    let padded = |input: &str| one_price("m", input) + &" ".repeat(1 << 20);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let beside = file.0.with_extension("new");
            for input in ["1", "2"].into_iter().cycle().take_while(|_| !done.load(Ordering::Relaxed)) {
                fs::write(&beside, padded(input)).unwrap();
                fs::rename(&beside, &file.0).unwrap();
                // And as an editor that does not rename writes it: empty, then whole.
                fs::write(&file.0, padded(input)).unwrap();
            }
        });
        let mut seen = [0_u32; 3];
        // On a machine that does much else, all of 300 may meet a file that is being written.
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
        let enough = |seen: [u32; 3]| seen.iter().sum::<u32>() >= 300 && seen[0] + seen[1] > 0;
        while !enough(seen) && std::time::Instant::now() < deadline {
            let read = PriceTable::bundled().with_file(&file.0).map(|table| dollars(&table, "m", a_million()).unwrap());
            match read {
                Ok(1.0) => seen[0] += 1,
                Ok(2.0) => seen[1] += 1,
                Ok(other) => panic!("{other}"),
                Err(error) => {
                    assert!(error.to_string().contains("it is not JSON: "), "{error}");
                    seen[2] += 1;
                }
            }
        }
        done.store(true, Ordering::Relaxed);
        assert!(seen[0] + seen[1] > 0, "{seen:?}");
    });
}

#[test]
fn a_damaged_file_is_an_error_or_a_table_and_never_a_panic() {
    let text = r#"{"version": 1, "prices": [{"model": "é*", "provider": "azure", "input": 0.07, "output": 1e-3, "cache_read": 1, "since": "2026-01-01"}]}"#;
    let mut state = 88_172_645_463_325_252_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).unwrap()
    };
    let pieces =
        ["{", "}", "[", "]", "\"", ",", ":", "-", "1e999", "\\u0000", "null", "\"input\": 2", "*", "\u{feff}", "9"];
    let mut taken = 0;
    for _ in 0..20_000 {
        let mut damaged: Vec<char> = text.chars().collect();
        for _ in 0..=random(3) {
            let at = random(damaged.len());
            match random(3) {
                0 if damaged.len() > 1 => drop(damaged.remove(at)),
                1 => damaged.truncate(at.max(1)),
                _ => drop(damaged.splice(at..at, pieces[random(pieces.len())].chars())),
            }
        }
        let damaged: String = damaged.into_iter().collect();
        match PriceTable::bundled().with_json(&damaged) {
            Ok(table) => {
                taken += 1;
                let _ = table.request("éclair").provider("azure").cost(&a_million());
            }
            Err(error) => assert!(error.line().is_some() && error.to_string().len() < 600, "{error}"),
        }
    }
    assert!((1..10_000).contains(&taken), "{taken}");
}

#[test]
fn ten_thousand_prices_are_read_and_found() {
    let price = |number: usize| format!(r#"{{"model": "bulk-{number}-*", "input": {number}, "output": 0}}"#);
    let prices: Vec<String> = (0..10_000).map(price).collect();
    let table =
        PriceTable::bundled().with_json(&format!(r#"{{"version": 1, "prices": [{}]}}"#, prices.join(","))).unwrap();
    assert_eq!(dollars(&table, "bulk-9999-2026", a_million()), Ok(9_999.0));
    assert_eq!(dollars(&table, "bulk-10000-2026", a_million()), Err(Unpriced::UnknownModel));
}

/// `cost = …`, then a reported cost where that is wanted, prices of one's own, the
/// attribute's price, the table's, and a reported cost where nothing else is known.
#[test]
fn prices_count_in_their_order() {
    fn answer() -> Value {
        json!({"model": "gpt-4.1-nano", "usage": {"prompt_tokens": MILLION, "completion_tokens": 0, "cost": 0.03125}})
    }
    #[track_llm(model = "prices-order", cost = 0.5)]
    fn said() -> Value {
        answer()
    }
    #[track_llm(model = "prices-order", price(input = 9, output = 9))]
    fn stated() -> Value {
        answer()
    }
    #[track_llm(model = "gpt-4.1-nano")]
    fn known() -> Value {
        answer()
    }
    #[track_llm(model = "prices-order-unknown", unpriced)]
    fn unknown() -> Value {
        json!({"usage": {"prompt_tokens": MILLION, "completion_tokens": 0, "cost": 0.03125}})
    }
    let _turn = turn();
    let costs = || {
        let capture = arc_obs::testing::capture();
        let _ = (said(), stated(), known(), unknown());
        capture.llm_calls().iter().map(|call| call.cost.unwrap().as_dollars()).collect::<Vec<_>>()
    };
    assert_eq!(costs(), [0.5, 9.0, 0.1, 0.031_25]);
    let own = |model| PriceTable::bundled().with_price(model, Price::new(2.0, 0.0)).unwrap();
    for (model, expected) in [
        ("prices-order*", [0.5, 2.0, 0.1, 2.0]),
        ("gpt-4.1-nano", [0.5, 2.0, 2.0, 0.031_25]),
        ("other", [0.5, 9.0, 0.1, 0.031_25]),
    ] {
        set_prices(own(model));
        assert_eq!(costs(), expected, "{model}");
    }
    set_prices(PriceTable::bundled());
}

#[test]
fn a_tier_of_the_attribute_counts_where_the_response_is_silent() {
    #[track_llm(model = "gpt-5", tier = "flex")]
    fn flex(tier: Value) -> Value {
        json!({"service_tier": tier, "usage": {"prompt_tokens": MILLION}})
    }
    #[track_llm(model = "gpt-5", tier = "batch")]
    fn batch(tier: Value) -> Value {
        json!({"service_tier": tier, "usage": {"prompt_tokens": MILLION}})
    }
    let _turn = turn();
    let capture = arc_obs::testing::capture();
    for tier in [json!(null), json!("default"), json!("priority")] {
        flex(tier.clone());
        batch(tier);
    }
    let costs: Vec<_> = capture.llm_calls().iter().map(|call| call.cost.unwrap().as_dollars()).collect();
    let of = |tier: &str| {
        let prices = arc_obs::prices();
        let request = prices.request("gpt-5").service_tier(tier);
        request.cost(&arc_obs::Usage::new(MILLION, 0)).unwrap().total().as_dollars()
    };
    assert!(of("flex") < of("default") && of("default") < of("priority"));
    // Silent; `default`, as a flex call may be handled and a batch is called; another.
    assert_eq!(costs, [of("flex"), of("batch"), of("default"), of("batch"), of("priority"), of("priority")]);
}
