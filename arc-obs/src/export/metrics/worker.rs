//! The task that sends all metrics every so often, and a last time at the end.

use std::future::{Future, poll_fn};
use std::panic::catch_unwind;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::Metric;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use tokio::sync::{oneshot, watch};
use tokio::time;

use super::encode::{self, Span};
use super::temporality::Told;
use crate::export::otlp::Refusal;
use crate::export::tell::{Severity, Tell, Troubles};
use crate::metrics::{self, process_metrics};
use crate::self_telemetry::{ExportCounts, SpanDrop};
use crate::settings::{Resource, Temporality};

/// What [`MetricsSender::send`] returns.
pub(crate) type Sending<'a> = Pin<Box<dyn Future<Output = Result<Taken, Refusal>> + Send + 'a>>;

/// A request has arrived.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Taken {
    /// How many data points were refused all the same, or did not arrive.
    pub(crate) refused: u64,
    /// Why, of those that came last.
    pub(crate) reason: Option<SpanDrop>,
    /// What the receiver says, mostly nothing.
    pub(crate) said: String,
}

/// Takes one request to a receiver.
pub(crate) trait MetricsSender: Send {
    /// The name under which `arc_obs_*` counts what it does.
    fn name(&self) -> &'static str;

    /// Sends it, tries anew included, within this time.
    fn send(&mut self, request: ExportMetricsServiceRequest, within: Duration) -> Sending<'_>;
}

/// What is sent where, and how often.
pub(crate) struct MetricsExport {
    pub(crate) sender: Box<dyn MetricsSender>,
    pub(crate) resource: Resource,
    pub(crate) temporality: Temporality,
    /// What is not to be told, where a receiver wants what came since the last time.
    pub(crate) told: Told,
    pub(crate) interval: Duration,
    /// How long one export may take.
    pub(crate) timeout: Duration,
    /// Tells who runs the program what is lost.
    pub(crate) tell: Tell,
    /// Tells a sender that waits to try again by when everything is to have ended.
    pub(crate) stopping: watch::Sender<Option<time::Instant>>,
}

/// What is not to be told by exporters that begin now: nothing, unless there have been others in
/// this process. They have told what there was, and a receiver would add it up twice.
pub(crate) fn told_before(temporality: Temporality) -> Told {
    static IS_NOT_FIRST: AtomicBool = AtomicBool::new(false);
    let is_first = !IS_NOT_FIRST.swap(true, Ordering::Relaxed);
    if is_first || temporality == Temporality::Cumulative {
        return Told::default();
    }
    let now = nanos(SystemTime::now());
    gathered(now).map(|mut all| Told::default().take_from(&mut all, now)).unwrap_or_default()
}

/// All metrics as they are now; `None` where a collector panics.
fn gathered(now: u64) -> Option<Vec<Metric>> {
    // A collector of the user's runs here.
    let families = catch_unwind(|| metrics::registry().gather()).map_err(std::mem::forget).ok()?;
    let metrics = process_metrics();
    let span = Span { start: nanos(metrics.since).min(now), now };
    let mut all = encode::families(&families, span);
    all.extend(encode::genai(metrics.catalog.genai.series(), span));
    Some(all)
}

/// Exports until `stop` says when to have ended, or its sender is gone.
pub(crate) async fn run(export: MetricsExport, mut stop: oneshot::Receiver<Instant>) {
    let (interval, timeout) = (export.interval, export.timeout);
    let mut line = Line::new(export);
    let deadline = loop {
        if let Some(deadline) = stopped_within(&mut stop, time::sleep(interval)).await {
            break deadline;
        }
        if let Some(deadline) = line.export_until(timeout, &mut stop).await {
            break deadline;
        }
    };
    line.export.stopping.send_replace(Some(deadline.into()));
    line.export(timeout.min(left_until(deadline))).await;
}

/// How long there is until then. Who waits for us has the same deadline: what is lost is to be
/// counted before it.
fn left_until(deadline: Instant) -> Duration {
    let left = time::Instant::from_std(deadline).saturating_duration_since(time::Instant::now());
    left - (left / 10).min(Duration::from_millis(100))
}

/// Waits for `work`, or until somebody says that it is to end.
async fn stopped_within(stop: &mut oneshot::Receiver<Instant>, work: impl Future<Output = ()>) -> Option<Instant> {
    or_stopped(stop, pin!(work)).await.err()
}

/// What `work` gives, or when to have ended, if somebody says so before.
async fn or_stopped<T>(
    stop: &mut oneshot::Receiver<Instant>,
    mut work: Pin<&mut impl Future<Output = T>>,
) -> Result<T, Instant> {
    poll_fn(|context| {
        if let Poll::Ready(stopped) = Pin::new(&mut *stop).poll(context) {
            return Poll::Ready(Err(stopped.unwrap_or_else(|_| Instant::now())));
        }
        work.as_mut().poll(context).map(Ok)
    })
    .await
}

struct Line {
    export: MetricsExport,
    counts: &'static ExportCounts,
    troubles: Troubles,
    told: Told,
}

