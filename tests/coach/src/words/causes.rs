//! What the coach says of the mistakes that it recognises.

use stage::Words;

use super::block;

static FILE: &str = include_str!("causes.txt");

/// The words for a cause.
pub struct CauseWords {
    /// What the mistake is.
    pub mistake: Words,
    /// Why it matters.
    pub why: Words,
}

/// The words for the cause of this name; `None` where there is none of this name.
pub fn cause(name: &str) -> Option<CauseWords> {
    let [mistake, why] = block(FILE, name)?.try_into().ok()?;
    Some(CauseWords { mistake, why })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_block_is_whole() {
        for name in super::super::names(FILE) {
            assert!(cause(name).is_some(), "{name}");
        }
    }

    #[test]
    fn every_cause_that_is_recognised_has_its_words_and_no_other_has() {
        let is_name = |word: &&str| {
            word.bytes().all(|byte| byte.is_ascii_lowercase() || b"-01248".contains(&byte))
                && word.len() > 4
        };
        let sources = [
            include_str!("../cause.rs"),
            include_str!("../cause/conference.rs"),
            include_str!("../cause/manners.rs"),
            include_str!("../cause/parcel.rs"),
        ];
        let words = sources.iter().flat_map(|source| source.split('"'));
        let mut recognised: Vec<_> = words.filter(is_name).collect();
        recognised.sort();
        recognised.dedup();
        let mut known: Vec<_> = super::super::names(FILE).collect();
        known.sort();
        assert_eq!(recognised, known);
    }
}
