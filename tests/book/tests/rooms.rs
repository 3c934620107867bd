//! `tests/README.md` says what each room is for and which others it knows, as the manifests do.

use std::fs;

use book::{compare, files, hold, root};

const MARK: &str = "<!-- rooms -->\n";

#[test]
fn the_rooms_are_as_their_manifests_say() {
    let file = root().join("tests/README.md");
    let text = fs::read_to_string(&file).expect("the rooms have a README").replace("\r\n", "\n");
    let (above, _) = text.split_once(MARK).expect("it has the mark");
    hold(compare(&file, &format!("{above}{MARK}{}", table())).err());
}

/// The rooms, those that know few before those that know many.
fn table() -> String {
    let files = files("tests").into_iter().filter(|file| file.ends_with("Cargo.toml"));
    let manifests: Vec<String> = files.flat_map(fs::read_to_string).collect();
    // A manifest begins with the room's name and its description.
    let quoted = |nth: usize| manifests.iter().flat_map(move |text| text.split('"').nth(nth));
    let mut rows = Vec::new();
    for ((text, name), what) in manifests.iter().zip(quoted(1)).zip(quoted(3)) {
        let is_known = |other: &&str| text.contains(&format!("\n{other}.workspace = true"));
        let knows: Vec<&str> = quoted(1).filter(is_known).collect();
        let row = format!("| [`{name}`]({name}) | {what} | {} |\n", knows.join(", "));
        rows.push((knows.len(), row));
    }
    rows.sort();
    let rows: String = rows.into_iter().map(|(_, row)| row).collect();
    format!("| room | what it is for | knows |\n|---|---|---|\n{rows}")
}
