//! What is drawn of a recording, whoever has made it, and the pictures of the book.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use acts::Lang;
use picture::event::{Flag, Recording, Side, What};
use picture::{Layout, ask};
use roxmltree::{Document, Node};
use unicode_width::UnicodeWidthStr;

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Larger than any picture.
const BOUND: usize = 400_000;

const HEAD: &str = r#"{"format":2,"scene":"</svg>","title":{"en":"<script>","zh-CN":"x"},"program":"\u001b[2J","encoding":"gbk"}"#;
const BEGINS: &str = r#"{"at_us":0,"kind":"connection","conn":1,"client":"127.0.0.1:1","server":"127.0.0.1:2","who":"client"}"#;

/// A recording of one connection, with these lines after its beginning.
fn made_up(lines: &[String]) -> String {
    let lines: String = lines.iter().map(|line| format!("{line}\n")).collect();
    format!("{HEAD}\n{BEGINS}\n{lines}")
}

fn read(text: &str) -> Result<Recording> {
    Recording::read(text).map_err(|words| words.say(Lang::En).into())
}

fn drawn(text: &str) -> Result<String> {
    Ok(picture::svg(&read(text)?, Lang::En, Layout::Wide))
}

#[test]
fn a_recording_from_a_stranger_gives_a_bounded_picture_or_one_clear_line() -> Result {
    let output = |at: i64| {
        let text = "y".repeat(2000);
        format!(
            r#"{{"at_us":{at},"kind":"output","who":"server","stream":"stdout","text":"{text}"}}"#
        )
    };
    let act = format!(r#"{{"at_us":{},"kind":"act","line":"<"}}"#, i64::MIN);
    let picture = drawn(&made_up(&[&[act][..], &vec![output(i64::MAX); 3000]].concat()))?;
    assert!(picture.len() < BOUND, "{} bytes", picture.len());
    Document::parse(&picture)?;
    assert!(picture.contains("more events are in the recording"));

    let whole = made_up(&[]);
    let packet = r#"{"at_us":1,"kind":"packet","conn":1,"from":"client","flags":[],"seq":1,"ack":1,"length":1,"data":"+f"}"#;
    let wrong = [
        ("{}".into(), "missing field"),
        ("[1".into(), "this is not a recording"),
        (whole.clone() + packet, "not hex"),
        (whole.replace("gbk", r"\u001b[2J\n"), r"unknown variant `\u{1b}[2J\n`"),
        (whole.replace("\"format\":2", "\"format\":1"), "has format 1"),
        (whole.replace("\"client\"}", "\"</svg>\"}"), "is not a name of a client"),
    ];
    for (text, why) in wrong {
        let said = drawn(&text).map_err(|error| error.to_string()).err().unwrap_or_default();
        assert!(said.contains(why) && !said.contains('\n'), "{said}");
    }
    Ok(())
}

#[test]
fn a_page_of_a_recording_from_a_stranger_runs_no_script_but_the_films() -> Result {
    let ask = r#"{"at_us":1,"kind":"ask","until_us":9,"question":{"en":"\u202e</metadata><script>","zh-CN":"x"},"options":[{"judge":"lines 0","text":{"en":"<b>\u001b","zh-CN":"x"},"holds":true}],"why":{"link":"javascript:x","text":{"en":"<b>","zh-CN":"x"}}}"#;
    let wait =
        r#"{"at_us":2,"kind":"wait","who":"server","thread":1,"call":"x","step":"\"><script>"}"#;
    let text = made_up(&[ask.into(), wait.into()]).replace("</svg>", "x\\\"><script>");
    let asks = vec![ask.to_string(); 3000];
    for text in [text, made_up(&asks)] {
        let page = picture::page(&[read(&text)?], Lang::En);
        assert_eq!(page.matches("<script").count(), 1, "the film's own");
        assert!(!page.contains("<b>") && page.contains("default-src 'none'"));
        assert!(!page.chars().any(|c| c != '\n' && c.is_control() || c == '\u{202e}'));
        assert!(page.len() < BOUND, "{} bytes", page.len());
    }
    Ok(())
}

#[test]
fn a_recording_says_what_is_missing_from_it() -> Result {
    let act = r#"{"at_us":1,"kind":"act","line":"send \"x\""}"#.to_string();
    let state =
        r#"{"at_us":2,"kind":"state","conn":1,"end":"client","state":"TIME_WAIT","seen":"kernel"}"#;
    let missing = r#"{"at_us":2,"kind":"missing","packets":7}"#;
    let picture = drawn(&made_up(&[vec![act; 300], vec![state.into(), missing.into()]].concat()))?;
    for note in [
        "more events are in the recording",
        "TIME_WAIT is left on the client&apos;s side",
        "at least 7 packets are missing",
    ] {
        assert!(picture.contains(note), "{note}");
    }
    Ok(())
}

#[test]
fn text_is_shown_only_where_all_before_it_is_known() -> Result {
    let packet = |seq: u32, length: usize, data: &str| {
        format!(
            r#"{{"at_us":{seq},"kind":"packet","conn":1,"from":"client","flags":["ACK"],"seq":{seq},"ack":1,"length":{length},"data":"{data}"}}"#
        )
    };
    // 你 in two halves, the second of which is sent twice; then a long one that is cut; then 你.
    let lines = [(1, 1, "c4"), (2, 1, "e3"), (2, 1, "e3"), (3, 100, "78787878"), (103, 2, "c4e3")];
    let lines = lines.map(|(seq, length, data)| packet(seq, length, data));
    let picture = drawn(&made_up(&lines))?;
    let strong = picture.lines().filter_map(|line| line.split_once("class=\"strong\">"));
    let texts = strong.filter_map(|(_, text)| text.strip_suffix("</text>"));
    let expected = [
        "1 byte: half a character",
        "1 byte &quot;你&quot;",
        "1 byte",
        "100 bytes &quot;xxxx…&quot;",
        "2 bytes",
    ];
    let texts: Vec<_> = texts.filter(|text| text.contains("byte")).collect();
    assert_eq!(texts, expected);
    Ok(())
}

fn folder_of_the_book() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/pictures")
}

