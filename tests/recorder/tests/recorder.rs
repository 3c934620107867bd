//! What `cargo coach record` and `draw` do: what the packets prove stands in the picture, and what
//! Wireshark reads is what was written down.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use assert_cmd::assert::{Assert, OutputAssertExt};
use predicates::prelude::PredicateBooleanExt;
use predicates::str::{contains, is_match};
use recorder::recording::{Flag, Packet, Recording, Seen, Side, Stream, What};
use roxmltree::{Document, Node};
use shared::socket_table::State;

type Result = std::result::Result<(), Box<dyn std::error::Error>>;

const ODD: &str = env!("CARGO_BIN_EXE_odd-server");

/// Larger than any picture.
const BOUND: usize = 400_000;

/// What one scene left behind.
struct Recorded {
    folder: PathBuf,
    name: String,
    output: Output,
}

/// Records in a folder of its own.
fn record(folder: &str, words: &[&str]) -> io::Result<Recorded> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("recorder").join(folder);
    let _ = fs::remove_dir_all(&folder);
    let out = ["--lang", "en", "record", "--out"].map(str::to_owned);
    let mut recorder = Command::new(env!("CARGO_BIN_EXE_recorder"));
    let output = recorder.args(out).arg(&folder).args(words).output()?;
    let printed = String::from_utf8_lossy(&output.stdout);
    let picture = PathBuf::from(printed.trim_end());
    let name = picture.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Ok(Recorded { folder, name, output })
}

/// Records with a scene of the test's own.
fn play(folder: &str, scene: &str, words: &[&str]) -> io::Result<Recorded> {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{folder}.scene"));
    fs::write(&file, scene)?;
    let file = file.to_string_lossy();
    record(folder, &[&["--scene", &file], words].concat())
}

impl Recorded {
    fn read(&self, end: &str) -> io::Result<Vec<u8>> {
        let file = self.folder.join(format!("{}.{end}", self.name));
        fs::read(&file).map_err(|error| {
            let said = String::from_utf8_lossy(&self.output.stderr);
            io::Error::new(error.kind(), format!("{}: {error}\n{said}", file.display()))
        })
    }

    fn recording(&self) -> std::result::Result<Recording, Box<dyn std::error::Error>> {
        let text = String::from_utf8(self.read("json")?)?;
        Recording::from_json(&text).map_err(|words| words.say(stage::Lang::En).into())
    }

    fn picture(&self) -> std::result::Result<String, Box<dyn std::error::Error>> {
        Ok(String::from_utf8(self.read("svg")?)?)
    }
}

fn packets(recording: &Recording) -> impl Iterator<Item = (Side, &Packet)> {
    recording.events.iter().filter_map(|event| match &event.what {
        What::Packet(packet) => Some((event.side, packet)),
        _ => None,
    })
}

fn states(recording: &Recording, side: Side) -> Vec<State> {
    let of_side = recording.events.iter().filter(|event| event.side == side);
    let state = |what: &What| match what {
        What::State { state, .. } => Some(*state),
        _ => None,
    };
    of_side.filter_map(|event| state(&event.what)).collect()
}

/// The sides that are left in TIME_WAIT, by the recording.
fn time_waits(recording: &Recording) -> Vec<Side> {
    let left = |side: &Side| states(recording, *side).last() == Some(&State::TimeWait);
    [Side::Client, Side::Server].into_iter().filter(left).collect()
}

/// The sides on whose lifelines the picture shows TIME_WAIT.
fn drawn_time_waits(svg: &str) -> std::result::Result<Vec<Side>, roxmltree::Error> {
    let document = Document::parse(svg)?;
    let keeps = |node: &Node<'_, '_>| {
        node.has_tag_name("rect")
            && node.attribute("class").is_some_and(|class| class.starts_with("keeps"))
    };
    let bars = document.descendants().filter(keeps);
    let x = bars.filter_map(|bar| bar.attribute("x")?.parse::<i32>().ok());
    let mut sides: Vec<Side> =
        x.map(|x| if x < 400 { Side::Client } else { Side::Server }).collect();
    sides.sort_by_key(|side| *side == Side::Server);
    Ok(sides)
}

