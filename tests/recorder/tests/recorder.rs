//! Tests `cargo coach record` and `draw`, and `recorder stream`. The picture shows what the packets
//! prove, and Wireshark reads what was written down.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use assert_cmd::assert::{Assert, OutputAssertExt};
use picture::event::{Flag, Packet, Recording, Side, Stream, What};
use picture::{Layout, ask};
use predicates::prelude::PredicateBooleanExt;
use predicates::str::{contains, is_match};
use roxmltree::Document;
use stage::{Lang, Who};

type Error = Box<dyn std::error::Error>;
type Result<T = ()> = std::result::Result<T, Error>;

const ODD: &str = env!("CARGO_BIN_EXE_odd-server");
const TEMPORARY: &str = env!("CARGO_TARGET_TMPDIR");

/// How long a stream may take to tell what happens.
const PATIENCE: Duration = Duration::from_secs(60);

/// Larger than any picture.
const BOUND: usize = 400_000;

/// What one scene left behind.
struct Recorded {
    folder: PathBuf,
    name: String,
    output: Output,
    said: String,
}

fn recorder() -> Command {
    Command::new(env!("CARGO_BIN_EXE_recorder"))
}

/// Runs `record` in a separate folder.
fn run(folder: &str, words: &[&str]) -> io::Result<Recorded> {
    let folder = Path::new(TEMPORARY).join("recorder").join(folder);
    let _ = fs::remove_dir_all(&folder);
    let mut command = recorder();
    let output = command.args(["record", "--out"]).arg(&folder).args(words).output()?;
    let printed = String::from_utf8_lossy(&output.stdout);
    // Where a scene has other servers, theirs follow.
    let name = printed.lines().next().unwrap_or_default();
    let name = Path::new(name).file_stem().unwrap_or_default();
    let (name, said) = (name.to_string_lossy().into(), String::from_utf8_lossy(&output.stderr));
    let said = said.into_owned();
    Ok(Recorded { folder, name, output, said })
}

/// Whether this machine lets a user have a separate network. If it does not, the test says that it is
/// skipped.
fn can_record() -> bool {
    static CAN: OnceLock<bool> = OnceLock::new();
    let can =
        || run("possible", &["--", "true"]).is_ok_and(|run| run.output.status.code() != Some(2));
    let can = *CAN.get_or_init(can);
    if !can {
        eprintln!("SKIPPED: this machine does not allow a separate network");
    }
    can
}

/// Runs `record` where it can.
fn record(folder: &str, words: &[&str]) -> Result<Option<Recorded>> {
    Ok(if can_record() { Some(run(folder, words)?) } else { None })
}

/// Records with a scene of the test's own, and a server of [`ODD`].
fn play(name: &str, scene: &str, server: &str, options: &[&str]) -> Result<Option<Recorded>> {
    let file = Path::new(TEMPORARY).join(format!("{name}.scene"));
    fs::write(&file, scene)?;
    let scene = ["--scene", &file.to_string_lossy()];
    record(name, &[&scene, options, &["--", ODD, server, "{address}"]].concat())
}

/// A stream at work: steps go in, events come out.
struct Live {
    recorder: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
    seen: String,
}

impl Live {
    fn start(words: &[&str]) -> Result<Self> {
        let (input, output) = (Stdio::piped(), Stdio::piped());
        let mut recorder = recorder();
        // A step may take as long as an event: Python starts late on a busy machine.
        recorder.args(["stream", "--seconds", "60"]).args(words);
        let mut recorder = recorder.stdin(input).stdout(output).spawn()?;
        let input = recorder.stdin.take();
        let output = BufReader::new(recorder.stdout.take().ok_or("it is piped")?);
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            output.lines().map_while(io::Result::ok).try_for_each(|line| sender.send(line))
        });
        Ok(Live { recorder, input, lines, seen: String::new() })
    }

    /// Takes these steps.
    fn take(&mut self, steps: &str) -> io::Result<()> {
        self.input.as_mut().map_or(Ok(()), |input| writeln!(input, "{steps}"))
    }

    /// Waits until there is an event whose line contains `wanted`. On a busy machine, the events of one
    /// source may come long after those of another.
    fn until(&mut self, wanted: &str) -> Result<String> {
        loop {
            if let Some(line) = self.seen.lines().find(|line| line.contains(wanted)) {
                return Ok(line.into());
            }
            let line = self.lines.recv_timeout(PATIENCE);
            let line = line.map_err(|_| format!("no {wanted} in:\n{}", self.seen))?;
            self.seen += &format!("{line}\n");
        }
    }

    /// Ends its input: all that has happened.
    fn end(mut self) -> Result<Recording> {
        drop(self.input.take());
        self.lines.iter().for_each(|line| self.seen += &format!("{line}\n"));
        assert!(self.recorder.wait()?.success());
        recording(&self.seen)
    }
}

