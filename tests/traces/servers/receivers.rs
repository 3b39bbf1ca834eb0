//! The servers that take what we send, each on free ports and gone after its test.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use arc_obs_tests::http::{Answer, get, send};
use arc_obs_tests::programs::{self, Running, poll};
use libtest_mimic::Failed;
use serde_json::Value;

use crate::ServerTest;

/// How long a server may take until it answers; Phoenix and MLflow load for a while.
const UNTIL_READY: Duration = Duration::from_secs(90);

/// That each starts, answers and stops; those that take a while are started by their own tests.
pub(crate) const TESTS: [ServerTest; 3] = [
    ServerTest { name: "the_datadog_test_agent_starts", needs: "ddapm-test-agent", run: || Agent::start().map(drop) },
    ServerTest { name: "victoria_metrics_starts", needs: "victoria-metrics", run: || Metrics::start().map(drop) },
    ServerTest { name: "spotlight_starts", needs: "spotlight", run: || Spotlight::start().map(drop) },
];

/// A server that answers.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    /// Further ports that it listens on.
    pub(crate) others: Vec<SocketAddr>,
    running: RefCell<Running>,
    /// Gone after the server.
    folder: Folder,
}

impl Server {
    /// Starts a program with what `arguments` says for a folder of its own and for free ports, and
    /// waits until it answers `health`. None of them tells which port it took, so that one that
    /// was free a moment ago has to do; where it is not any more, others are tried.
    fn start(
        name: &str,
        others: usize,
        health: &str,
        arguments: impl Fn(&mut Command, &Folder, SocketAddr, &[SocketAddr]),
    ) -> Result<Self, Failed> {
        let program = programs::find(name).ok_or_else(|| format!("{name} is not installed"))?;
        let mut said = String::new();
        for _ in 0..3 {
            let folder = Folder::new(name)?;
            let (address, others) = free_ports(others)?;
            let log = File::create(folder.0.join("log"))?;
            let mut command = Command::new(&program);
            command.current_dir(&folder.0).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
            arguments(&mut command, &folder, address, &others);
            let mut running = Running::start(&mut command)?;
            let ready = poll(UNTIL_READY, || {
                let ready = get(address, health).is_ok_and(|answer| answer.status == 200);
                (ready || !running.is_alive()).then_some(ready)
            });
            if ready == Some(true) && running.is_alive() {
                return Ok(Self { address, others, running: RefCell::new(running), folder });
            }
            said = fs::read_to_string(folder.0.join("log")).unwrap_or_default();
        }
        let end = said.char_indices().rev().nth(2_000).map_or(0, |(place, _)| place);
        Err(format!("{name} does not answer {health}; it says:\n{}", &said[end..]).into())
    }

    /// The JSON that it has under a path.
    pub(crate) fn json(&self, path: &str) -> Result<Value, Failed> {
        json(&get(self.address, path)?)
    }

    /// Asks until there is an answer that will do.
    pub(crate) fn until<T>(&self, what: &str, mut ask: impl FnMut() -> Option<T>) -> Result<T, Failed> {
        let found = poll(Duration::from_secs(30), || {
            let found = ask();
            (found.is_some() || !self.running.borrow_mut().is_alive()).then_some(found)
        });
        found.flatten().ok_or_else(|| {
            let said = fs::read_to_string(self.folder.0.join("log")).unwrap_or_default();
            format!("never: {what}; the server says:\n{said}").into()
        })
    }
}

fn json(answer: &Answer) -> Result<Value, Failed> {
    if answer.status != 200 {
        return Err(format!("{}: {}", answer.status, answer.text()).into());
    }
    Ok(serde_json::from_slice(&answer.body)?)
}

/// Datadog's own agent for tests, which takes OTLP as well; it refuses what is not well formed.
pub(crate) struct Agent(pub(crate) Server);

impl Agent {
    pub(crate) fn start() -> Result<Self, Failed> {
        let start = |command: &mut Command, _: &Folder, address: SocketAddr, others: &[SocketAddr]| {
            command.args(["--host", "127.0.0.1", "--web-ui-port", "0"]);
            command.arg("--port").arg(address.port().to_string());
            command.arg("--otlp-http-port").arg(others[0].port().to_string());
            command.arg("--otlp-grpc-port").arg(others[1].port().to_string());
        };
        let server = Server::start("ddapm-test-agent", 2, "/info", start)?;
        for index in 0..2 {
            server.until("its ports for OTLP are open", || TcpStream::connect(server.others[index]).ok())?;
        }
        Ok(Self(server))
    }

