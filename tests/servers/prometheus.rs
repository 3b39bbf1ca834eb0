//! A real Prometheus scrapes us, and its own tool reads our page.

use std::fs;
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, ToSocketAddrs};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use arc_obs::{Status, Usage, track_agent, track_llm, track_tool};
use arc_obs_tests::http::get;
use arc_obs_tests::page;
use arc_obs_tests::programs::{Running, poll};
use libtest_mimic::Failed;
use serde_json::Value;

use crate::ServerTest;

pub(crate) const TESTS: [ServerTest; 3] = [
    ServerTest { name: "prometheus_scrapes_what_was_counted", needs: &["prometheus"], run: scrapes },
    ServerTest { name: "prometheus_scrapes_by_any_name_with_a_token", needs: &["prometheus"], run: by_name },
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
    let ours = obs.local_addr().ok_or("not listening")?;
    let mut prometheus = Prometheus::start(&[Job { name: "arc", target: ours.to_string(), more: "" }])?;
    prometheus.wait_until("up{job=\"arc\"}", 1.0)?;
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
        let found = prometheus.query(promql);
        if found != Some(expected) {
            return Err(format!("{promql}: {found:?} instead of {expected}").into());
        }
    }
    Ok(())
}

/// A service is found by its address, or by a name that only its network knows.
fn by_name() -> Result<(), Failed> {
    const TOKEN: &str = "9f86d081884c7d659a2feaa0c55ad015";
    let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let obs = arc_obs::builder().service_name("named").listen((loopback, 0).into()).metrics_token(TOKEN).install()?;
    let port = obs.local_addr().ok_or("not listening")?.port();
    let secrets = Folder::new("secrets")?;
    let file = |name: &str, token: &str| -> std::io::Result<String> {
        let path = secrets.0.join(name);
        fs::write(&path, token)?;
        Ok(format!("  authorization:\n    credentials_file: {}\n", path.display()))
    };
    let (right, wrong) = (file("right", &format!("{TOKEN}\n"))?, file("wrong", "9f86d081884c7d65")?);
    let mut jobs = vec![
        Job { name: "ip", target: format!("127.0.0.1:{port}"), more: &right },
        Job { name: "localhost", target: format!("localhost:{port}"), more: &right },
        Job { name: "wrong", target: format!("127.0.0.1:{port}"), more: &wrong },
        Job { name: "none", target: format!("localhost:{port}"), more: "" },
    ];
    // The machine's own name, where it leads here.
    if let Some(host) = own_name() {
        let leads_here =
            (host.as_str(), port).to_socket_addrs().is_ok_and(|mut found| found.any(|a| a.ip() == loopback));
        if leads_here {
            jobs.push(Job { name: "own-name", target: format!("{host}:{port}"), more: &right });
        }
    }
    let mut prometheus = Prometheus::start(&jobs)?;
    for Job { name, .. } in &jobs {
        let up = if ["wrong", "none"].contains(name) { 0.0 } else { 1.0 };
        prometheus.wait_until(&format!("up{{job=\"{name}\"}}"), up)?;
    }
    // Refused for their tokens, and not for something else.
    match page::value("arc_obs_server_refused_total", &[("reason", "unauthorized")]) {
        Some(2.0..) => prometheus.wait_until("arc_obs_server_up{job=\"localhost\"}", 1.0),
        refused => Err(format!("{refused:?} refused").into()),
    }
}

fn own_name() -> Option<String> {
    let output = Command::new("hostname").output().ok()?;
    let name = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (!name.is_empty()).then_some(name)
}

fn lint() -> Result<(), Failed> {
    let obs = arc_obs::builder().service_name("linted").listen(([127, 0, 0, 1], 0).into()).install()?;
    work();
    let page = get(obs.local_addr().ok_or("not listening")?, "/metrics")?.body;
    promtool_accepts(&page)
}

/// Whether promtool has nothing to say of a page but that the guide's own name is unusual.
pub(crate) fn promtool_accepts(page: &[u8]) -> Result<(), Failed> {
    let mut promtool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    promtool.stdin.take().ok_or("no stdin")?.write_all(page)?;
    let mut said = String::new();
    promtool.stdout.take().ok_or("no stdout")?.read_to_string(&mut said)?;
    promtool.stderr.take().ok_or("no stderr")?.read_to_string(&mut said)?;
    promtool.wait()?;
    // The guide's name, which its dashboards ask for.
    let expected = "arc_llm_cost_dollars counter metrics should have \"_total\" suffix";
    let said = said.trim();
    if said.is_empty() || said == expected { Ok(()) } else { Err(format!("promtool says:\n{said}").into()) }
}

/// One `scrape_configs` entry.
struct Job<'a> {
    name: &'static str,
    target: String,
    /// Further lines of it.
    more: &'a str,
}

/// A Prometheus that scrapes these, every second.
struct Prometheus {
    server: Running,
    address: SocketAddr,
    /// Gone after the server.
    _folder: Folder,
}

impl Prometheus {
    fn start(jobs: &[Job<'_>]) -> Result<Self, Failed> {
        let folder = Folder::new("prometheus")?;
        let config = folder.0.join("prometheus.yml");
        let mut text = "scrape_configs:\n".to_owned();
        for Job { name, target, more } in jobs {
            text += &format!("- job_name: {name}\n  scrape_interval: 1s\n{more}");
            text += &format!("  static_configs:\n  - targets: ['{target}']\n");
        }
        fs::write(&config, text)?;
        let address = free_port()?;
        let server = Running::start(
            Command::new("prometheus")
                .arg(format!("--config.file={}", config.display()))
                .arg(format!("--storage.tsdb.path={}", folder.0.join("data").display()))
                .arg(format!("--web.listen-address={address}"))
                .stdout(Stdio::null())
                .stderr(Stdio::null()),
        )?;
        Ok(Self { server, address, _folder: folder })
    }

    fn wait_until(&mut self, promql: &str, expected: f64) -> Result<(), Failed> {
        let mut last = None;
        let found = poll(Duration::from_secs(60), || {
            last = self.query(promql);
            (last == Some(expected) || !self.server.is_alive()).then_some(last)
        });
        if found.flatten() == Some(expected) {
            return Ok(());
        }
        Err(format!("{promql} = {last:?} instead of {expected} after a minute").into())
    }

    /// The one number that a PromQL expression gives.
    fn query(&self, promql: &str) -> Option<f64> {
        let encoded: String = promql.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let answer = get(self.address, &format!("/api/v1/query?query={encoded}")).ok()?;
        let answer: Value = serde_json::from_slice(&answer.body).ok()?;
        answer["data"]["result"][0]["value"][1].as_str()?.parse().ok()
    }
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