impl Recorded {
    fn read(&self, end: &str) -> Result<String> {
        let file = self.folder.join(format!("{}.{end}", self.name));
        fs::read_to_string(&file).map_err(|error| format!("{error}: {}", self.said).into())
    }

    fn recording(&self) -> Result<Recording> {
        recording(&self.read("json")?)
    }
}

fn recording(text: &str) -> Result<Recording> {
    Recording::read(text).map_err(|words| words.say(Lang::En).into())
}

fn draw(file: &Path, lang: &str) -> Assert {
    recorder().args(["--lang", lang, "draw"]).arg(file).assert()
}

fn drawn(file: &Path, lang: &str) -> Result<String> {
    Ok(String::from_utf8(draw(file, lang).success().get_output().stdout.clone())?)
}

/// What `pick` picks of all that has happened.
fn all<'a, T>(recording: &'a Recording, pick: impl Fn(&'a What) -> Option<T>) -> Vec<T> {
    recording.events.iter().filter_map(|event| pick(&event.what)).collect()
}

fn has(recording: &Recording, is: fn(&What) -> bool) -> bool {
    recording.events.iter().any(|event| is(&event.what))
}

fn packets(recording: &Recording) -> Vec<&Packet> {
    all(recording, |what| if let What::Packet(packet) = what { Some(packet) } else { None })
}

/// The data of all packets that have some, of one connection.
fn data(recording: &Recording, conn: usize) -> Vec<&str> {
    let packets = packets(recording).into_iter();
    let of_it = packets.filter(|packet| packet.conn == conn && packet.length > 0);
    of_it.map(|packet| packet.data.as_str()).collect()
}

/// The states of one end of a connection.
fn states(recording: &Recording, of: usize, side: Side) -> Vec<&'static str> {
    all(recording, |what| match what {
        What::State { conn, end, state, .. } if (*conn, *end) == (of, side) => Some(state.name()),
        _ => None,
    })
}

/// In which step each thread waits, and for which connections.
fn waits(recording: &Recording) -> Vec<(usize, &str, &[usize])> {
    all(recording, |what| match what {
        What::Wait { thread, step: Some(step), on, .. } => Some((*thread, step.as_str(), &on[..])),
        _ => None,
    })
}

fn printed(recording: &Recording, wanted: Stream) -> String {
    let texts = all(recording, |what| match what {
        What::Output { stream, text, .. } if *stream == wanted => Some(text.as_str()),
        _ => None,
    });
    texts.concat()
}

#[test]
fn time_wait_is_drawn_on_the_side_that_closes_first() -> Result {
    let scenes: [(&str, &[Side]); 5] = [
        ("lesson-03", &[Side::Client]),
        ("lesson-03-server-first", &[Side::Server]),
        ("lesson-03-simultaneous-close", &[Side::Client, Side::Server]),
        ("lesson-03-reset", &[]),
        ("lesson-04", &[Side::Server]),
    ];
    for (scene, sides) in scenes {
        let Some(recorded) = record(scene, &[scene])? else { return Ok(()) };
        let recording = recorded.recording()?;
        let left = |side: &Side| states(&recording, 1, *side).last() == Some(&"TIME_WAIT");
        let left: Vec<_> = [Side::Client, Side::Server].into_iter().filter(left).collect();
        assert_eq!(left, sides, "{scene}");
        let picture = recorded.read("svg")?;
        let document = Document::parse(&picture)?;
        let bars = document
            .descendants()
            .filter(|node| node.has_tag_name("rect") && node.attribute("class") == Some("keeps"));
        let x = bars.filter_map(|bar| bar.attribute("x")?.parse::<i32>().ok());
        let drawn: BTreeSet<bool> = x.map(|x| x > 400).collect();
        let expected = sides.iter().map(|side| *side == Side::Server).collect();
        assert_eq!(drawn, expected, "{scene}");
    }
    Ok(())
}

