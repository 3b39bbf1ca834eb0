//! Requests that are made with reqwest: a span each, and one trace through both services.
#![allow(missing_docs)]

use std::net::SocketAddr;
use std::time::Duration;

use arc_obs::export::{FieldValue, Span, SpanKind, SpanStatus};
use arc_obs::http::{ObsLayer, TraceMiddleware, send};
use arc_obs::propagation::TraceContext;
use arc_obs::{track_agent, track_llm, track_tool};
use arc_obs_trace_tests::{one, tracing};
use axum::Router;
use axum::extract::Request;
use axum::routing::{any, get};
use http::StatusCode;
use reqwest::Client;
use reqwest_middleware::ClientBuilder;

/// What a service says of the headers that it gets, on any path.
async fn service() -> SocketAddr {
    let headers = |request: Request| async move {
        let of = |name: &str| {
            let values = request.headers().get_all(name).iter();
            values.map(|value| value.to_str().unwrap().to_owned()).collect::<Vec<_>>().join(" and ")
        };
        format!("{}|{}", of("traceparent"), of("baggage"))
    };
    let app = Router::new()
        .route("/down/{why}", get(|| async { StatusCode::SERVICE_UNAVAILABLE }))
        .route("/slow", any(std::future::pending::<()>))
        .fallback(headers)
        .layer(ObsLayer::new().route(|_| Some("/any")));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

fn client() -> Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().no_proxy().build().unwrap()
}

fn text(span: &Span, name: &str) -> Option<String> {
    span.attribute(name).map(|value| match value {
        FieldValue::Text(text) => text.clone(),
        value => format!("{value:?}"),
    })
}

#[tokio::test]
async fn one_trace_goes_through_both_services() {
    let tracing = tracing();
    let address = service().await;
    #[track_agent("researcher")]
    async fn research(address: SocketAddr) -> String {
        let context = TraceContext::current().with_baggage("tenant", "acme");
        let request = client().get(format!("http://user:secret@{address}/hidden?key=secret"));
        context.wrap(send(request)).await.unwrap().text().await.unwrap()
    }
    let told = research(address).await;
    let spans = tracing.end();
    let (agent, made) = (one(&spans, "invoke_agent researcher"), one(&spans, "GET"));
    let served = one(&spans, "GET /any");
    assert_eq!(told, format!("00-{}-{}-01|tenant=acme", made.trace_id, made.span_id));
    assert_eq!((made.parent_span_id, served.parent_span_id), (Some(agent.span_id), Some(made.span_id)));
    assert!(served.parent_is_remote && !made.parent_is_remote);
    assert_eq!((made.kind, &made.status), (SpanKind::Client, &SpanStatus::Unset));
    assert_eq!(text(made, "server.address").as_deref(), Some("127.0.0.1"));
    assert_eq!(made.attribute("server.port"), Some(&FieldValue::U64(address.port().into())));
    assert_eq!(text(made, "http.request.method").as_deref(), Some("GET"));
    assert_eq!(made.attribute("http.response.status_code"), Some(&FieldValue::U64(200)));
    let all = format!("{spans:?}");
    assert!(!all.contains("secret") && !all.contains("hidden") && !all.contains("acme"), "{all}");
}

#[tokio::test]
async fn the_middleware_does_the_same() {
    let tracing = tracing();
    let address = service().await;
    let told = ClientBuilder::new(client()).with(TraceMiddleware::new()).build();
    let not_told = ClientBuilder::new(client()).with(TraceMiddleware::new().only_to(|host| host == "ours")).build();
    let url = format!("http://{address}/");
    // Of a request that is sent on, what it said before counts for nothing.
    let stale = told.get(&url).header("traceparent", "stale").send().await.unwrap().text().await.unwrap();
    let nothing = not_told.get(&url).send().await.unwrap().text().await.unwrap();
    let spans = tracing.end();
    let made: Vec<_> = spans.iter().filter(|span| span.name == "GET").collect();
    assert_eq!(made.len(), 2);
    assert_eq!(stale, format!("00-{}-{}-01|", made[0].trace_id, made[0].span_id));
    assert_eq!(nothing, "|");
}

#[tokio::test]
async fn a_request_that_fails_says_how() {
    let tracing = tracing();
    let address = service().await;
    let client = client();
    let url = |path: &str| format!("http://{address}{path}");
    assert_eq!(send(client.get(url("/down/why"))).await.unwrap().status(), StatusCode::SERVICE_UNAVAILABLE);
    let slow = client.put(url("/slow")).timeout(Duration::from_millis(50));
    assert!(send(slow).await.is_err());
    let port = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    assert!(send(client.delete(format!("http://127.0.0.1:{port}/"))).await.is_err());
    {
        let mut given_up = Box::pin(send(client.post(url("/slow"))));
        assert!(futures::poll!(&mut given_up).is_pending());
    }
    let brew = reqwest::Method::from_bytes(b"BREW").unwrap();
    assert!(send(client.request(brew, url("/"))).await.is_ok());
    assert!(send(client.get("no url")).await.is_err());
    let spans = tracing.end();
    for (name, error_type) in [("GET", "503"), ("PUT", "timeout"), ("DELETE", "reqwest::Error"), ("POST", "cancelled")]
    {
        let made = one(&spans, name);
        assert_eq!(text(made, "error.type").as_deref(), Some(error_type), "{name}");
        assert!(matches!(made.status, SpanStatus::Error(_)), "{name}");
    }
    let made = one(&spans, "HTTP");
    assert_eq!(text(made, "http.request.method").as_deref(), Some("_OTHER"));
}

#[tokio::test]
async fn a_call_says_whom_it_asked() {
    #[track_llm(model = "gpt-4o", usage = none)]
    async fn ask(servers: &[SocketAddr]) {
        for server in servers {
            send(client().get(format!("http://{server}/"))).await.unwrap();
        }
    }
    /// What a tool asks for is no model.
    #[track_tool("fetch")]
    async fn fetch(server: SocketAddr) {
        send(client().get(format!("http://{server}/"))).await.unwrap();
    }
    #[track_llm(model = "o3", usage = none)]
    async fn ask_with_tool(servers: [SocketAddr; 2]) {
        fetch(servers[0]).await;
        send(client().get(format!("http://{}/", servers[1]))).await.unwrap();
    }
    let tracing = tracing();
    let servers = [service().await, service().await];
    ask(&servers[..1]).await;
    ask(&[servers[1], servers[1]]).await;
    // It is not known which of them was the model's.
    ask(&servers).await;
    ask_with_tool(servers).await;
    let spans = tracing.end();
    let asked = |name: &str| -> Vec<_> {
        let of_name = spans.iter().filter(|span| span.name == name);
        of_name.map(|span| (text(span, "server.address"), span.attribute("server.port").cloned())).collect()
    };
    let at = |server: SocketAddr| (Some("127.0.0.1".to_owned()), Some(server.port().into()));
    assert_eq!(asked("chat gpt-4o"), [at(servers[0]), at(servers[1]), (None, None)]);
    assert_eq!(asked("chat o3"), [at(servers[1])]);
    assert_eq!(asked("execute_tool fetch"), [(None, None)]);
}