/// The files of the book in `folder` whose names end like this.
fn of_the_book(folder: &str, end: &str) -> io::Result<Vec<PathBuf>> {
    let files = fs::read_dir(folder_of_the_book().join(folder))?;
    let files = files.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    Ok(files.into_iter().filter(|file| file.extension().is_some_and(|e| e == end)).collect())
}

/// The book's pictures, in both languages, are what is drawn of its recordings.
///
/// New recordings are made by `cargo coach --lang en record --all --out docs/pictures/en`; the
/// Chinese pictures by `SNAPSHOTS=overwrite cargo test -p picture`.
#[test]
fn the_pictures_of_the_book_are_drawn_from_its_recordings() -> Result {
    let rewrite = std::env::var_os("SNAPSHOTS").is_some_and(|asked| asked == "overwrite");
    let recordings = of_the_book("en", "json")?;
    for lang in [Lang::En, Lang::ZhCn] {
        for json in &recordings {
            let picture = picture::svg(&read(&fs::read_to_string(json)?)?, lang, Layout::Wide);
            let name = json.with_extension("svg");
            let name = name.file_name().ok_or("a file has a name")?;
            let file = folder_of_the_book().join(lang.name()).join(name);
            if rewrite {
                fs::write(&file, &picture)?;
            }
            // Git may have given the lines other ends.
            let kept = fs::read_to_string(&file)?.replace("\r\n", "\n");
            assert_eq!(kept, picture, "{}", file.display());
        }
        let kept = of_the_book(lang.name(), "svg")?.len();
        assert_eq!(kept, recordings.len(), "no picture without its recording");
    }
    Ok(())
}

/// What is said of each event, and of the whole.
fn sentences<'a>(picture: &'a Document<'_>) -> Vec<&'a str> {
    let said = picture.descendants().filter(|node| node.has_tag_name("desc"));
    said.map(|node| node.text().unwrap_or_default()).collect()
}

#[test]
fn the_narrow_picture_says_the_same_in_the_width_of_a_phone() -> Result {
    for json in of_the_book("en", "json")? {
        let recording = read(&fs::read_to_string(&json)?)?;
        for lang in [Lang::En, Lang::ZhCn] {
            let [wide, narrow] =
                [Layout::Wide, Layout::Narrow].map(|layout| picture::svg(&recording, lang, layout));
            let (wide, narrow) = (Document::parse(&wide)?, Document::parse(&narrow)?);
            assert_eq!(sentences(&wide), sentences(&narrow), "{}", json.display());
            assert_eq!(narrow.root_element().attribute("width"), Some("390"));
            for text in narrow.descendants().filter(|node| node.has_tag_name("text")) {
                let (from, to) = extent(text).ok_or("a text has a place")?;
                assert!(from >= 0.0 && to <= 390.0, "{}: {:?}", json.display(), text.text());
            }
        }
    }
    Ok(())
}