#[test]
fn the_demonstration_of_lesson_04_is_drawn_by_its_first_connection() -> Result {
    let Some(recorded) = record("lesson-04-again", &["04"])? else { return Ok(()) };
    let recording = recorded.recording()?;
    let last = packets(&recording).into_iter().map(|packet| packet.conn).max();
    assert_eq!(last, Some(2), "the other connection is kept in the recording");
    let first = packets(&recording).into_iter().filter(|packet| packet.conn == 1).count();
    assert_eq!(recorded.read("svg")?.matches("class=\"tip").count(), first);
    Ok(())
}

#[test]
fn the_whole_connection_stands_in_the_recording() -> Result {
    let Some(recorded) = record("whole", &["03"])? else { return Ok(()) };
    let recording = recorded.recording()?;
    let client = ["SYN_SENT", "ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT"];
    assert_eq!(states(&recording, 1, Side::Client), client);
    let server = ["SYN_RECV", "ESTABLISHED", "CLOSE_WAIT", "LAST_ACK", "CLOSED"];
    assert_eq!(states(&recording, 1, Side::Server), server);
    assert_eq!(states(&recording, 0, Side::Server), ["LISTEN", "CLOSED"]);

    let waits = waits(&recording);
    assert_eq!(waits.first(), Some(&(1, "accept", &[][..])));
    assert_eq!(waits.last(), Some(&(1, "recv", &[1][..])));
    assert!(has(
        &recording,
        |what| matches!(what, What::Ended { how, .. } if how == "exit status 0")
    ));
    assert!(has(&recording, |what| matches!(what, What::Timer { left_ms: 50_000..=60_000, .. })));
    assert_eq!(printed(&recording, Stream::Stdout), "127.0.0.1:50412>>>你好\n");
    assert!(printed(&recording, Stream::Stderr).starts_with("listening on 127.0.0.1:7788\n"));
    assert!(recording.events.is_sorted_by_key(|event| event.at_us));
    let place =
        |wanted: fn(&What) -> bool| recording.events.iter().position(|event| wanted(&event.what));
    let listens = place(|what| matches!(what, What::State { conn: 0, .. }));
    assert!(
        listens < place(|what| matches!(what, What::Output { .. })),
        "it says so after it listens"
    );
    Ok(())
}

#[test]
fn a_character_in_two_parts_shows_both_in_two_packets() -> Result {
    let Some(recorded) = record("split", &["lesson-02-split-character"])? else { return Ok(()) };
    assert_eq!(data(&recorded.recording()?, 1), ["c4", "e3"]);
    let picture = recorded.read("svg")?;
    assert!(picture.contains(">1 byte: half a character<"), "{picture}");
    assert!(picture.contains(">1 byte &quot;你&quot;<"), "{picture}");
    // The scene is played against other servers too.
    let other = recorded.folder.join("lesson-02-split-character--lesson-01.json");
    let other = recording(&fs::read_to_string(other)?)?;
    assert_eq!(data(&other, 1), ["c4", "e3"]);
    assert_eq!(printed(&other, Stream::Stdout), "127.0.0.1:50412>>>\u{fffd}\n");
    Ok(())
}

#[test]
fn a_client_is_refused_after_the_scene_has_waited_for_the_end_of_the_server() -> Result {
    let Some(recorded) = record("refused", &["lesson-00-refused"])? else { return Ok(()) };
    assert_eq!(recorded.output.status.code(), Some(0), "{}", recorded.said);
    let recording = recorded.recording()?;
    assert!(packets(&recording).iter().any(|packet| packet.has(Flag::Rst)));
    let questions = ask::judged(&recording.events);
    let holds: Vec<_> = questions[0].1.iter().map(|option| option.holds).collect();
    assert_eq!(holds, [true, false, false], "it is refused");
    Ok(())
}

