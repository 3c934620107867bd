//! Lesson 07 notices clients that vanish. This runs with `cargo test -p lesson-07 -- --ignored`: it
//! takes half a minute, because the lesson waits so long.

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    use std::process::ExitCode;

    use behaviours::examine_within;
    use stage::namespaces::{self, set_loopback};

    if !std::env::args().any(|word| word == "--ignored") {
        return ExitCode::SUCCESS;
    }
    // While there is one thread: a network that it can take down.
    let network = namespaces::CloneFlags::CLONE_NEWNET;
    let entered = namespaces::enter(network, 0, 0).and_then(|()| set_loopback(true));
    if let Err(error) = entered {
        println!("SKIPPED: {error}; {}", namespaces::remedy().say(stage::Lang::En));
        return ExitCode::SUCCESS;
    }
    let lesson = stage::Program::lesson(env!("CARGO_BIN_EXE_lesson-07"));
    let patience = std::time::Duration::from_secs(45);
    match examine_within(patience, &lesson, behaviours::lessons::VANISHING) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failed) => {
            println!("{failed:?}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("SKIPPED: only Linux has private networks for tests");
}