impl Line {
    fn new(mut export: MetricsExport) -> Self {
        let told = std::mem::take(&mut export.told);
        let name = export.sender.name();
        let troubles = Troubles::of(
            ["data point of metrics", "data points of metrics"],
            format!("the exporter `{name}`"),
            export.tell,
        );
        Self { export, counts: ExportCounts::of_signal("metrics", name), troubles, told }
    }

    /// Sends once what there is now.
    async fn export(&mut self, within: Duration) {
        let Some((request, sent)) = self.begin() else { return };
        // So that it is the sender who says why it took so long.
        let sending = self.export.sender.send(request, within - (within / 10).min(Duration::from_secs(1)));
        let result = time::timeout(within, sending).await.unwrap_or_else(|_| Err(late(within)));
        self.end(sent, result);
    }

    /// The same, and hands over when to have ended, if somebody says so meanwhile: what is under way
    /// then has half of the time that is left, for what there is at the end is to leave, too.
    async fn export_until(&mut self, within: Duration, stop: &mut oneshot::Receiver<Instant>) -> Option<Instant> {
        let (request, sent) = self.begin()?;
        let (result, deadline) = {
            let sending = self.export.sender.send(request, within - (within / 10).min(Duration::from_secs(1)));
            let mut sending = pin!(time::timeout(within, sending));
            match or_stopped(stop, sending.as_mut()).await {
                Ok(result) => (result.unwrap_or_else(|_| Err(late(within))), None),
                Err(deadline) => {
                    self.export.stopping.send_replace(Some(deadline.into()));
                    let left = left_until(deadline) / 2;
                    let result = time::timeout(left, sending).await.ok().and_then(Result::ok);
                    (result.unwrap_or_else(|| Err(late(left))), Some(deadline))
                }
            }
        };
        self.end(sent, result);
        deadline
    }

    /// What is to be sent.
    fn begin(&mut self) -> Option<(ExportMetricsServiceRequest, Sent)> {
        let (metrics, told) = self.collect()?;
        let points = metrics.iter().map(points).sum();
        self.counts.accepted(points);
        Some((encode::request(metrics, &self.export.resource), Sent { points, told }))
    }

    /// What has become of it.
    fn end(&mut self, Sent { points, told }: Sent, result: Result<Taken, Refusal>) {
        match result {
            Ok(Taken { refused, reason, said }) => {
                let refused = refused.min(points);
                self.counts.dropped(reason.unwrap_or(SpanDrop::Rejected), refused);
                self.counts.delivered(points - refused);
                self.told = told;
                match (refused, said.as_str()) {
                    (0, "") => self.troubles.over(),
                    (0, said) => self.troubles.said(&format!("the receiver took all, and says: {said}")),
                    (refused, said) => {
                        let why = format!("the receiver took only a part: {said}");
                        self.troubles.lost(refused, Severity::Warn, &why);
                    }
                }
            }
            Err(Refusal { reason, message, .. }) => {
                self.counts.dropped(reason, points);
                // What was not answered in time may have been heard: told again it would count twice.
                if reason == SpanDrop::Timeout {
                    self.told = told;
                }
                let severity = if reason == SpanDrop::Auth { Severity::Error } else { Severity::Warn };
                self.troubles.lost(points, severity, &message);
            }
        }
    }

    /// All metrics as they are now, and what is told by that.
    fn collect(&mut self) -> Option<(Vec<Metric>, Told)> {
        let now = nanos(SystemTime::now());
        let Some(mut all) = gathered(now) else {
            self.troubles.said("no metrics are exported while a collector in the registry panics");
            return None;
        };
        let told = match self.export.temporality {
            Temporality::Cumulative => Told::default(),
            Temporality::Delta => self.told.take_from(&mut all, now),
        };
        Some((all, told))
    }
}

/// What is under way.
struct Sent {
    points: u64,
    told: Told,
}

fn late(within: Duration) -> Refusal {
    Refusal { reason: SpanDrop::Timeout, message: format!("it took longer than {within:?}"), is_too_large: false }
}

pub(super) fn points(metric: &Metric) -> u64 {
    let points = match &metric.data {
        Some(Data::Gauge(gauge)) => gauge.data_points.len(),
        Some(Data::Sum(sum)) => sum.data_points.len(),
        Some(Data::Histogram(histogram)) => histogram.data_points.len(),
        Some(Data::Summary(summary)) => summary.data_points.len(),
        _ => 0,
    };
    points as u64
}

