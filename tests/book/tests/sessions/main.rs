//! Runs the console sessions of the book, and compares what the terminals show with the pages.
//! `SNAPSHOTS=overwrite cargo test -p book` writes down what they show now; `-- --ignored` runs those
//! that take a minute; other words pick sessions by page and line.

#[cfg(target_os = "linux")]
mod linux;

fn main() {
    #[cfg(target_os = "linux")]
    linux::main();
    #[cfg(not(target_os = "linux"))]
    println!("SKIPPED: the book shows what Linux prints");
}
