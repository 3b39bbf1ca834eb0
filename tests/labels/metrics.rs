//! Metrics of the program's own, with labels of the same types.

use std::time::Duration;

use arc_obs::testing::capture;

use crate::attributes::{Region, Tier};

#[arc_obs::metrics(prefix = "shop")]
/// What the shop counts.
pub(crate) mod shop {
    use arc_obs::{Capped, InRange};

    /// Orders placed,
    /// by what the customer pays for.
    #[counter]
    pub(crate) fn orders(tier: Tier, first: bool);

    /// Bytes sent.
    #[counter]
    pub fn sent_bytes_total();

    /// Time from the cart to the receipt.
    #[histogram(buckets = [0.5, 1, 2.5e1])]
    pub fn checkout_seconds(region: Region);

    /// Time to look something up.
    #[histogram]
    pub(super) fn look_up_seconds();

    /// Temperature of the "warehouse" \\ `cellar`.
    #[gauge]
    #[cfg(not(any()))]
    pub fn warehouse_celsius(floor: InRange<-1, 3>, keeper: Capped<2>);

    /// Orders that wait.
    #[gauge]
    pub fn queue_length();

    /// Of no system that anybody has.
    #[gauge]
    #[cfg(any())]
    pub fn never(of: NoSuchType);

    /// What is no metric stays as it is.
    pub const LARGEST: u64 = if cfg!(test) { 1_000 } else { 0 };

    pub fn place(tier: &Tier, bytes: u64) -> u64 {
        orders(tier, true).inc();
        sent_bytes_total().add(bytes.min(LARGEST));
        LARGEST
    }
}

#[test]
fn metrics_are_counted_by_their_labels() {
    let capture = capture();
    assert_eq!(capture.value("shop_sent_bytes_total", &[]), Some(0.0), "at zero from the start");
    assert_eq!(capture.value("shop_orders_total", &[("tier", "free"), ("first", "true")]), None, "not seen yet");
    shop::place(&Tier::Free, 20);
    shop::place(&Tier::Free, 5_000);
    shop::orders(Tier::ProPlus, false).add(3);
    assert_eq!(capture.value("shop_orders_total", &[("tier", "free"), ("first", "true")]), Some(2.0));
    assert_eq!(capture.value("shop_orders_total", &[("tier", "pro+"), ("first", "false")]), Some(3.0));
    assert_eq!(capture.value("shop_sent_bytes_total", &[]), Some(1_020.0));
}

#[test]
fn histograms_have_the_buckets_that_are_given() {
    let capture = capture();
    let checkout = shop::checkout_seconds(Region::Eu);
    for seconds in [0.5, 0.6, 25.0, 26.0] {
        checkout.observe(seconds);
    }
    checkout.observe_duration(Duration::from_millis(900));
    shop::checkout_seconds(&Region::Us).observe(f64::NAN);
    shop::checkout_seconds(&Region::Us).observe(f64::INFINITY);
    shop::look_up_seconds().observe(0.01);

    let page = page(&capture);
    for line in [
        r#"shop_checkout_seconds_bucket{region="EU",le="0.5"} 1"#,
        r#"shop_checkout_seconds_bucket{region="EU",le="1"} 3"#,
        r#"shop_checkout_seconds_bucket{region="EU",le="25"} 4"#,
        r#"shop_checkout_seconds_bucket{region="EU",le="+Inf"} 5"#,
        r#"shop_checkout_seconds_sum{region="EU"} 53"#,
        r#"shop_checkout_seconds_count{region="US"} 0"#,
        r#"shop_look_up_seconds_bucket{le="0.01"} 1"#,
        r#"shop_look_up_seconds_bucket{le="10"} 1"#,
        r#"arc_obs_dropped_total{reason="not_finite",signal="metrics"} 2"#,
        "# HELP shop_orders_total Orders placed, by what the customer pays for.",
        "# TYPE shop_sent_bytes_total counter",
    ] {
        let is_there = page.lines().any(|found| found == line);
        // A family without any series is not on the page.
        assert!(is_there || line.contains("shop_orders"), "{line}\n{page}");
    }
}

