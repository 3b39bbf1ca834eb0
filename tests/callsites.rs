//! The catalogue of call sites, of a program of its own; and what is told of them at start.
#![allow(missing_docs)]

use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_obs::{
    OperationKind, Usage, traced, track_agent, track_cache, track_llm, track_request, track_tool, track_workflow,
};
use tracing_subscriber::fmt::MakeWriter;

#[track_agent("planner")]
fn never_called<T>(value: T) -> T {
    value
}

#[track_llm(model = "gemini-2.0-flash", usage = |_| Usage::new(1, 1))]
fn deprecated() {}

#[track_llm(model = model, usage = none)]
fn any_model(model: &str) -> usize {
    model.len()
}

mod tools {
    use super::track_tool;

    pub struct Search;

    impl Search {
        #[track_tool("search", cost = 0.5)]
        pub async fn run(&self) {}
    }
}

#[track_tool("search")]
fn also_search() {}

#[track_agent("search")]
fn agent_search() {}

#[track_workflow("search")]
fn workflow_search() {}

#[track_cache("pages")]
fn pages() -> Option<u8> {
    None
}

#[track_request(method = "GET", endpoint = "/pages")]
fn request() {}

#[traced]
fn planner() {}

fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

#[test]
fn every_function_is_listed_called_or_not() {
    let _turn = turn();
    let callsites = arc_obs::callsites();
    let listed: Vec<_> = callsites.iter().map(|it| (it.kind.as_str(), it.name, it.function, it.most_samples)).collect();
    let expected = [
        ("agent", Some("planner"), "never_called", 20),
        ("agent", Some("search"), "agent_search", 20),
        ("cache", Some("pages"), "pages", 3),
        ("llm", None, "any_model", 38 * 201),
        ("llm", Some("gemini-2.0-flash"), "deprecated", 38),
        ("operation", Some("planner"), "planner", 21),
        ("request", Some("GET /pages"), "request", 517),
        ("tool", Some("search"), "run", 22),
        ("tool", Some("search"), "also_search", 21),
        ("workflow", Some("search"), "workflow_search", 19),
    ];
    assert_eq!(listed, expected);
    let tool = &callsites[7];
    assert_eq!((tool.module, tool.file, tool.labels), ("callsites::tools", file!(), &[][..]));
    let source = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/callsites.rs")).unwrap();
    for callsite in &callsites {
        let line = source.lines().nth(callsite.line as usize - 1).unwrap().trim();
        assert!(line.starts_with("#[tra"), "{callsite:?} is at `{line}`");
    }
    // What is called changes nothing, and neither does a block of code.
    any_model("gpt-4o");
    arc_obs::agent("by hand").run_sync(|| ());
    assert_eq!(arc_obs::callsites().len(), expected.len());
    assert!(arc_obs::callsites().into_iter().any(|it| it.kind == OperationKind::Cache));
    let _ = (never_called::<u8>, deprecated, tools::Search.run(), also_search, agent_search, workflow_search);
    let _ = (pages, request, planner);
}

#[test]
fn the_table_is_for_people() {
    let _turn = turn();
    let table = arc_obs::callsites().to_string();
    let lines: Vec<_> = table.lines().collect();
    assert_eq!(lines.len(), 11, "{table}");
    assert!(lines[0].starts_with("kind       name "), "{table}");
    assert!(lines[4].contains("(at run time)") && lines[4].ends_with(" 7638"), "{table}");
    assert!(lines[8].contains("callsites::tools::run  "), "{table}");
    let width = lines[0].chars().count();
    assert!(lines.iter().all(|line| line.chars().count() == width), "{table}");
}

#[derive(Clone, Default)]
struct Page(Arc<Mutex<Vec<u8>>>);

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Page {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[test]
fn names_that_two_kinds_have_are_told_at_start() {
    let _turn = turn();
    let page = Page::default();
    let subscriber = tracing_subscriber::fmt().with_writer(page.clone()).with_ansi(false).without_time().finish();
    let obs = tracing::subscriber::with_default(subscriber, || {
        arc_obs::builder().service_name("callsites").no_server().install().unwrap()
    });
    drop(obs);
    let text = String::from_utf8(page.0.lock().unwrap().clone()).unwrap();
    let told: Vec<_> = text.lines().filter(|line| line.contains("is the name of")).collect();
    assert_eq!(told.len(), 4, "{text}");
    let pair = |name: &str, first: &str, second: &str| {
        let mut lines = told.iter().filter(|line| {
            line.contains(&format!("`{name}` is the name of {first}")) && line.contains(&format!(" and of {second}"))
        });
        assert!(lines.next().is_some() && lines.next().is_none(), "{name} {first} {second}: {text}");
    };
    pair("planner", "an agent (`never_called`, ", "an operation (`planner`, ");
    pair("search", "an agent (`agent_search`, ", "a tool (`run`, ");
    pair("search", "an agent (`agent_search`, ", "a workflow (`workflow_search`, ");
    pair("search", "a tool (`run`, ", "a workflow (`workflow_search`, ");
    assert!(told.iter().all(|line| line.contains("callsites.rs:") && line.ends_with("another name")), "{text}");
    assert!(text.contains("the model `gemini-2.0-flash` of `deprecated`"), "{text}");
}
