//! What is said, in the two languages that it is said in.

use std::borrow::Cow;
use std::fmt;

/// A language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lang {
    /// English.
    En,
    /// Chinese, in simplified characters.
    ZhCn,
}

impl Lang {
    /// The language of this name, `en` or `zh-CN`; English for any other.
    pub fn named(name: &str) -> Self {
        if name == "zh-CN" { Lang::ZhCn } else { Lang::En }
    }

    /// Its name, which is also that of its folder in `docs/`.
    pub fn name(self) -> &'static str {
        match self {
            Lang::En => "en",
            Lang::ZhCn => "zh-CN",
        }
    }
}

/// One thing said in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Words {
    en: Cow<'static, str>,
    #[cfg_attr(feature = "serde", serde(rename = "zh-CN"))]
    zh: Cow<'static, str>,
}

/// Makes foreign text safe for a message. The result is on one line, cannot play tricks on the
/// terminal, and is cut if it is long.
pub fn one_line(text: &str) -> String {
    let mut line: String = text.chars().take(200).collect();
    if line.len() < text.len() {
        line.push('…');
    }
    crate::escape(&mut line, 0, &[]);
    line
}

impl Words {
    /// Words that are written in the source.
    pub const fn fixed(en: &'static str, zh: &'static str) -> Self {
        Words { en: Cow::Borrowed(en), zh: Cow::Borrowed(zh) }
    }

    /// Words with something of the moment in them.
    pub fn new(en: impl Into<String>, zh: impl Into<String>) -> Self {
        Words { en: Cow::Owned(en.into()), zh: Cow::Owned(zh.into()) }
    }

    /// Words that are the same in every language, such as what the system says.
    pub fn same(text: impl fmt::Display) -> Self {
        Words::new(text.to_string(), text.to_string())
    }

    /// The same, said of `what`: a file, or a step.
    pub fn of(&self, what: &str) -> Self {
        Words::new(format!("{what}: {}", self.en), format!("{what}：{}", self.zh))
    }

    /// The line that says why a program ends.
    pub fn as_error(&self, lang: Lang) -> String {
        format!("{}{}", Words::fixed("error: ", "错误：").say(lang), self.say(lang))
    }

    /// What is said in `lang`.
    pub fn say(&self, lang: Lang) -> &str {
        match lang {
            Lang::En => &self.en,
            Lang::ZhCn => &self.zh,
        }
    }
}

/// `Words` is not an `Error` itself, so `?` can turn every error of the system into words.
impl<E: std::error::Error> From<E> for Words {
    fn from(error: E) -> Self {
        Words::same(error)
    }
}