/// Three clients of a server that has a thread for each, and takes its address last.
fn three_clients(server: &[&str]) -> Result<Recording> {
    let mut live = Live::start(&[&["--"], server, &["{address}"]].concat())?;
    live.take("alice connect\nbob connect\ncarol connect\nalice send \"你好\"\nalice recv 4")?;
    live.take("bob send \"b\"\nbob recv \"b\"\ncarol send hex 00\ncarol recv 1")?;
    for on in [1, 2, 3] {
        live.until(&format!("\"step\":\"recv\",\"on\":[{on}]"))?;
    }
    live.take("bob close\ncarol reset\nalice half-close\nalice recv end\nalice close\nkill")?;
    let recording = live.end()?;
    let names = all(&recording, |what| match what {
        What::Connection { who: Some(Who::Client(name)), .. } => name.as_deref(),
        _ => None,
    });
    assert_eq!(names, ["alice", "bob", "carol"]);
    // On a busy machine one is seen before its connection, and told again.
    let waits = waits(&recording).into_iter().filter(|wait| !matches!(wait, (_, "recv", [])));
    let of_threads: BTreeSet<_> = waits.collect();
    let expected: [(usize, &str, &[usize]); 4] =
        [(1, "accept", &[]), (2, "recv", &[1]), (3, "recv", &[2]), (4, "recv", &[3])];
    assert_eq!(of_threads, BTreeSet::from(expected), "{}", server[0]);
    Ok(recording)
}

