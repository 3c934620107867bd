//! What makes a picture a film: its questions as data, and a page that shows it alone.

use std::collections::BTreeMap;

use acts::{Lang, Words};
use serde::Serialize;

use crate::Layout;
use crate::data::{cut, plain};
use crate::event::{Event, Recording, What};
use crate::svg::escape;

/// The book shows its pictures with the same script and the same style.
const SCRIPT: &str = include_str!("../../../docs/theme/film.js");
const STYLE: &str = include_str!("../../../docs/theme/film.css");

/// The words of the script; {0} and {1} are filled in. `pace` is for how many milliseconds one reads a
/// character.
static WORDS: [(&str, Words); 22] = [
    ("film", Words::fixed("The picture as a film", "逐步演示")),
    ("start", Words::fixed("Start", "开头")),
    ("back", Words::fixed("Back", "上一步")),
    ("next", Words::fixed("Next", "下一步")),
    ("end", Words::fixed("End", "结尾")),
    ("play", Words::fixed("Play", "播放")),
    ("pause", Words::fixed("Pause", "暂停")),
    ("large", Words::fixed("Large (P)", "大字（P）")),
    ("small", Words::fixed("Normal size (P)", "原来大小（P）")),
    ("beside", Words::fixed("The same acts, another server:", "同样的操作，另一个服务器：")),
    ("first", Words::fixed("Guess, and the film continues:", "先猜，再接着放：")),
    ("skip", Words::fixed("Just show me", "不猜，直接看")),
    ("votes", Words::fixed("Votes of the class", "全班投票")),
    ("guess", Words::fixed("Guess: {0}", "猜：{0}")),
    ("noted", Words::fixed("Guess: {0}. Go on, and see.", "猜：{0}。往下看结果。")),
    ("right", Words::fixed("As you guessed: {0}.", "猜对了：{0}。")),
    ("wrong", Words::fixed("You guessed “{1}”. It was “{0}”.", "你猜“{1}”，结果是“{0}”。")),
    ("was", Words::fixed("It was “{0}”.", "结果是“{0}”。")),
    ("none", Words::fixed("None of the options is what happened.", "哪个选项都不对。")),
    ("other", Words::fixed("The other server: “{0}”.", "另一个服务器：“{0}”。")),
    ("more", Words::fixed("Read why", "看看为什么")),
    ("pace", Words::fixed("45", "130")),
];

/// The most questions of a film, the most options of a question, and the longest text of either.
const MOST_QUESTIONS: usize = 8;
const MOST_OPTIONS: usize = 6;
const LONGEST: usize = 240;

/// A question in one language, as the script reads it.
#[derive(Serialize)]
pub struct Question {
    /// The event before which it is asked, and the first event that does not count.
    pub from: usize,
    pub until: usize,
    question: String,
    options: Vec<Choice>,
    why: String,
    link: String,
}

#[derive(Serialize)]
struct Choice {
    text: String,
    holds: bool,
}

/// The questions among these events, whose numbers begin with 1.
pub fn questions(events: &[Event], lang: Lang) -> Vec<Question> {
    let text = |words: &Words| cut(&plain(words.say(lang)), LONGEST, false);
    let asks = (1..).zip(events).filter_map(|(from, event)| match &event.what {
        What::Ask(ask) => Some((from, ask)),
        _ => None,
    });
    let asks = asks.take(MOST_QUESTIONS).map(|(from, ask)| {
        let later = events[from..].iter().position(|event| event.at_us >= ask.until_us);
        let until = later.map_or(events.len(), |later| from + later) + 1;
        let options = ask.options.iter().take(MOST_OPTIONS);
        let options = options.map(|o| Choice { text: text(&o.text), holds: o.holds }).collect();
        let link = cut(&plain(&ask.why.link), LONGEST, false);
        Question {
            from,
            until,
            question: text(&ask.question),
            options,
            why: text(&ask.why.text),
            link,
        }
    });
    asks.collect()
}

/// What the script reads: its words, and the questions.
pub fn json(questions: &[Question], lang: Lang) -> String {
    let words: BTreeMap<_, _> = WORDS.iter().map(|(key, words)| (key, words.say(lang))).collect();
    // Texts and numbers can always be written.
    serde_json::to_string(&Data { words, questions }).unwrap_or_default()
}

#[derive(Serialize)]
struct Data<'a> {
    words: BTreeMap<&'a &'static str, &'a str>,
    questions: &'a [Question],
}

/// A page that shows recordings as a film, the others beside the first, and needs nothing else. What
/// is foreign in it is escaped text.
pub fn page(recordings: &[Recording], lang: Lang) -> String {
    let title = recordings.first().map_or("", |first| first.head.title.say(lang));
    let title = escape(&cut(&plain(title), 80, false));
    let pictures = recordings.iter().map(|recording| {
        let name = cut(&plain(&recording.head.scene), 80, false);
        let other = escape(name.rsplit("--").next().unwrap_or_default());
        // An id may stand once in a page.
        let picture = crate::svg(recording, lang, Layout::Wide)
            .replace("aria-labelledby=\"title desc\"", &format!("aria-label=\"{title}\""))
            .replace(" id=\"title\"", "")
            .replace(" id=\"desc\"", "");
        format!("<div class=\"picture\" tabindex=\"0\" data-other=\"{other}\">{picture}</div>")
    });
    let (pictures, lang) = (pictures.collect::<String>(), lang.name());
    format!(
        "<!DOCTYPE html>\n<html lang=\"{lang}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
         <style>\n{STYLE}</style>\n</head>\n<body class=\"alone\">\n<main>\n<h1>{title}</h1>\n\
         <div class=\"film\">{pictures}</div>\n</main>\n<script>\n{SCRIPT}</script>\n</body>\n</html>\n"
    )
}
