//! What the exercises ask for. Each behaviour is one function, with the sentence it proves, why it
//! matters, a hint, and the words for the coach to say so.
//!
//! The same functions examine the lesson and the solution under `cargo test`, and the learner's
//! exercise, or any command in any language, under `cargo coach`.

pub mod answer_once;
pub mod caller;
pub mod hang_up_first;
pub mod restart;
pub mod whole_call;

use stage::{Fault, Lang, Program, Verdict, Words, deadline};

/// One thing that an exercise asks for.
pub struct Behaviour {
    /// Its name, by which machines know it.
    pub name: &'static str,
    /// Examines a program.
    pub run: fn(&Program) -> Verdict,
    /// The sentence that it proves.
    pub sentence: Words,
    /// Why it matters.
    pub why: Words,
    /// How to get there.
    pub hint: Words,
}

/// Something for the learner to build.
pub struct Exercise {
    /// Two digits, as in `lesson-02`.
    pub number: &'static str,
    /// The folder of its lesson, below `lessons/`.
    pub folder: &'static str,
    /// Its title.
    pub title: Words,
    /// What is examined, in this order.
    pub behaviours: &'static [Behaviour],
    /// Whether it is a client, and the coach its server.
    pub is_client: bool,
    /// Whether it prints a total at the end.
    pub counts: bool,
}

impl Exercise {
    /// The exercise of this number, if there is one.
    pub fn numbered(number: &str) -> Option<&'static Exercise> {
        EXERCISES.iter().find(|exercise| exercise.number == number)
    }

    /// The learner's file, below the workspace.
    pub fn file(&self) -> String {
        format!("lessons/{}/exercise/src/main.rs", self.folder)
    }

    /// The file of its solution, below the workspace.
    pub fn solution(&self) -> String {
        format!("lessons/{}/exercise/src/bin/solution-{}.rs", self.folder, self.number)
    }

    /// The chapter to read, below the workspace.
    pub fn reading(&self, lang: Lang) -> String {
        let book = match lang {
            Lang::En => "en",
            Lang::ZhCn => "zh-CN",
        };
        format!("docs/{book}/src/lesson-{}.md", self.number)
    }

    /// The program to examine for this exercise.
    pub fn program(&self, command: Vec<String>) -> Program {
        let program = Program::command(command);
        if self.counts { program.counting() } else { program }
    }
}

/// Every exercise, in the order in which a learner meets them.
pub static EXERCISES: [Exercise; 5] = [
    Exercise {
        number: "01",
        folder: "01-receive-once",
        title: Words::fixed("answer once", "只回答一次"),
        behaviours: answer_once::BEHAVIOURS,
        is_client: false,
        counts: false,
    },
    Exercise {
        number: "02",
        folder: "02-receive-loop",
        title: Words::fixed("the whole call", "听完整个电话"),
        behaviours: whole_call::BEHAVIOURS,
        is_client: false,
        counts: true,
    },
    Exercise {
        number: "03",
        folder: "03-client-first-close",
        title: Words::fixed("let the caller hang up first", "让对方先挂断"),
        behaviours: hang_up_first::BEHAVIOURS,
        is_client: false,
        counts: false,
    },
    Exercise {
        number: "04",
        folder: "04-address-reuse",
        title: Words::fixed("restart at once", "立刻重新启动"),
        behaviours: restart::BEHAVIOURS,
        is_client: false,
        counts: false,
    },
    Exercise {
        number: "00",
        folder: "00-client",
        title: Words::fixed("the caller", "打电话的人"),
        behaviours: caller::BEHAVIOURS,
        is_client: true,
        counts: false,
    },
];

/// A behaviour from the function of that name, its sentence, why it matters, and a hint, each in
/// English and Chinese.
macro_rules! behaviour {
    ($name:ident, $sentence:expr, $why:expr, $hint:expr $(,)?) => {
        $crate::exercises::Behaviour {
            name: stringify!($name),
            run: $name,
            sentence: stage::Words::fixed($sentence.0, $sentence.1),
            why: stage::Words::fixed($why.0, $why.1),
            hint: stage::Words::fixed($hint.0, $hint.1),
        }
    };
}
use behaviour;