fn page(capture: &arc_obs::testing::Capture) -> String {
    arc_obs::prometheus::TextEncoder::new().encode_to_string(&capture.registry().gather()).unwrap()
}

#[test]
fn gauges_go_up_and_down() {
    let capture = capture();
    let queue = shop::queue_length();
    queue.set(10.5);
    queue.inc();
    queue.dec();
    queue.add(-2.0);
    queue.add(f64::NAN);
    assert_eq!(capture.value("shop_queue_length", &[]), Some(8.5));
    assert_eq!(capture.value("arc_obs_dropped_total", &[("reason", "not_finite"), ("signal", "metrics")]), Some(1.0));

    shop::warehouse_celsius(-1, "ann").set(-20.0);
    shop::warehouse_celsius(9_u64, "bob".to_owned()).set(4.0);
    shop::warehouse_celsius(0, "eve").set(5.0);
    let value = |floor, keeper| capture.value("shop_warehouse_celsius", &[("floor", floor), ("keeper", keeper)]);
    assert_eq!(value("-1", "ann"), Some(-20.0));
    assert_eq!((value("other", "bob"), value("0", "other")), (Some(4.0), Some(5.0)));
    let overflow = |reason| capture.value("arc_obs_label_overflow_total", &[("reason", reason)]);
    assert_eq!((overflow("out_of_range"), overflow("cap")), (Some(1.0), Some(1.0)));
    assert!(
        page(&capture).contains(r#"# HELP shop_warehouse_celsius Temperature of the "warehouse" \\\\ `cellar`."#),
        "{}",
        page(&capture)
    );
}

#[test]
fn outside_of_captures_the_page_of_the_process_has_them() {
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..1_000).for_each(|_| process::jobs(true).inc()));
        }
    });
    assert_eq!(arc_obs_tests::page::value("jobs_done_total", &[("again", "true")]), Some(4_000.0));
    let _capture = capture();
    process::jobs(true).inc();
    assert_eq!(arc_obs_tests::page::value("jobs_done_total", &[("again", "true")]), Some(4_000.0));
}

#[arc_obs::metrics(prefix = "jobs")]
mod process {
    /// Jobs.
    #[counter]
    pub(super) fn done(again: bool);

    pub(super) fn jobs(again: bool) -> arc_obs::Counter {
        done(again)
    }
}

mod twice {
    //! What two versions of a crate would declare: the same, and something else.

    #[arc_obs::metrics(prefix = "twice")]
    pub(super) mod first {
        /// Alike.
        #[counter]
        pub fn alike(again: bool);

        /// One.
        #[gauge]
        pub fn unlike();
    }

    #[arc_obs::metrics(prefix = "twice")]
    pub(super) mod second {
        /// Alike.
        #[counter]
        pub fn alike(again: bool);

        /// Another.
        #[gauge]
        pub fn unlike(again: bool);
    }
}

#[test]
fn metrics_of_one_name_are_one_or_one_of_them_is_shown() {
    let capture = capture();
    twice::first::alike(true).inc();
    twice::second::alike(true).inc();
    assert_eq!(capture.value("twice_alike_total", &[("again", "true")]), Some(2.0), "declared alike, they are one");
    twice::first::unlike().set(1.0);
    twice::second::unlike(true).set(2.0);
    let page = page(&capture);
    assert_eq!(page.matches("# TYPE twice_unlike gauge").count(), 1);
    assert!(page.contains("\ntwice_unlike 1\n") && !page.contains("twice_unlike{"), "{page}");
}

struct ByHand;

impl arc_obs::LabelValue for ByHand {
    const COUNT: usize = 1;

    fn index(&self) -> usize {
        7
    }

    fn name(_: usize) -> &'static str {
        "one"
    }
}

#[arc_obs::metrics(prefix = "hand", sample_limit = 5)]
mod hand {
    /// With a value that is none.
    #[counter]
    pub fn made(by: super::ByHand);
}

#[test]
fn a_wrong_index_harms_nobody() {
    let capture = capture();
    hand::made(ByHand).inc();
    assert_eq!(capture.value("hand_made_total", &[]), Some(1.0), "counted without its labels");
    assert_eq!(capture.value("arc_obs_label_overflow_total", &[("reason", "out_of_range")]), Some(1.0));
}