    /// Where OTLP over HTTP goes.
    pub(crate) fn otlp_http(&self) -> SocketAddr {
        self.0.others[0]
    }

    /// Where OTLP over gRPC goes.
    pub(crate) fn otlp_grpc(&self) -> SocketAddr {
        self.0.others[1]
    }

    /// The traces that came as a Datadog agent takes them, each a list of spans.
    pub(crate) fn traces(&self) -> Result<Vec<Vec<Value>>, Failed> {
        Ok(serde_json::from_value(self.0.json("/test/session/traces")?)?)
    }

    /// What came over OTLP: `traces`, `metrics` or `logs`, a request each.
    pub(crate) fn otlp(&self, signal: &str) -> Result<Vec<Value>, Failed> {
        let answer = get(self.otlp_http(), &format!("/test/session/{signal}"))?;
        Ok(serde_json::from_value(json(&answer)?)?)
    }

    /// All requests as they came: `method`, `url`, `headers`, `body` in base64.
    pub(crate) fn requests(&self) -> Result<Vec<Value>, Failed> {
        Ok(serde_json::from_value(self.0.json("/test/session/requests")?)?)
    }
}

/// VictoriaMetrics, which takes OTLP metrics over HTTP and answers PromQL.
pub(crate) struct Metrics(pub(crate) Server);

impl Metrics {
    pub(crate) fn start() -> Result<Self, Failed> {
        let start = |command: &mut Command, folder: &Folder, address: SocketAddr, _: &[SocketAddr]| {
            command.arg(format!("-storageDataPath={}", folder.0.join("data").display()));
            command.arg(format!("-httpListenAddr={address}"));
            // What came a moment ago is found at once.
            command.arg("-search.latencyOffset=0s");
        };
        Server::start("victoria-metrics", 0, "/health", start).map(Self)
    }

    /// Where OTLP metrics go.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/opentelemetry/v1/metrics", self.0.address)
    }

    /// The one number that a PromQL expression gives, of all that has come until now.
    pub(crate) fn query(&self, promql: &str) -> Option<f64> {
        self.ask(promql)?["data"]["result"][0]["value"][1].as_str()?.parse().ok()
    }

    /// The numbers that a PromQL expression gives, by a label of theirs.
    pub(crate) fn query_by(&self, promql: &str, label: &str) -> BTreeMap<String, f64> {
        let answer = self.ask(promql).unwrap_or_default();
        let series = answer["data"]["result"].as_array().into_iter().flatten();
        let numbers = series.filter_map(|series| {
            let value = series["value"][1].as_str()?.parse().ok()?;
            Some((series["metric"][label].as_str().unwrap_or_default().to_owned(), value))
        });
        numbers.collect()
    }

    fn ask(&self, promql: &str) -> Option<Value> {
        get(self.0.address, "/internal/force_flush").ok()?;
        let encoded: String = promql.bytes().map(|byte| format!("%{byte:02x}")).collect();
        self.0.json(&format!("/api/v1/query?query={encoded}")).ok()
    }
}

/// Spotlight, Sentry's own receiver for development.
pub(crate) struct Spotlight(pub(crate) Server);

impl Spotlight {
    pub(crate) fn start() -> Result<Self, Failed> {
        let start = |command: &mut Command, _: &Folder, address: SocketAddr, _: &[SocketAddr]| {
            command.arg("server").arg("-p").arg(address.port().to_string());
        };
        Server::start("spotlight", 0, "/health", start).map(Self)
    }

    /// A DSN that leads there; which key is in it, it does not look at.
    pub(crate) fn dsn(&self, key: &str) -> String {
        format!("http://{key}@{}/1", self.0.address)
    }

