//! Another exporter of OTLP in the same program, with a client of its own: `opentelemetry-otlp`
//! with its feature `reqwest-client`, which adds to the features of the `reqwest` that is ours, too.
#![allow(missing_docs)]

use arc_obs::export::Otlp;
use arc_obs::track_tool;
use arc_obs_trace_tests::scripted::Scripted;
use arc_obs_trace_tests::tracing_with;
use opentelemetry_otlp::{SpanExporter, WithExportConfig};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;

#[track_tool("search")]
fn search() {}

#[test]
fn another_exporter_in_the_program_changes_nothing() {
    // reqwest panics where it makes a client and nobody has said whose cryptography to use; ours is
    // told, and leaves the process's choice to the program.
    assert!(rustls::crypto::CryptoProvider::get_default().is_none());
    let server = Scripted::start([]);
    for with_another in [false, true] {
        let tracing = tracing_with(|builder| builder.otlp(Otlp::http(server.url())));
        if with_another {
            assert!(rustls::crypto::CryptoProvider::get_default().is_none(), "it is the program's to choose");
            rustls::crypto::ring::default_provider().install_default().unwrap();
            let theirs = SpanExporter::builder().with_http().with_endpoint("http://127.0.0.1:1/v1/traces").build();
            theirs.unwrap();
        }
        search();
        drop(tracing.end());
    }
    for request in server.requests() {
        let message = ExportTraceServiceRequest::decode(&*request.body).unwrap();
        assert_eq!(message.resource_spans[0].scope_spans[0].spans.len(), 1);
    }
    assert_eq!(server.requests().len(), 2);
}
