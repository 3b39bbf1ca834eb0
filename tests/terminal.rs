//! What a person sees in the terminal: a child process whose stderr is a
//! pseudo-terminal, or none.
#![cfg(unix)]
#![allow(missing_docs)]

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use arc_obs::{Terminal, Usage, traced, track_agent, track_cache, track_llm, track_tool, track_workflow};
use arc_obs_tests::page;
use arc_obs_tests::programs::poll;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};

const CHILD: &str = "ARC_OBS_TEST_TERMINAL_CHILD";

#[track_tool("search")]
fn search(fail: bool) -> Result<(), std::fmt::Error> {
    if fail { Err(std::fmt::Error) } else { Ok(()) }
}

#[track_llm(model = "gpt-4o", usage = |_| Usage::new(1_000, 500).cache_read(800))]
async fn ask() {
    plain();
}

#[traced]
fn plain() {}

#[track_cache("remembered")]
fn remembered() -> Option<u32> {
    None
}

#[track_agent("researcher")]
async fn research() {
    remembered();
    search(false).unwrap();
    ask().await;
}

#[track_workflow("daily")]
fn daily() {
    futures::executor::block_on(research());
}

fn work() {
    daily();
    search(true).unwrap_err();
}

fn builder() -> arc_obs::Builder {
    arc_obs::builder().service_name("shop").service_version("1.2.0").environment("test").no_server()
}

fn dropped(reason: &str) -> f64 {
    page::value("arc_obs_dropped_total", &[("signal", "terminal"), ("reason", reason)]).unwrap()
}

#[cfg(target_os = "linux")]
fn terminal_threads() -> usize {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let names = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("comm")).ok());
    names.filter(|name| name.starts_with("arc-obs-termina")).count()
}

#[cfg(not(target_os = "linux"))]
fn terminal_threads() -> usize {
    0
}

/// What the child of a test does, by its name.
fn child(what: &str) {
    match what {
        "plain" => {
            let obs = builder().install().unwrap();
            work();
            obs.shutdown_blocking(Duration::from_secs(5)).unwrap();
        }
        "on" => {
            let _obs = builder().terminal(Terminal::On).install().unwrap();
            work();
        }
        "off" => {
            let _obs = builder().terminal(Terminal::Off).install().unwrap();
            work();
        }
        "served" => {
            let obs = arc_obs::builder().listen(([127, 0, 0, 1], 0).into()).install().unwrap();
            eprintln!("at {}", obs.local_addr().unwrap());
        }
        "raw" => {
            let obs = builder().install().unwrap();
            let stderr = std::io::stderr();
            let cooked = tcgetattr(&stderr).unwrap();
            let mut raw = cooked.clone();
            raw.local_modes.remove(LocalModes::ICANON);
            tcsetattr(&stderr, OptionalActions::Now, &raw).unwrap();
            work();
            poll(Duration::from_secs(10), || (dropped("terminal_in_use") == 5.0).then_some(())).unwrap();
            tcsetattr(&stderr, OptionalActions::Now, &cooked).unwrap();
            search(false).unwrap();
            obs.shutdown_blocking(Duration::from_secs(5)).unwrap();
        }
        "stopped" => {
            // Nobody reads: 2000 lines are more than a pseudo-terminal takes, and the queue.
            let obs = builder().install().unwrap();
            let began = std::time::Instant::now();
            for _ in 0..20_000 {
                search(false).unwrap();
            }
            assert!(began.elapsed() < Duration::from_secs(10), "the program goes on");
            assert!(dropped("queue_full") > 1_000.0);
            obs.shutdown_blocking(Duration::from_millis(300)).unwrap_err();
            println!("went on");
        }
        "slow" => {
            let obs = builder().install().unwrap();
            for _ in 0..20_000 {
                search(false).unwrap();
            }
            // Now it is read.
            println!("\nlost {}", dropped("queue_full"));
            obs.shutdown_blocking(Duration::from_secs(20)).unwrap();
        }
        "given up" => {
            let obs = builder().install().unwrap();
            for _ in 0..20_000 {
                search(false).unwrap();
            }
            obs.shutdown_blocking(Duration::from_millis(100)).unwrap_err();
            println!("\ngiven up");
            // Now it is read, and the thread ends without another word.
            poll(Duration::from_secs(20), || (terminal_threads() == 0).then_some(())).unwrap();
            drop(builder().service_name("the next").install().unwrap());
        }
        "late" => {
            let holder = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            let address = holder.local_addr().unwrap();
            let price = arc_obs::Price::new(1.0, 1.0);
            let builder = arc_obs::builder().terminal(Terminal::On).price("my-model", price);
            let obs = builder.listen_when_free(address).install().unwrap();
            drop(holder);
            poll(Duration::from_secs(20), || obs.local_addr()).unwrap();
            obs.shutdown_blocking(Duration::from_secs(5)).unwrap();
        }
        "leader" => {
            // Gets the terminal of a session of its own, and starts a job in its background.
            rustix::process::setsid().unwrap();
            rustix::process::ioctl_tiocsctty(std::io::stderr()).unwrap();
            let mut modes = tcgetattr(std::io::stderr()).unwrap();
            modes.local_modes.insert(LocalModes::TOSTOP);
            tcsetattr(std::io::stderr(), OptionalActions::Now, &modes).unwrap();
            let mut job = command("background").process_group(0).spawn().unwrap();
            let ended = poll(Duration::from_secs(20), || job.try_wait().unwrap());
            if ended.is_none() {
                job.kill().unwrap();
            }
            assert!(ended.is_some_and(|status| status.success()), "it was stopped: {ended:?}");
        }
        "background" => {
            let obs = builder().install().unwrap();
            work();
            poll(Duration::from_secs(10), || (dropped("terminal_in_use") == 5.0).then_some(())).unwrap();
            obs.shutdown_blocking(Duration::from_secs(5)).unwrap();
        }
        "panic" => {
            let _obs = builder().install().unwrap();
            work();
            panic!("on purpose");
        }
        _ => unreachable!("{what}"),
    }
}

