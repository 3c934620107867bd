//! What the coach says of the exercises and of what they ask for.

use behaviours::{Behaviour, Exercise};
use stage::{Lang, Words};

use super::block;

static FILE: &str = include_str!("exercises.txt");

/// The words for something that an exercise asks for.
pub struct BehaviourWords {
    /// The sentence that it proves.
    pub sentence: Words,
    /// Why it matters.
    pub why: Words,
    /// How to get there.
    pub hint: Words,
}

/// The title of an exercise.
pub fn title(exercise: &Exercise) -> Words {
    let words = block(FILE, exercise.number).and_then(|words| words.into_iter().next());
    words.expect("a test looks for every title")
}

/// The title of a step of an exercise; the first is 1.
pub fn step(exercise: &Exercise, number: usize) -> Words {
    let name = format!("{} step {number}", exercise.number);
    let words = block(FILE, &name).and_then(|words| words.into_iter().next());
    words.expect("a test looks for every step")
}

/// The words for a behaviour.
pub fn behaviour(behaviour: &Behaviour) -> BehaviourWords {
    let words = block(FILE, behaviour.name).and_then(|words| <[Words; 3]>::try_from(words).ok());
    let [sentence, why, hint] = words.expect("a test looks for the words of every behaviour");
    BehaviourWords { sentence, why, hint }
}

/// The chapter to read, below the workspace.
pub fn reading(exercise: &Exercise, lang: Lang) -> String {
    format!("docs/{}/src/lesson-{}.md", lang.name(), exercise.number)
}

/// The command that records a program in a scene that shows what `behaviour` is about, where there is
/// one: the learner's exercise, or what `command` starts.
pub fn see_it(exercise: &Exercise, behaviour: &Behaviour, command: &[String]) -> Option<String> {
    let lessons_own = format!("lesson-{}", exercise.number);
    let scene = match behaviour.name {
        "prints_and_answers_the_first_1024_of_3000_bytes" => "lesson-01-too-long",
        "a_character_split_by_time_comes_out_whole"
        | "a_character_split_by_the_buffer_comes_out_whole" => "lesson-02-split-character",
        "a_reset_ends_the_connection_with_the_total" => "lesson-03-reset",
        "a_half_closing_client_gets_everything_back" => "lesson-03-half-close",
        _ if exercise.number == "05" => "lesson-05-parcel",
        _ if exercise.number == "06" => "lesson-06-conference",
        // A scene has a client, and lesson 04's own has no server that serves one.
        _ if exercise.is_client || exercise.number == "04" => return None,
        _ => &lessons_own,
    };
    Some(match command {
        [] => format!("cargo coach record exercise-{} {scene} --open", exercise.number),
        words => format!("cargo coach record {scene} --open -- {}", words.join(" ")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_exercise_and_every_behaviour_has_its_words() {
        let mut count = 0;
        for exercise in &behaviours::EXERCISES {
            title(exercise);
            exercise.table.iter().for_each(|asked| _ = behaviour(asked));
            (1..=exercise.steps.len()).for_each(|number| _ = step(exercise, number));
            assert!([0, exercise.table.len()].contains(&exercise.steps.iter().sum()));
            count += 1 + exercise.steps.len() + exercise.table.len();
        }
        assert_eq!(count, super::super::names(FILE).count());
    }
}