fn nanos(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    type Requests = Arc<Mutex<Vec<ExportMetricsServiceRequest>>>;

    /// Keeps what it is given, and answers as it is told.
    struct Kept {
        name: &'static str,
        requests: Requests,
        answer: fn(usize) -> Option<Result<Taken, Refusal>>,
    }

    impl MetricsSender for Kept {
        fn name(&self) -> &'static str {
            self.name
        }

        fn send(&mut self, request: ExportMetricsServiceRequest, _: Duration) -> Sending<'_> {
            let mut requests = self.requests.lock().unwrap();
            requests.push(request);
            let answer = (self.answer)(requests.len());
            Box::pin(async move {
                match answer {
                    Some(answer) => answer,
                    None => std::future::pending().await,
                }
            })
        }
    }

    fn export(kept: Kept, temporality: Temporality) -> MetricsExport {
        MetricsExport {
            sender: Box::new(kept),
            resource: Resource::default(),
            temporality,
            told: Told::default(),
            interval: Duration::from_secs(60),
            timeout: Duration::from_secs(30),
            tell: Tell { info: |_| {}, warn: |_| {}, error: |_| {} },
            stopping: watch::channel(None).0,
        }
    }

    fn executions(request: &ExportMetricsServiceRequest, agent: &str) -> Option<f64> {
        use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value;
        let metrics = &request.resource_metrics[0].scope_metrics[0].metrics;
        let executions = metrics.iter().find(|metric| metric.name.ends_with("_agent_executions_total"))?;
        let Some(Data::Sum(sum)) = &executions.data else { panic!("{executions:?}") };
        let is_its = |text: &str| format!("{text:?}").contains(agent);
        let mut points = sum.data_points.iter().filter(|point| is_its(&format!("{:?}", point.attributes)));
        match points.find(|point| format!("{:?}", point.attributes).contains("success"))?.value? {
            Value::AsDouble(value) => Some(value),
            Value::AsInt(_) => None,
        }
    }

    fn record(agent: &str) {
        let series = process_metrics().agents.run_time(agent);
        series.outcomes.record(crate::operation::Status::Success, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn all_is_sent_every_so_often_and_a_last_time_at_the_end() {
        let requests = Requests::default();
        let kept = Kept { name: "kept", requests: Arc::clone(&requests), answer: |_| Some(Ok(Taken::default())) };
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(run(export(kept, Temporality::Cumulative), stopped));
        record("metrics_often");
        time::sleep(Duration::from_secs(61)).await;
        record("metrics_often");
        time::sleep(Duration::from_secs(60)).await;
        record("metrics_often");
        stop.send(Instant::now() + Duration::from_secs(5)).unwrap();
        task.await.unwrap();
        let told: Vec<_> = requests.lock().unwrap().iter().map(|told| executions(told, "metrics_often")).collect();
        assert_eq!(told, [Some(1.0), Some(2.0), Some(3.0)]);
        let (accepted, delivered, dropped) = ExportCounts::of_signal("metrics", "kept").read();
        assert!(accepted > 0 && accepted == delivered && dropped.iter().all(|(_, n)| *n == 0));
    }

    #[tokio::test(start_paused = true)]
    async fn a_delta_that_was_refused_is_told_again_and_one_that_may_have_arrived_is_not() {
        let requests = Requests::default();
        let answer = |number| match number {
            1 => Some(Err(Refusal { reason: SpanDrop::Unreachable, message: String::new(), is_too_large: false })),
            2 => Some(Ok(Taken { refused: 1, ..Taken::default() })),
            3 => None,
            _ => Some(Ok(Taken::default())),
        };
        let kept = Kept { name: "kept_deltas", requests: Arc::clone(&requests), answer };
        let mut line = Line::new(export(kept, Temporality::Delta));
        for _ in 0..4 {
            record("metrics_deltas");
            line.export(Duration::from_secs(30)).await;
        }
        let told: Vec<_> = requests.lock().unwrap().iter().map(|told| executions(told, "metrics_deltas")).collect();
        assert_eq!(told, [Some(1.0), Some(2.0), Some(1.0), Some(1.0)]);
        let (accepted, delivered, dropped) = ExportCounts::of_signal("metrics", "kept_deltas").read();
        let lost = |reason| dropped.iter().find(|(known, _)| *known == reason).map_or(0, |(_, n)| *n);
        assert_eq!(accepted, delivered + dropped.iter().map(|(_, n)| n).sum::<u64>());
        assert_eq!(lost(SpanDrop::Rejected), 1);
        assert!(lost(SpanDrop::Unreachable) > 0 && lost(SpanDrop::Timeout) > 0);
    }

    #[tokio::test(start_paused = true)]
    async fn the_end_waits_no_longer_than_it_is_told() {
        let kept = Kept { name: "kept_late", requests: Requests::default(), answer: |_| None };
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(run(export(kept, Temporality::Cumulative), stopped));
        time::sleep(Duration::from_secs(61)).await;
        let begin = time::Instant::now();
        stop.send(begin.into_std() + Duration::from_secs(5)).unwrap();
        task.await.unwrap();
        assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
        let (accepted, delivered, dropped) = ExportCounts::of_signal("metrics", "kept_late").read();
        assert!(accepted > 0 && delivered == 0);
        // The one that was under way, and the one at the end.
        let lost = dropped.iter().find(|(reason, _)| *reason == SpanDrop::Timeout).map(|(_, points)| *points);
        assert_eq!(lost, Some(accepted), "{dropped:?}");
    }
}