#[test]
fn children() {
    if let Some(what) = std::env::var_os(CHILD) {
        child(what.to_str().unwrap());
    }
}

fn command(what: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "children", "--nocapture", "--test-threads=1"]).env(CHILD, what);
    command.env_remove("NO_COLOR").env("TERM", "xterm").stdout(Stdio::null()).stdin(Stdio::null());
    command
}

/// A pseudo-terminal: what we hold, and what the child writes to.
fn pty() -> (File, File) {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap();
    let slave = OpenOptions::new().read(true).write(true).open(name.to_str().unwrap()).unwrap();
    (File::from(master), slave)
}

/// What a child writes to stderr, where that is a terminal.
fn in_a_terminal(mut command: Command) -> String {
    let (mut master, slave) = pty();
    let mut child = command.stderr(Stdio::from(slave)).spawn().unwrap();
    drop(command);
    let (sender, text) = mpsc::channel();
    std::thread::spawn(move || {
        let mut text = Vec::new();
        // At its end a pseudo-terminal says EIO.
        let _ = master.read_to_end(&mut text);
        sender.send(String::from_utf8(text).unwrap().replace("\r\n", "\n")).unwrap();
    });
    assert!(child.wait().unwrap().success());
    text.recv_timeout(Duration::from_secs(20)).unwrap()
}

/// What a child writes to stderr, where that is a pipe.
fn in_a_pipe(mut command: Command) -> String {
    String::from_utf8(command.stderr(Stdio::piped()).output().unwrap().stderr).unwrap()
}

/// With every duration as `#`, since those differ.
fn timeless(text: &str) -> String {
    let mut lines = String::new();
    for line in text.lines() {
        let words: Vec<_> = line.split(' ').collect();
        let mut shown: Vec<String> = Vec::new();
        for (place, word) in words.iter().enumerate() {
            let unit = words.get(place + 1).is_some_and(|next| ["s", "ms", "µs", "ns"].contains(next));
            let is_number = word.chars().all(|c| c.is_ascii_digit() || c == '.') && !word.is_empty();
            if is_number && unit {
                while shown.last().is_some_and(String::is_empty) {
                    shown.pop();
                }
                shown.push("#".to_owned());
            } else if !(["s", "ms", "µs", "ns"].contains(word) && shown.last().is_some_and(|last| last == "#")) {
                shown.push((*word).to_owned());
            }
        }
        lines.push_str(shown.join(" ").trim_end());
        lines.push('\n');
    }
    lines
}

const LINES: &str = "\
arc-obs observes shop 1.2.0 in test
  off      server, spans (no tracing subscriber)
      ✓ tool researcher › search #
      ✓ llm researcher › gpt-4o #  1000 → 500 tokens (800 cached)  $0.0065
    ✓ agent researcher #  1000 → 500 tokens (800 cached)  $0.0065
  ✓ workflow daily #  1000 → 500 tokens (800 cached)  $0.0065
  ✗ tool search #  error (fmt::Error)
";

#[test]
fn a_terminal_shows_a_banner_a_line_per_operation_and_the_summary() {
    let mut command = command("plain");
    command.env("NO_COLOR", "1");
    let text = timeless(&in_a_terminal(command));
    let (lines, summary) = text.split_once("\n\n").unwrap();
    assert_eq!(format!("{lines}\n"), LINES);
    assert!(summary.starts_with("agent ") && summary.contains("researcher") && summary.contains("$0.0065"), "{text}");
    assert!(!lines.contains("plain"), "traced operations are not shown: {text}");
    assert!(!lines.contains("remembered"), "look-ups are not shown: {text}");
}

#[test]
fn colours_are_for_terminals_that_want_them() {
    assert!(in_a_terminal(command("plain")).contains("\u{1b}[32m✓\u{1b}[0m"));
    let mut without = command("plain");
    without.env("NO_COLOR", "1");
    assert!(!in_a_terminal(without).contains('\u{1b}'));
    let mut dumb = command("plain");
    dumb.env("TERM", "dumb");
    assert!(!in_a_terminal(dumb).contains('\u{1b}'));
    let mut empty = command("plain");
    empty.env("NO_COLOR", "");
    assert!(in_a_terminal(empty).contains('\u{1b}'), "an empty NO_COLOR is none");
    assert!(!in_a_pipe(command("on")).contains('\u{1b}'));
}