/// Whether this machine lets a user have a network of his own. Where not, the tests of recordings
/// say that they are skipped.
fn can_record() -> bool {
    static CAN: OnceLock<bool> = OnceLock::new();
    let can = *CAN.get_or_init(|| {
        record("possible", &["--", "true"])
            .is_ok_and(|recorded| recorded.output.status.code() != Some(2))
    });
    if !can {
        eprintln!("SKIPPED: this machine allows no network of one's own");
    }
    can
}

fn time_wait_is_left_on(scene: &str, sides: &[Side]) -> Result {
    if !can_record() {
        return Ok(());
    }
    let recorded = record(scene, &[scene])?;
    assert_eq!(time_waits(&recorded.recording()?), sides);
    assert_eq!(drawn_time_waits(&recorded.picture()?)?, sides);
    Ok(())
}

#[test]
fn of_a_client_that_closes_first_time_wait_stands_on_the_clients_line() -> Result {
    time_wait_is_left_on("lesson-03", &[Side::Client])
}

#[test]
fn of_a_server_that_closes_first_time_wait_stands_on_the_servers_line() -> Result {
    time_wait_is_left_on("lesson-03-server-first", &[Side::Server])
}

#[test]
fn of_a_simultaneous_close_time_wait_stands_on_both_lines() -> Result {
    time_wait_is_left_on("lesson-03-simultaneous-close", &[Side::Client, Side::Server])
}

#[test]
fn of_a_reset_time_wait_stands_on_neither_line() -> Result {
    time_wait_is_left_on("lesson-03-reset", &[])
}

#[test]
fn the_demonstration_of_lesson_04_is_drawn_by_its_first_connection() -> Result {
    if !can_record() {
        return Ok(());
    }
    time_wait_is_left_on("lesson-04", &[Side::Server])?;
    let recorded = record("lesson-04-again", &["04"])?;
    let recording = recorded.recording()?;
    let last = packets(&recording).map(|(_, packet)| packet.connection).max();
    assert_eq!(last, Some(2), "the other connection is kept in the recording");
    let arrows = recorded.picture()?.matches("<path ").count();
    let first = packets(&recording).filter(|(_, packet)| packet.connection == 1).count();
    assert_eq!(arrows, first);
    Ok(())
}