    /// Every envelope that came, and those that come until `enough` says that it is: the head,
    /// and a list of items, each with its own head.
    pub(crate) fn envelopes(&self, enough: impl Fn(&[Value]) -> bool) -> Result<Vec<Value>, Failed> {
        let mut stream = TcpStream::connect(self.0.address)?;
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        let request = format!("GET /stream HTTP/1.1\r\nhost: {}\r\n\r\n", self.0.address);
        io::Write::write_all(&mut stream, request.as_bytes())?;
        let mut envelopes = Vec::new();
        let mut lines = BufReader::new(stream).lines();
        while !enough(&envelopes) {
            let Some(line) = lines.next() else { break };
            if let Some(data) = line.map_err(|error| format!("{error}, after {envelopes:?}"))?.strip_prefix("data:") {
                envelopes.push(serde_json::from_str(data)?);
            }
        }
        Ok(envelopes)
    }
}

/// Phoenix, which makes a tree, tokens and a cost of GenAI spans.
pub(crate) struct Phoenix(pub(crate) Server);

impl Phoenix {
    pub(crate) fn start() -> Result<Self, Failed> {
        let start = |command: &mut Command, folder: &Folder, address: SocketAddr, others: &[SocketAddr]| {
            command.arg("serve").env("PHOENIX_WORKING_DIR", &folder.0).env("PHOENIX_HOST", "127.0.0.1");
            command.env("PHOENIX_PORT", address.port().to_string());
            command.env("PHOENIX_GRPC_PORT", others[0].port().to_string());
            command.env("PHOENIX_TELEMETRY_ENABLED", "false");
        };
        Server::start("phoenix", 1, "/healthz", start).map(Self)
    }

    /// What a question in GraphQL is answered with.
    pub(crate) fn graphql(&self, question: &str) -> Result<Value, Failed> {
        let body = serde_json::json!({ "query": question }).to_string();
        let headers = ["content-type: application/json"];
        json(&send(self.0.address, "POST", "/graphql", &headers, body.as_bytes())?)
    }
}

/// MLflow, which makes a tree, tokens and a cost of GenAI spans, too.
pub(crate) struct Mlflow(pub(crate) Server);

impl Mlflow {
    pub(crate) fn start() -> Result<Self, Failed> {
        let start = |command: &mut Command, folder: &Folder, address: SocketAddr, _: &[SocketAddr]| {
            command.args(["server", "--host", "127.0.0.1", "--workers", "1"]);
            command.arg("--port").arg(address.port().to_string());
            command.arg("--backend-store-uri").arg(format!("sqlite:///{}", folder.0.join("mlflow.db").display()));
            command.arg("--default-artifact-root").arg(folder.0.join("artifacts"));
            command.env("MLFLOW_DISABLE_TELEMETRY", "true").env("DO_NOT_TRACK", "true");
            command.env("MLFLOW_SERVER_ENABLE_JOB_EXECUTION", "false");
            // What answers is a child of what is started, and does not end with it.
            command.process_group(0);
        };
        Server::start("mlflow", 0, "/health", start).map(Self)
    }

    /// What it has to say of each trace of its first experiment.
    pub(crate) fn traces(&self) -> Result<Vec<Value>, Failed> {
        let body = r#"{"locations":[{"type":"MLFLOW_EXPERIMENT","mlflow_experiment":{"experiment_id":"0"}}]}"#;
        let headers = ["content-type: application/json"];
        let path = "/api/3.0/mlflow/traces/search";
        let mut found = json(&send(self.0.address, "POST", path, &headers, body.as_bytes())?)?;
        Ok(serde_json::from_value(found["traces"].take())?)
    }

    /// A trace with its spans.
    pub(crate) fn trace(&self, id: &str) -> Result<Value, Failed> {
        Ok(self.0.json(&format!("/api/3.0/mlflow/traces/get?trace_id={id}"))?["trace"].take())
    }
}

impl Drop for Mlflow {
    fn drop(&mut self) {
        let group = format!("-{}", self.0.running.borrow().id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
    }
}

/// Ports that were free a moment ago, all at the same time.
fn free_ports(others: usize) -> io::Result<(SocketAddr, Vec<SocketAddr>)> {
    let bound: Vec<_> = (0..=others).map(|_| TcpListener::bind("127.0.0.1:0")).collect::<io::Result<_>>()?;
    let mut free = bound.iter().map(TcpListener::local_addr).collect::<io::Result<Vec<_>>>()?;
    Ok((free.remove(0), free))
}

/// A folder of this process, removed when dropped.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> io::Result<Self> {
        let folder = std::env::temp_dir().join(format!("arc-obs-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder)?;
        Ok(Self(folder))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