/// Each thread of the server has its own bar, and there may be some.
#[test]
fn no_bar_of_a_thread_covers_a_text_beside_it() -> Result {
    for json in of_the_book("en", "json")? {
        let recording = read(&fs::read_to_string(&json)?)?;
        let wide = picture::svg(&recording, Lang::En, Layout::Wide);
        let wide = Document::parse(&wide)?;
        let number = |node: Node<'_, '_>, name| node.attribute(name)?.parse::<f64>().ok();
        let bars = wide.descendants().filter(|node| node.attribute("class") == Some("waits"));
        let bars: Vec<f64> = bars.filter_map(|bar| number(bar, "x")).collect();
        let first = bars.iter().copied().fold(f64::MAX, f64::min);
        let end = bars.iter().map(|x| x + 7.0).fold(0.0, f64::max);
        let texts = wide.descendants().filter(|node| node.has_tag_name("text"));
        let beside = texts.filter_map(extent).filter(|(from, _)| *from > first);
        let covered: Vec<_> = beside.filter(|(from, _)| *from < end).collect();
        assert!(covered.is_empty(), "{}: {covered:?} before {end}", json.display());
    }
    Ok(())
}

/// From where to where a text goes, as wide as its fonts are at most.
fn extent(text: Node<'_, '_>) -> Option<(f64, f64)> {
    let class = text.attribute("class")?;
    let size = match class {
        _ if class.contains("title") => 20.0,
        _ if class.contains("small") => 13.0,
        _ => 15.0,
    };
    let x: f64 = text.attribute("x")?.parse().ok()?;
    let width =
        text.text()?.width() as f64 * size * if class.contains("mono") { 0.6 } else { 0.56 };
    Some(match text.attribute("text-anchor")? {
        "start" => (x, x + width),
        "middle" => (x - width / 2.0, x + width / 2.0),
        _ => (x - width, x),
    })
}

/// On a busy machine the recorder may see late what the server does. The lessons have one thread and
/// print before they answer or close, so it shows: such a recording is not fit for the book.
#[test]
fn the_recordings_of_the_book_saw_everything_in_time() -> Result {
    for file in of_the_book("en", "json")? {
        let (mut accepts, mut has_closed, mut first) = (false, false, String::new());
        for event in read(&fs::read_to_string(&file)?)?.events {
            let is_late = matches!(event.what, What::Packet(_)) && event.late_us > 0;
            assert!(!is_late, "{}: a packet came late", file.display());
            match &event.what {
                What::Connection { conn: 1, client, .. } => first = client.port().to_string(),
                What::Ended { .. } => accepts = false,
                What::Wait { step, .. } => accepts = step.as_deref() == Some("accept"),
                What::Packet(packet) if (packet.conn, packet.from) == (1, Side::Server) => {
                    let ends = packet.has(Flag::Fin) || packet.has(Flag::Rst);
                    has_closed |= ends;
                    let speaks = ends || packet.length > 0;
                    assert!(!(accepts && speaks), "{}: it is long past accept", file.display());
                }
                What::Output { text, .. } if text.starts_with("listening on ") => {
                    assert!(!accepts, "{}: it says so before it accepts", file.display());
                }
                What::Output { text, .. } if text.contains(">>>") && text.contains(&first) => {
                    assert!(!has_closed, "{}: it prints before it closes", file.display());
                }
                _ => {}
            }
        }
    }
    Ok(())
}

#[test]
fn of_each_question_of_the_book_exactly_one_option_holds() -> Result {
    for file in of_the_book("en", "json")? {
        let events = read(&fs::read_to_string(&file)?)?.events;
        for (place, options) in ask::judged(&events) {
            let What::Ask(asked) = &events[place].what else { return Err("a question".into()) };
            let holds = options.iter().filter(|option| option.holds).count();
            let question = asked.question.say(Lang::En);
            assert_eq!(holds, 1, "{}: {question}\n{options:#?}", file.display());
            assert_eq!(asked.options, options, "{}: {question}", file.display());
        }
    }
    Ok(())
}