#[test]
fn the_whole_call_stands_in_the_recording() -> Result {
    if !can_record() {
        return Ok(());
    }
    let recording = record("whole-call", &["03"])?.recording()?;
    let client = ["SYN_SENT", "ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT"];
    let server = ["LISTEN", "SYN_RECV", "ESTABLISHED", "CLOSE_WAIT", "LAST_ACK", "CLOSED"];
    let names = |side| states(&recording, side).into_iter().map(State::name).collect::<Vec<_>>();
    assert_eq!(names(Side::Client), client);
    assert_eq!(names(Side::Server), server);

    let polled = |wanted| {
        let polled = |what: &What| match what {
            What::State { state, seen } => *state == wanted && *seen == Seen::Polled,
            _ => false,
        };
        recording.events.iter().any(|event| polled(&event.what))
    };
    // The one lasts for the scene's pause, the other to the last look of the recorder.
    assert!(polled(State::Established) && polled(State::TimeWait));

    let calls: Vec<&str> = recording
        .events
        .iter()
        .filter_map(|event| match &event.what {
            What::Call { step: Some(step), .. } => Some(step.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!((calls.first(), calls.last()), (Some(&"accept"), Some(&"recv")));
    let ended = recording.events.iter().find_map(|event| match &event.what {
        What::Call { ended, .. } => ended.as_deref(),
        _ => None,
    });
    assert_eq!(ended, Some("exit status 0"));

    let printed = |wanted: Stream| -> String {
        let text = |what: &What| match what {
            What::Output { stream, text, .. } if *stream == wanted => Some(text.clone()),
            _ => None,
        };
        recording.events.iter().filter_map(|event| text(&event.what)).collect()
    };
    assert_eq!(printed(Stream::Stdout), "127.0.0.1:50412>>>你好\n");
    assert!(printed(Stream::Stderr).starts_with("listening on 127.0.0.1:7788\n"));
    assert!(recording.events.is_sorted_by_key(|event| event.at_us));
    Ok(())
}

#[test]
fn a_character_in_two_parts_shows_both_in_two_packets() -> Result {
    if !can_record() {
        return Ok(());
    }
    let recorded = record("split", &["lesson-02-split-character"])?;
    let recording = recorded.recording()?;
    let data: Vec<&str> = packets(&recording)
        .map(|(_, packet)| packet.data.as_str())
        .filter(|d| !d.is_empty())
        .collect();
    assert_eq!(data, ["c4", "e3"]);
    let picture = recorded.picture()?;
    assert!(picture.contains(">half a character<") && picture.contains(">&quot;你&quot;<"));
    Ok(())
}

#[test]
fn wireshark_reads_the_same_packets() -> Result {
    if !can_record() {
        return Ok(());
    }
    let Ok(version) = Command::new("tshark").arg("--version").output() else {
        eprintln!("SKIPPED: there is no tshark here");
        return Ok(());
    };
    assert!(version.status.success());
    for scene in ["lesson-01-too-long", "lesson-04", "lesson-03-simultaneous-close"] {
        let recorded = record(&format!("tshark-{scene}"), &[scene])?;
        let recording = recorded.recording()?;
        let ours: Vec<String> =
            packets(&recording).map(|(_, packet)| in_one_line(packet)).collect();
        let file = recorded.folder.join(format!("{scene}.pcap"));
        let fields = ["tcp.flags", "tcp.seq_raw", "tcp.ack_raw", "tcp.len"];
        let mut tshark = Command::new("tshark");
        tshark.arg("-r").arg(file).args(["-T", "fields"]);
        tshark.args(fields.iter().flat_map(|field| ["-e", field]));
        let read = String::from_utf8(tshark.output()?.stdout)?;
        assert_eq!(read.lines().map(str::to_owned).collect::<Vec<_>>(), ours, "{scene}");
    }
    Ok(())
}

/// A packet as tshark prints it: the flags as bits, and three numbers.
fn in_one_line(packet: &Packet) -> String {
    let bit = |flag: &Flag| match flag {
        Flag::Fin => 0x01,
        Flag::Syn => 0x02,
        Flag::Rst => 0x04,
        Flag::Psh => 0x08,
        Flag::Ack => 0x10,
        Flag::Urg => 0x20,
    };
    let flags: u16 = packet.flags.iter().map(bit).sum();
    format!("0x{flags:04x}\t{}\t{}\t{}", packet.seq, packet.ack, packet.length)
}

#[test]
fn a_server_that_never_answers_ends_at_the_deadline_with_its_picture() -> Result {
    if !can_record() {
        return Ok(());
    }
    let scene = "connect\nsend \"hello\"\nrecv 1\nclose\n";
    let server = ["--seconds", "1", "--", ODD, "serves", "{address}"];
    let recorded = play("serves", scene, &server)?;
    assert_eq!(recorded.output.status.code(), Some(1));
    let said = String::from_utf8(recorded.output.stderr.clone())?;
    assert_eq!(
        said,
        "the scene was not played to its end: recv 1: the program sent nothing within the time limit\n"
    );
    let recording = recorded.recording()?;
    assert!(packets(&recording).any(|(_, packet)| packet.data == "68656c6c6f"));
    assert!(recorded.picture()?.contains(">gave up waiting: recv 1<"));
    Ok(())
}

#[test]
fn hostile_bytes_are_escaped_text_in_a_bounded_picture() -> Result {
    if !can_record() {
        return Ok(());
    }
    let scene = "connect\nrecv end\nclose\n";
    let recorded = play("hostile", scene, &["--", ODD, "hostile", "{address}"])?;
    assert_eq!(recorded.output.status.code(), Some(0));
    for lang in ["en", "zh-CN"] {
        let picture = draw(&recorded.folder.join("hostile.json"), lang).success();
        let picture = String::from_utf8(picture.get_output().stdout.clone())?;
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
fn a_recording_from_a_stranger_gives_a_bounded_picture_or_one_clear_line() -> Result {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("strangers");
    fs::create_dir_all(&folder)?;
    let head = r#"{"format":1,"scene":"</svg>","title":{"en":"<script>","zh-CN":"x"},
        "program":"\u001b[2J","encoding":"gbk","client":null,"server":null,"events":["#;
    let event = |text: &str| {
        format!(
            r#"{{"at_us":{},"side":"server","kind":"output","stream":"stdout","text":{text:?}}}"#,
            i64::MAX
        )
    };
    let many = vec![event(&"y".repeat(2000)); 3000].join(",");
    let file = folder.join("many.json");
    fs::write(
        &file,
        format!(
            "{head}{{\"at_us\":{},\"side\":\"client\",\"kind\":\"step\",\"step\":\"<\"}},{many}]}}",
            i64::MIN
        ),
    )?;
    let picture = draw(&file, "en").success();
    let picture = String::from_utf8(picture.get_output().stdout.clone())?;
    assert!(picture.len() < BOUND, "{} bytes", picture.len());
    Document::parse(&picture)?;
    assert!(picture.contains("more events stand in the recording"));

    let wrong = [
        ("{}", "missing field"),
        ("[1", "this is no recording"),
        (
            &format!(
                "{head}{}]}}",
                r#"{"at_us":1,"side":"client","kind":"packet","connection":1,"flags":[],"seq":1,"ack":1,"length":1,"data":"+f"}"#
            ),
            "not hex",
        ),
        (&format!("{head}]}}").replace("gbk", r"\u001b[2J\n"), r"unknown variant `\u{1b}[2J\n`"),
        (&format!("{head}]}}").replace("\"format\":1", "\"format\":2"), "has format 2"),
        (&format!("{head}]}}").replace("gbk", "klingon"), "unknown variant"),
    ];
    for (text, why) in &wrong {
        fs::write(&file, text)?;
        draw(&file, "en").code(2).stdout("").stderr(contains(*why).and(is_match("^[^\n]*\n$")?));
    }
    draw(&folder.join("none.json"), "en").code(2).stderr(is_match("^[^\n]*\n$")?);
    Ok(())
}

#[test]
fn the_same_recording_gives_the_same_picture() -> Result {
    if !can_record() {
        return Ok(());
    }
    let recorded = record("same", &["01"])?;
    let json = recorded.folder.join("lesson-01.json");
    let drawn = draw(&json, "en").success();
    assert_eq!(drawn.get_output().stdout, recorded.read("svg")?);
    let (one, other) = (draw(&json, "zh-CN").success(), draw(&json, "zh-CN").success());
    assert_eq!(one.get_output().stdout, other.get_output().stdout);
    assert!(String::from_utf8(one.get_output().stdout.clone())?.contains("只接收一次"));
    // Read and written again, it is the same.
    let text = String::from_utf8(recorded.read("json")?)?;
    assert_eq!(recorded.recording()?.to_json()?, text);
    Ok(())
}

#[test]
fn any_command_is_recorded() -> Result {
    if !can_record() {
        return Ok(());
    }
    let recorded = record("command", &["--", ODD, "serves", "{address}"])?;
    assert_eq!((recorded.name.as_str(), recorded.output.status.code()), ("call", Some(0)));
    assert_eq!(time_waits(&recorded.recording()?), [Side::Client]);
    Ok(())
}

#[test]
fn the_call_of_the_scene_is_drawn_whoever_else_calls() -> Result {
    if !can_record() {
        return Ok(());
    }
    let recorded = record("calls-itself", &["--", ODD, "calls-itself", "{address}"])?;
    let recording = recorded.recording()?;
    let drawn = packets(&recording).filter(|(_, packet)| packet.connection == 1);
    let data: Vec<&str> =
        drawn.map(|(_, packet)| packet.data.as_str()).filter(|data| !data.is_empty()).collect();
    assert_eq!(data, ["68656c6c6f", "c4e3bac3"], "hello, and 你好");
    assert!(packets(&recording).any(|(_, packet)| packet.data == "6d7973656c66"), "myself");
    Ok(())
}

#[test]
fn a_pause_beyond_the_deadline_is_no_success() -> Result {
    if !can_record() {
        return Ok(());
    }
    let scene = "connect\npause 5000\nclose\n";
    let recorded =
        play("long-pause", scene, &["--seconds", "1", "--", ODD, "serves", "{address}"])?;
    assert_eq!(recorded.output.status.code(), Some(1));
    let json = String::from_utf8(recorded.read("json")?)?;
    assert!(json.contains("\"step\":\"stop pause 5000\""), "{json}");
    Ok(())
}

/// A recording without a network: `events`, and whatever they say.
fn made_up(name: &str, members: &str, events: &str) -> io::Result<PathBuf> {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.json"));
    let head = r#"{"format":1,"scene":"x","title":{"en":"x","zh-CN":"x"},"program":"x","encoding":"gbk","client":null,"server":null"#;
    fs::write(&file, format!("{head}{members},\"events\":[{events}]}}"))?;
    Ok(file)
}

#[test]
fn what_is_left_and_what_is_missing_is_said_of_the_whole_recording() -> Result {
    let step = r#"{"at_us":1,"side":"client","kind":"step","step":"send \"x\""}"#;
    let state = r#"{"at_us":2,"side":"client","kind":"state","state":"TIME_WAIT","seen":"polled"}"#;
    let events = format!("{}{state}", format!("{step},").repeat(300));
    let file = made_up("long-call", ",\"packets_left_out\":7", &events)?;
    let picture = contains("51 more events stand in the recording")
        .and(contains("TIME_WAIT is left on the client&apos;s side"))
        .and(contains("at least 7 packets are missing"));
    draw(&file, "en").success().stdout(picture);
    Ok(())
}

#[test]
fn text_is_shown_only_where_all_before_it_is_known() -> Result {
    let packet = |at_us: u32, seq: u32, length: usize, data: &str| {
        format!(
            r#"{{"at_us":{at_us},"side":"client","kind":"packet","connection":1,"flags":["ACK"],"seq":{seq},"ack":1,"length":{length},"data":"{data}"}}"#
        )
    };
    // 你 in two halves, the second of which is sent twice; then a long one that is cut; then 你.
    let packets = [
        packet(1, 1, 1, "c4"),
        packet(2, 2, 1, "e3"),
        packet(3, 2, 1, "e3"),
        packet(4, 3, 100, "78787878"),
        packet(5, 103, 2, "c4e3"),
    ];
    let file = made_up("unknown", "", &packets.join(","))?;
    let picture = draw(&file, "en").success().get_output().stdout.clone();
    let picture = String::from_utf8(picture)?;
    let texts: Vec<&str> = picture
        .lines()
        .filter_map(|line| line.split_once("class=\"mono\">")?.1.strip_suffix("</text>"))
        .collect();
    assert_eq!(texts, ["half a character", "&quot;你&quot;", "&quot;xxxx…&quot;"]);
    Ok(())
}

#[test]
fn an_exercise_is_recorded_under_its_own_name() -> Result {
    if !can_record() {
        return Ok(());
    }
    assert_eq!(record("exercise", &["solution-02"])?.name, "solution-02");
    Ok(())
}

#[test]
fn a_server_that_does_not_listen_is_drawn_all_the_same() -> Result {
    if !can_record() {
        return Ok(());
    }
    let recorded = record("deaf", &["--", ODD, "never-listens", "{address}"])?;
    assert_eq!(recorded.output.status.code(), Some(1));
    let picture = recorded.picture()?;
    assert!(picture.contains(">I do not feel like listening<"));
    assert!(picture.contains(">has ended: exit status 3<"), "{picture}");
    Ok(())
}

#[test]
fn what_cannot_be_recorded_gets_one_clear_line_and_leaves_nothing() -> Result {
    let wrong: [(&[&str], &str); 5] = [
        (&[], "what is to be recorded"),
        (&["05"], "there is no scene \"05\""),
        (&["../secret"], "there is no scene"),
        (&["--scene", "/nowhere.scene"], "/nowhere.scene: "),
        (&["--", "/no/such/program"], "cannot be started"),
    ];
    for (words, why) in wrong {
        let recorded = record("wrong", words)?;
        let said = String::from_utf8(recorded.output.stderr.clone())?;
        if cfg!(target_os = "linux") && (words != wrong[4].0 || can_record()) {
            assert!(said.contains(why), "{said}");
        }
        assert_eq!((recorded.output.status.code(), said.lines().count()), (Some(2), 1), "{said}");
        assert!(fs::read_dir(&recorded.folder).map_or(0, Iterator::count) == 0);
    }
    let recorded = play("wrong-line", "connect\nwave\n", &["--", "true"])?;
    let said = String::from_utf8(recorded.output.stderr.clone())?;
    assert!(
        !cfg!(target_os = "linux") || said.contains("wrong-line.scene:2: unknown step \"wave\""),
        "{said}"
    );
    assert_eq!(recorded.output.status.code(), Some(2));
    Ok(())
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "elsewhere it is never allowed")]
fn where_it_is_not_allowed_it_says_what_would_allow_it() -> Result {
    if !can_record() {
        return Ok(());
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("recorder/forbidden");
    // In a user namespace whose own limit is 0.
    let script = "echo 0 > /proc/sys/user/max_user_namespaces && exec \"$@\"";
    let mut recorder = Command::new("unshare");
    recorder.args(["--user", "--map-root-user", "sh", "-c", script, "sh"]);
    recorder.args([env!("CARGO_BIN_EXE_recorder"), "--lang", "en", "record", "--out"]);
    recorder.arg(&folder).args(["--", "true"]);
    let said = contains("sudo sysctl user.max_user_namespaces=1000 allows it");
    recorder.assert().code(2).stdout("").stderr(said.and(is_match("^[^\n]*\n$")?));
    assert_eq!(fs::read_dir(&folder).map_or(0, Iterator::count), 0);
    Ok(())
}

fn draw(file: &Path, lang: &str) -> Assert {
    let mut recorder = Command::new(env!("CARGO_BIN_EXE_recorder"));
    recorder.args(["--lang", lang, "draw"]).arg(file).assert()
}

/// The book's pictures, in both languages, are what `draw` makes of its recordings.
///
/// New recordings are made by `cargo coach --lang en record --all --out docs/pictures/en`; the
/// Chinese pictures by `BOOK=rewrite cargo test -p recorder`.
#[test]
fn the_pictures_of_the_book_are_drawn_from_its_recordings() -> Result {
    let pictures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/pictures");
    let rewrite = std::env::var_os("BOOK").is_some_and(|asked| asked == "rewrite");
    let mut drawn = 0;
    for entry in fs::read_dir(pictures.join("en"))? {
        let json = entry?.path();
        if json.extension().is_none_or(|end| end != "json") {
            continue;
        }
        let name = json.with_extension("svg");
        let name = name.file_name().ok_or("a file has a name")?;
        for lang in ["en", "zh-CN"] {
            let picture = draw(&json, lang).success().get_output().stdout.clone();
            let file = pictures.join(lang).join(name);
            if rewrite {
                fs::write(&file, &picture)?;
            }
            // Git may have given the lines other ends.
            let kept = fs::read_to_string(&file)?.replace("\r\n", "\n");
            assert_eq!(kept, String::from_utf8(picture)?, "{}", file.display());
        }
        drawn += 1;
    }
    let kept = |lang| {
        fs::read_dir(pictures.join(lang)).map(|files| {
            files
                .flatten()
                .filter(|file| file.path().extension().is_some_and(|end| end == "svg"))
                .count()
        })
    };
    assert_eq!((kept("en")?, kept("zh-CN")?), (drawn, drawn), "no picture without its recording");
    Ok(())
}

/// On a busy machine the recorder may see late what the server does. The lessons have one thread and
/// print before they answer or close, so it shows: such a recording is not fit for the book.
#[test]
fn the_recordings_of_the_book_saw_everything_in_time() -> Result {
    let pictures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/pictures/en");
    for entry in fs::read_dir(pictures)? {
        let file = entry?.path();
        if file.extension().is_none_or(|end| end != "json") {
            continue;
        }
        let recording = Recording::from_json(&fs::read_to_string(&file)?)
            .map_err(|words| words.say(stage::Lang::En).to_owned())?;
        let (mut accepts, mut has_closed) = (false, false);
        for event in &recording.events {
            match &event.what {
                What::Call { step, .. } => accepts = step.as_deref() == Some("accept"),
                What::Packet(packet) if packet.connection == 1 && event.side == Side::Server => {
                    let ends =
                        packet.flags.contains(&Flag::Fin) || packet.flags.contains(&Flag::Rst);
                    has_closed |= ends;
                    let speaks = ends || packet.length > 0;
                    assert!(!(accepts && speaks), "{}: it is long past accept", file.display());
                }
                What::Output { text, .. } if text.contains(">>>") => {
                    assert!(!has_closed, "{}: it prints before it closes", file.display());
                }
                _ => {}
            }
        }
    }
    Ok(())
}