#[test]
fn threads_are_seen_to_wait_for_their_clients_in_python_too() -> Result {
    if !can_record() {
        return Ok(());
    }
    if Command::new("python3").arg("--version").output().is_err() {
        eprintln!("SKIPPED: this machine has no python3");
        return Ok(());
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/threads.py");
    three_clients(&["python3", &script.to_string_lossy()]).map(drop)
}

#[test]
fn three_clients_and_their_threads_stand_apart_in_one_picture() -> Result {
    if !can_record() {
        return Ok(());
    }
    let recording = three_clients(&[ODD, "threads"])?;
    let picture = picture::svg(&recording, Lang::En, Layout::Wide);
    let document = Document::parse(&picture)?;
    let with = |class: &str, tag: &str| {
        let is = |node: &roxmltree::Node<'_, '_>| {
            node.has_tag_name(tag) && node.attribute("class").is_some_and(|c| c.starts_with(class))
        };
        document.descendants().filter(is).count()
    };
    for client in 0..3 {
        let sent = packets(&recording).into_iter();
        let sent = sent.filter(|packet| packet.conn == client + 1).count();
        assert_eq!(with(&format!("arrow c{client}"), "line"), sent);
    }
    assert!(with("waits", "rect") >= 4, "one bar for accept, and one for each recv");
    for text in [">alice<", "blocked in recv ← bob<", ">carol ESTABLISHED<"] {
        assert!(picture.contains(text), "{text}");
    }
    let numbered = document.descendants().filter(|node| node.attribute("data-n").is_some());
    let has_sentence = |node: roxmltree::Node<'_, '_>| {
        node.first_element_child().is_some_and(|child| child.has_tag_name("desc"))
    };
    assert!(numbered.clone().count() > 40 && numbered.clone().all(has_sentence));
    Ok(())
}

#[test]
fn a_second_start_in_the_same_network_meets_what_the_first_has_left() -> Result {
    let scene = Path::new(TEMPORARY).join("twice.scene");
    let steps = "connect\nsend \"x\"\nrecv end\nclose\nended\nserver start\nended\n";
    fs::write(&scene, format!("program lesson-03 {{address}} --server-first\n{steps}"))?;
    let scene = scene.to_string_lossy();
    let Some(recorded) = record("twice", &["--scene", &scene])? else { return Ok(()) };
    let recording = recorded.recording()?;
    let endings = all(&recording, |what| match what {
        What::Ended { by, how } => Some((by.run, how.as_str())),
        _ => None,
    });
    assert_eq!(endings, [(1, "exit status 0"), (2, "exit status 1")]);
    let said = printed(&recording, Stream::Stderr);
    assert!(said.contains("Address already in use"), "{said}");
    Ok(())
}

#[test]
fn bytes_that_no_program_receives_wait_in_the_kernel() -> Result {
    if !can_record() {
        return Ok(());
    }
    let mut live = Live::start(&["--", ODD, "serves", "{address}"])?;
    live.take("alice connect\nbob connect")?;
    live.until("\"kind\":\"backlog\",\"waiting\":1")?;
    live.take("bob send \"wait\"")?;
    live.until("\"kind\":\"queue\"")?;
    live.take("alice close\nended")?;
    let recording = live.end()?;
    assert!(has(&recording, |what| matches!(what, What::Backlog { waiting: 1, .. })));
    assert!(has(&recording, |what| matches!(
        what,
        What::Queue { conn: 2, end: Side::Server, recv: 4, send: 0 }
    )));
    let picture = picture::svg(&recording, Lang::En, Layout::Wide);
    assert!(picture.contains(">kernel holds 4 bytes from bob<"));
    assert!(picture.contains("class=\"holds\""));
    Ok(())
}

#[test]
fn a_stream_plays_the_steps_that_come_and_ends_with_its_input() -> Result {
    if !can_record() {
        return Ok(());
    }
    let client = format!("{ODD} connects {{address}}");
    let mut live = Live::start(&["--client", &client, "--", ODD, "serves-v6", "[::]:7788"])?;
    live.until("\"format\":2")?;
    live.take("alice connect")?;
    live.until("\"who\":\"alice\"")?;
    live.take("wave\nalice close")?;
    live.until("exit status 0")?;
    // In the same network again, but not while the kernel keeps anything of the server.
    live.take("server start")?;
    live.until("\"run\":2")?;
    live.take("bob start")?;
    let connection = live.until("\"kind\":\"connection\",\"conn\":2")?;
    assert!(connection.contains("\"who\":\"bob\""), "{connection}");
    live.until("\"run\":2,\"how\":\"exit status 0\"")?;
    live.end().map(drop)
}

#[test]
fn wireshark_reads_the_same_packets() -> Result {
    if Command::new("tshark").arg("--version").output().is_err() {
        eprintln!("SKIPPED: this machine has no tshark");
        return Ok(());
    }
    for scene in ["lesson-01-too-long", "lesson-04", "lesson-03-simultaneous-close"] {
        let Some(recorded) = record(&format!("tshark-{scene}"), &[scene])? else { return Ok(()) };
        let recording = recorded.recording()?;
        let ours: Vec<String> = packets(&recording).into_iter().map(in_one_line).collect();
        let fields = ["tcp.flags", "tcp.seq_raw", "tcp.ack_raw", "tcp.len"];
        let mut tshark = Command::new("tshark");
        tshark.arg("-r").arg(recorded.folder.join(format!("{scene}.pcap"))).args(["-T", "fields"]);
        tshark.args(fields.iter().flat_map(|field| ["-e", field]));
        let read = String::from_utf8(tshark.output()?.stdout)?;
        assert_eq!(read.lines().map(str::to_owned).collect::<Vec<_>>(), ours, "{scene}");
    }
    Ok(())
}

/// A packet as tshark prints it: the flags as bits, and three numbers.
fn in_one_line(packet: &Packet) -> String {
    let bits = [Flag::Fin, Flag::Syn, Flag::Rst, Flag::Psh, Flag::Ack, Flag::Urg];
    let bits = (0..).zip(bits).filter(|(_, flag)| packet.has(*flag));
    let flags: u16 = bits.map(|(bit, _)| 1 << bit).sum();
    format!("0x{flags:04x}\t{}\t{}\t{}", packet.seq, packet.ack, packet.length)
}

#[test]
fn a_scene_that_does_not_get_to_its_end_says_where_and_leaves_its_picture() -> Result {
    let cases = [
        (
            "mute",
            "connect\nsend \"hello\"\nrecv 1\nclose\n",
            "serves",
            "recv 1: the program sent nothing in time",
        ),
        ("pause", "connect\npause 5000\nclose\n", "serves", "pause 5000: the time is up"),
        ("deaf", "connect\n", "never-listens", "connect: no program listens on the port"),
        (
            "other",
            "connect\nsend \"a\"\nrecv \"b\"\n",
            "threads",
            "recv \"b\": the program sent something else",
        ),
    ];
    for (name, scene, server, why) in cases {
        let Some(recorded) = play(name, scene, server, &["--seconds", "3"])? else { return Ok(()) };
        let said = format!("the scene was not played to its end: {why}\n");
        assert_eq!((recorded.output.status.code(), &recorded.said), (Some(1), &said));
        let picture = recorded.read("svg")?;
        assert!(picture.contains(">gave up waiting: "));
        if name == "deaf" {
            assert!(picture.contains(">I do not feel like listening<"));
            assert!(picture.contains(">has ended: exit status 3<"), "{picture}");
        }
    }
    Ok(())
}

#[test]
fn hostile_bytes_are_escaped_text_in_a_bounded_picture() -> Result {
    let scene = "connect\nrecv end\nclose\n";
    let Some(recorded) = play("hostile", scene, "hostile", &[])? else { return Ok(()) };
    assert_eq!(recorded.output.status.code(), Some(0));
    for lang in ["en", "zh-CN"] {
        let picture = drawn(&recorded.folder.join("hostile.json"), lang)?;
        assert!(picture.len() < BOUND, "{} bytes", picture.len());
        Document::parse(&picture)?;
        assert!(!picture.contains("<script") && !picture.contains("<b>"));
        assert!(!picture.chars().any(|c| c != '\n' && c.is_control() || c == '\u{202e}'));
        assert!(picture.contains("&lt;/text&gt;&lt;script&gt;"));
    }
    assert!(recorded.read("json")?.len() < BOUND);
    Ok(())
}

#[test]
fn the_same_recording_gives_the_same_picture_and_the_same_lines() -> Result {
    let Some(recorded) = record("same", &["01"])? else { return Ok(()) };
    let json = recorded.folder.join("lesson-01.json");
    assert_eq!(drawn(&json, "en")?, recorded.read("svg")?);
    assert!(drawn(&json, "zh-CN")?.contains("第 1 课："));
    let mut narrow = recorder();
    narrow.args(["draw", "--layout", "narrow"]).arg(&json);
    narrow.assert().success().stdout(contains("viewBox=\"0 0 390 "));
    let page = recorded.folder.join("film.html");
    recorder().arg("draw").arg(&json).arg("--html").arg(&page).assert().success();
    assert!(fs::read_to_string(page)?.contains("A packet from client to server: SYN."));
    assert_eq!(recorded.recording()?.lines()?, recorded.read("json")?);
    for (file, why) in [("/nowhere.json", "No such file"), ("/dev/null", "this is not a recording")]
    {
        let one_line = is_match("^error: [^\n]*\n$")?;
        draw(Path::new(file), "en").code(2).stdout("").stderr(contains(why).and(one_line));
    }
    Ok(())
}

#[test]
fn any_command_is_recorded_and_an_exercise_under_its_own_name() -> Result {
    let Some(recorded) = record("command", &["--", ODD, "serves", "{address}"])? else {
        return Ok(());
    };
    assert_eq!((recorded.name.as_str(), recorded.output.status.code()), ("call", Some(0)));
    assert_eq!(run("exercise", &["solution-02"])?.name, "solution-02");
    let split = run("exercise-split", &["solution-02", "lesson-02-split-character"])?;
    assert_eq!((split.name.as_str(), split.output.status.code()), ("solution-02", Some(0)));
    // The client of the scene is drawn, whoever else connects.
    let recorded = run("connects", &["--", ODD, "calls-itself", "{address}"])?;
    let recording = recorded.recording()?;
    let ours = all(&recording, |what| match what {
        What::Connection { conn, who: Some(_), .. } => Some(*conn),
        _ => None,
    });
    let ours = ours[0];
    assert_eq!(data(&recording, ours), ["68656c6c6f", "c4e3bac3"], "hello, and 你好");
    assert_eq!(data(&recording, 3 - ours), ["6d7973656c66"], "myself");
    Ok(())
}

#[test]
fn a_failed_recording_gives_one_clear_line_and_no_file() -> Result {
    let scene = Path::new(TEMPORARY).join("wrong-line.scene");
    fs::write(&scene, "connect\nwave\n")?;
    let wrong: [(&[&str], &str); 7] = [
        (&["--", "/no/such/program"], "cannot be started"),
        (&[], "what is to be recorded"),
        (&["99"], "unknown scene \"99\""),
        (&["03", "lesson-01"], "only an exercise takes the name of a scene"),
        (&["../secret"], "unknown scene"),
        (&["--scene", "/nowhere.scene"], "/nowhere.scene: "),
        (
            &["--scene", &scene.to_string_lossy(), "--", "true"],
            "wrong-line.scene:2: unknown step \"wave\"",
        ),
    ];
    for (words, why) in wrong {
        let Some(recorded) = record("wrong", words)? else { return Ok(()) };
        assert!(recorded.said.contains(why), "{}", recorded.said);
        let (status, lines) = (recorded.output.status.code(), recorded.said.lines().count());
        assert_eq!((status, lines), (Some(2), 1), "{}", recorded.said);
        assert_eq!(fs::read_dir(&recorded.folder).map_or(0, Iterator::count), 0);
    }
    // In a user namespace whose own limit is 0, it says what would allow it.
    let script = "echo 0 > /proc/sys/user/max_user_namespaces && exec \"$@\"";
    let mut forbidden = Command::new("unshare");
    forbidden.args(["--user", "--map-root-user", "sh", "-c", script, "sh"]);
    forbidden.args([env!("CARGO_BIN_EXE_recorder"), "record", "--", "true"]);
    let said = contains("sudo sysctl user.max_user_namespaces=1000 allows it");
    forbidden.assert().code(2).stdout("").stderr(said.and(is_match("^[^\n]*\n$")?));
    Ok(())
}

/// The titles and questions in the recordings of the book are those of the scenes. `SNAPSHOTS=overwrite`
/// writes them again where only a scene's words have changed.
#[cfg(target_os = "linux")]
#[test]
fn the_recordings_of_the_book_ask_what_their_scenes_ask() -> Result {
    let rewrite = std::env::var_os("SNAPSHOTS").is_some_and(|asked| asked == "overwrite");
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    for entry in fs::read_dir(here.join("../../docs/pictures/en"))? {
        let file = entry?.path();
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        if file.extension().is_none_or(|end| end != "json") {
            continue;
        }
        let scene = name.split("--").next().unwrap_or_default();
        let scene = recorder::scene::Scene::load(&here.join(format!("scenes/{scene}.scene")));
        let scene = scene.map_err(|words| words.say(Lang::En).to_owned())?;
        let kept = fs::read_to_string(&file)?.replace("\r\n", "\n");
        let mut recording = recording(&kept)?;
        recording.events.retain(|event| !matches!(event.what, What::Ask(_)));
        ask::put(&scene.asks, &mut recording.events);
        recording.head.title = scene.title;
        let made = recording.lines()?;
        if rewrite {
            fs::write(&file, &made)?;
        } else {
            assert!(kept == made, "{name}: its scene asks something else");
        }
        for asked in &scene.asks {
            let (page, id) = asked.ask.why.link.split_once('#').ok_or("a link has a fragment")?;
            for lang in ["en", "zh-CN"] {
                let page = here.join(format!("../../docs/{lang}/src/{page}"));
                let text = fs::read_to_string(&page)?;
                let anchor = format!("<a id=\"{id}\"></a>");
                assert!(text.contains(&anchor), "{name}: no {anchor} in {}", page.display());
            }
        }
    }
    Ok(())
}
