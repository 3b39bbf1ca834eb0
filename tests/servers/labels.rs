//! Three crates with two sets of labels in one program, and one page.

use std::collections::BTreeSet;

use arc_obs_tests::http::get;
use arc_obs_tests::page;
use arc_obs_tests_search::search_all;
use arc_obs_tests_shop::{bill, sell};
use arc_obs_tests_tenants::{Tier, support};
use libtest_mimic::Failed;

use crate::ServerTest;
use crate::prometheus::promtool_accepts;

pub(crate) const TESTS: [ServerTest; 1] =
    [ServerTest { name: "promtool_accepts_the_labels_of_three_crates", needs: &["promtool"], run: three_crates }];

fn three_crates() -> Result<(), Failed> {
    let obs = arc_obs::builder().service_name("labelled").listen(([127, 0, 0, 1], 0).into()).install()?;
    let _ = support(Tier::Paid, "why?");
    let _ = support(Tier::Free, "");
    futures::executor::block_on(sell(Tier::Paid));
    bill();
    search_all(2);
    search_all(9);

    let text = get(obs.local_addr().ok_or("not listening")?, "/metrics")?.body;
    promtool_accepts(&text)?;
    let text = String::from_utf8(text)?;
    for line in [
        r#"arc_agent_executions_total{agent_name="support",beta="on",status="success",tier="paid"} 1"#,
        r#"arc_agent_executions_total{agent_name="support",beta="off",status="success",tier="free"} 1"#,
        r#"arc_agent_executions_total{agent_name="sales",beta="",status="success",tier="paid"} 1"#,
        r#"arc_agent_executions_total{agent_name="billing",beta="",status="success",tier=""} 1"#,
        r#"arc_agent_executions_total{agent_name="searcher",beta="",status="success",tier="2"} 1"#,
        r#"arc_agent_executions_total{agent_name="searcher",beta="",status="success",tier="other"} 1"#,
        r#"arc_agent_duration_seconds_count{agent_name="support",beta="on",tier="paid"} 1"#,
        r#"arc_tool_calls_total{index="mail",status="success",tier="2",tool="search"} 1"#,
        r#"shop_orders_total{tier="paid"} 1"#,
        r#"shop_checkout_seconds_bucket{tier="paid",le="0.25"} 1"#,
        "shop_queue_length 0",
        r#"arc_tool_calls_total{index="",status="success",tier="",tool="deliver"} 1"#,
    ] {
        if !text.lines().any(|found| found == line) {
            return Err(format!("not on the page: {line}\n{text}").into());
        }
    }
    // No series twice, also where labels are empty: to Prometheus those are none.
    let series = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.rsplit_once(' '));
    let series: Vec<_> = series.map(|(series, _)| series.replace("=\"\"", "")).collect();
    let distinct: BTreeSet<_> = series.iter().collect();
    if distinct.len() != series.len() {
        return Err("a series is on the page twice".into());
    }
    let executions = page::sum("arc_agent_executions_total", &[("agent_name", "support")]);
    if executions == 2.0 { Ok(()) } else { Err(format!("{executions} executions instead of 2").into()) }
}
