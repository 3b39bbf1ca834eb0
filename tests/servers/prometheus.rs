//! A real Prometheus scrapes us, and its own tool reads our page.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use arc_obs::{Status, Usage, track_agent, track_llm, track_tool};
use arc_obs_tests::http::get;
use arc_obs_tests::programs::{Running, poll};
use libtest_mimic::Failed;
use serde_json::Value;

use crate::ServerTest;

pub(crate) const TESTS: [ServerTest; 2] = [
    ServerTest { name: "prometheus_scrapes_what_was_counted", needs: &["prometheus"], run: scrapes },
    ServerTest { name: "promtool_finds_only_the_guides_own_name", needs: &["promtool"], run: lint },
];

#[track_agent("scraped")]
fn agent(fail: bool) -> Result<(), String> {
    search();
    ask();
    if fail { Err("on purpose".into()) } else { Ok(()) }
}

#[track_tool("scraped_search")]
fn search() {}

#[track_llm(model = "gpt-4o", usage = |_| Usage::new(1_000, 500))]
fn ask() {}

fn work() {
    for n in 0..10 {
        // Every fifth one is meant to fail.
        let _ = agent(n % 5 == 0);
    }
    arc_obs::record_request("GET", "/quoted/\"\n\\", 200, Duration::from_millis(3));
    arc_obs::record_llm_call("no-such-model", Status::Success, Duration::from_secs(2), Usage::new(1, 1));
    arc_obs::record_cache_operation("llm", true, 10);
}

fn scrapes() -> Result<(), Failed> {
    let obs = arc_obs::builder().service_name("scraped").listen(([127, 0, 0, 1], 0).into()).install()?;
    work();
    let folder = Folder::new("prometheus")?;
    let ours = obs.local_addr().ok_or("not listening")?;
    let config = folder.0.join("prometheus.yml");
    fs::write(
        &config,
        format!(
            "scrape_configs:\n- job_name: arc\n  scrape_interval: 1s\n  static_configs:\n  - targets: ['{ours}']\n"
        ),
    )?;
    let theirs = free_port()?;
    let mut server = Running::start(
        Command::new("prometheus")
            .arg(format!("--config.file={}", config.display()))
            .arg(format!("--storage.tsdb.path={}", folder.0.join("data").display()))
            .arg(format!("--web.listen-address={theirs}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null()),
    )?;

    let scraped = poll(Duration::from_secs(60), || {
        let up = query(theirs, "up{job=\"arc\"}");
        if up == Some(1.0) || !server.is_alive() { up } else { None }
    });
    if scraped != Some(1.0) {
        return Err(format!("no successful scrape within a minute; up = {scraped:?}").into());
    }
    for (promql, expected) in [
        ("arc_agent_executions_total{agent_name=\"scraped\",status=\"success\"}", 8.0),
        ("arc_agent_executions_total{agent_name=\"scraped\",status=\"error\"}", 2.0),
        ("arc_tool_calls_total{tool=\"scraped_search\",status=\"success\"}", 10.0),
        ("arc_llm_tokens_total{model=\"gpt-4o\",type=\"prompt\"}", 10_000.0),
        // 10 calls of 1000 tokens at $2.50 and 500 at $10 per million.
        ("arc_llm_cost_dollars{model=\"gpt-4o\"}", 0.075),
        ("arc_agent_cost_dollars_total{agent_name=\"scraped\"}", 0.075),
        ("arc_llm_unpriced_calls_total{model=\"no-such-model\",reason=\"unknown_model\"}", 1.0),
        ("arc_agent_duration_seconds_bucket{agent_name=\"scraped\",le=\"0.1\"}", 10.0),
        ("arc_requests_total{endpoint=\"/quoted/\\\"\\n\\\\\"}", 1.0),
        ("arc_active_agents", 0.0),
    ] {
        let found = query(theirs, promql);
        if found != Some(expected) {
            return Err(format!("{promql}: {found:?} instead of {expected}").into());
        }
    }
    Ok(())
}

fn lint() -> Result<(), Failed> {
    let obs = arc_obs::builder().service_name("linted").listen(([127, 0, 0, 1], 0).into()).install()?;
    work();
    let page = get(obs.local_addr().ok_or("not listening")?, "/metrics")?.body;
    let mut promtool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    promtool.stdin.take().ok_or("no stdin")?.write_all(&page)?;
    let mut said = String::new();
    promtool.stdout.take().ok_or("no stdout")?.read_to_string(&mut said)?;
    promtool.stderr.take().ok_or("no stderr")?.read_to_string(&mut said)?;
    promtool.wait()?;
    // The guide's name, which its dashboards ask for.
    let expected = "arc_llm_cost_dollars counter metrics should have \"_total\" suffix";
    if said.trim() == expected { Ok(()) } else { Err(format!("promtool says:\n{said}").into()) }
}

/// The one number that a PromQL expression gives.
fn query(server: SocketAddr, promql: &str) -> Option<f64> {
    let encoded: String = promql.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let answer = get(server, &format!("/api/v1/query?query={encoded}")).ok()?;
    let answer: Value = serde_json::from_slice(&answer.body).ok()?;
    answer["data"]["result"][0]["value"][1].as_str()?.parse().ok()
}

/// A port that was free a moment ago: Prometheus does not tell which it took.
fn free_port() -> std::io::Result<SocketAddr> {
    TcpListener::bind("127.0.0.1:0")?.local_addr()
}

/// A folder of this process, removed when dropped.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> std::io::Result<Self> {
        let folder = std::env::temp_dir().join(format!("arc-obs-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        Ok(Self(folder))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
