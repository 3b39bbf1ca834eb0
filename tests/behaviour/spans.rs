//! The spans that a program's own `tracing` subscriber sees.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use arc_obs::{Usage, traced, track_agent, track_cache, track_llm, track_tool, track_workflow};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::FmtSpan;

#[derive(Clone, Default)]
pub struct Page(Arc<Mutex<Vec<u8>>>);

impl Page {
    pub fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

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

#[track_agent("spans")]
async fn agent() {
    tool();
    let _ = ask(true).await;
    tracing::info!("inside the agent");
}

#[track_tool("spans_search")]
fn tool() {
    tracing::info!("inside the tool");
}

#[track_llm(model = "spans-model", unpriced, provider = "openai", usage = |_| Usage::new(11, 22))]
async fn ask(fail: bool) -> Result<(), io::Error> {
    tracing::info!("inside the call");
    if fail { Err(io::ErrorKind::TimedOut.into()) } else { Ok(()) }
}

#[track_workflow("spans_daily")]
async fn workflow() {
    agent().await;
}

#[track_cache("spans_pages")]
fn look_up(found: Result<Option<u8>, io::Error>) -> Result<Option<u8>, io::Error> {
    found
}

#[traced]
fn spans_plain() {}

#[test]
fn spans_nest_and_carry_the_guides_attributes() {
    let page = Page::default();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(page.clone())
        .with_ansi(false)
        .without_time()
        .with_span_events(FmtSpan::CLOSE)
        .finish();
    tracing::subscriber::with_default(subscriber, || {
        futures::executor::block_on(workflow());
        spans_plain();
        let _ = [Ok(Some(1)), Ok(None), Err(io::ErrorKind::NotFound.into())].map(look_up);
    });
    let text = page.text();
    let line = |with: &str| text.lines().find(|line| line.contains(with)).unwrap_or_else(|| panic!("{with}:\n{text}"));
    assert!(line("inside the tool").contains("agent.spans{"), "{text}");
    assert!(line("inside the tool").contains("tool.spans_search{tool=\"spans_search\"}"), "{text}");
    assert!(line("inside the agent").contains("workflow.spans_daily{workflow=\"spans_daily\"}:agent.spans{"), "{text}");
    assert!(!line("inside the agent").contains("tool.spans_search"), "the tool's span was left");
    let call = line("inside the call");
    assert!(call.contains("agent.name=\"spans\" agent.type=\"react\""), "{text}");
    assert!(
        call.contains("llm.call{model=\"spans-model\" gen_ai.operation.name=\"chat\" gen_ai.provider.name=\"openai\"}"),
        "{text}"
    );
    let closed = text.lines().find(|line| line.contains("llm.call{") && line.contains("close")).unwrap();
    assert!(closed.contains("status=\"timeout\"") && closed.contains("error.type=\"std::io::error::Error\""), "{text}");
    assert!(closed.contains("gen_ai.usage.input_tokens=11 gen_ai.usage.output_tokens=22"), "{text}");
    let look_ups: Vec<_> = text.lines().filter(|line| line.contains("cache.spans_pages{")).collect();
    assert_eq!(look_ups.len(), 3, "{text}");
    assert!(look_ups[0].contains("cache.type=\"spans_pages\" status=\"success\" cache.hit=true"), "{text}");
    assert!(look_ups[1].contains("cache.hit=false"), "{text}");
    assert!(look_ups[2].contains("status=\"error\"") && !look_ups[2].contains("cache.hit"), "{text}");
    assert!(line("spans_plain").contains("arc_obs_tests") || line("spans_plain").contains("behaviour"), "{text}");
}