#[test]
fn where_stderr_is_no_terminal_nothing_is_shown_unless_asked_for() {
    assert_eq!(in_a_pipe(command("plain")), "");
    assert_eq!(in_a_terminal(command("off")), "");
    assert!(timeless(&in_a_pipe(command("on"))).starts_with(LINES));
}

#[test]
fn the_banner_says_where_the_metrics_are() {
    let mut command = command("served");
    command.env("NO_COLOR", "1");
    let text = in_a_terminal(command);
    let address = text.lines().find_map(|line| line.strip_prefix("at ")).unwrap();
    assert!(text.contains(&format!("\n  metrics  http://{address}/metrics\n")), "{text}");
    assert!(text.contains("nothing was recorded"), "{text}");
}

#[test]
fn a_program_that_has_the_terminal_to_itself_is_left_alone() {
    let text = in_a_terminal(command("raw"));
    // Only what came after it had given the terminal back, and the summary.
    assert_eq!(text.matches('✓').count() + text.matches('✗').count(), 1, "{text}");
    assert!(text.contains("researcher"), "the summary has it all: {text}");
}

#[test]
fn a_terminal_that_stands_still_holds_up_nobody() {
    let (master, slave) = pty();
    let output = command("stopped").stdout(Stdio::piped()).stderr(Stdio::from(slave)).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(String::from_utf8_lossy(&output.stdout).contains("went on"));
    drop(master);
}

/// What a child writes to a terminal that is read only after the child has said `said`;
/// and the line that it said it in.
fn in_a_terminal_that_is_slow(what: &str, said: &str) -> (String, String) {
    let (mut master, slave) = pty();
    let mut command = command(what);
    command.env("NO_COLOR", "1");
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::from(slave)).spawn().unwrap();
    drop(command);
    let mut out = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = out.find_map(|line| line.ok().filter(|line| line.starts_with(said))).unwrap();
    let reader = std::thread::spawn(move || {
        let mut text = Vec::new();
        let _ = master.read_to_end(&mut text);
        String::from_utf8(text).unwrap().replace("\r\n", "\n")
    });
    out.for_each(drop);
    assert!(child.wait().unwrap().success());
    (line, reader.join().unwrap())
}

#[test]
fn lines_that_came_too_fast_are_mentioned() {
    let (lost, text) = in_a_terminal_that_is_slow("slow", "lost ");
    let lost: f64 = lost.strip_prefix("lost ").unwrap().parse().unwrap();
    let gaps = text.lines().filter_map(|line| line.strip_prefix("  … ")?.split_once(' '));
    let gaps: Vec<(f64, &str)> = gaps.map(|(lost, told)| (lost.parse().unwrap(), told)).collect();
    assert_eq!(gaps.iter().map(|(lost, _)| lost).sum::<f64>(), lost, "{gaps:?}");
    for (lost, told) in &gaps {
        let them = if *lost == 1.0 { "line is not shown: it" } else { "lines are not shown: they" };
        assert_eq!(*told, format!("{them} came faster than the terminal takes them"));
    }
    // One for all that were lost while the terminal stood still.
    assert!((1..50).contains(&gaps.len()), "{gaps:?}");
    assert_eq!(text.matches('✓').count() as f64 + lost, 20_000.0);
}

#[test]
#[cfg(target_os = "linux")]
fn a_terminal_that_was_given_up_says_nothing_in_a_later_session() {
    let (_, text) = in_a_terminal_that_is_slow("given up", "given up");
    let (_, after) = text.split_once("arc-obs observes the next").unwrap();
    assert!(!after.contains('✓') && after.contains("\ntool "), "{after}");
    assert_eq!(text.matches("\ntool ").count(), 1, "one summary: {text}");
}

#[test]
fn a_job_in_the_background_is_not_stopped_by_what_it_would_show() {
    assert_eq!(in_a_terminal(command("leader")), "");
}

#[test]
fn an_address_that_is_had_later_is_told() {
    let text = in_a_pipe(command("late"));
    assert!(text.contains("\n  metrics  not served yet: the address cannot be had (see the warning)\n"), "{text}");
    assert!(text.contains("\n  prices   yours before the built-in\n"), "{text}");
    assert!(text.contains("\narc-obs: metrics are now served on http://127.0.0.1:"), "{text}");
}

#[test]
fn a_panic_in_main_ends_with_the_summary() {
    let (mut master, slave) = pty();
    let mut command = command("panic");
    let mut child = command.stderr(Stdio::from(slave)).spawn().unwrap();
    drop(command);
    let reader = std::thread::spawn(move || {
        let mut text = Vec::new();
        let _ = master.read_to_end(&mut text);
        String::from_utf8_lossy(&text).into_owned()
    });
    assert!(!child.wait().unwrap().success());
    let text = reader.join().unwrap();
    assert!(text.contains("on purpose") && text.contains("researcher"), "{text}");
}
