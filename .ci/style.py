#!/usr/bin/env python3
"""The house style of .github/STYLE.md, as far as a program can check it.

    python3 .ci/style.py           prints every finding in the repository, and fails if there is one
    python3 .ci/style.py FILE...   the same for these files
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CHECKED = [
    "README.md", "docs/README.md", "docs/en/src/*.md", "tests/**/*.md", ".github/*.md",
    "lessons/**/*.rs", "shared/**/*.rs", "tests/**/*.rs",
    "tests/coach/golden/en/*.txt", "tests/recorder/scenes/*.scene",
]  # fmt: skip
PHONE = {"docs/en/src/phone-call.md"}  # The one page that tells the phone call.
STYLE_PAGE = ".github/STYLE.md"  # It quotes what it forbids.
LONGEST_SENTENCE = 25

KNOWS = "knows|minds|listens|calls|receives|answers|reads|expects|expected|has|asked|had|can|could|confirms"
RULES = [
    (r"\bfor ever\b", "forever"),
    (r"\b(?:is|are|was|were|be) no (?!more\b|longer\b|one\b|matter\b|way\b)[a-z]", "is not a …, is not valid …"),
    (rf"\b(?:nobody|somebody|anybody) (?:{KNOWS})\b", "name the actor: no program, the client, you"),
    (r"(?:^|[.;:] )who (?:does|closes|waits|is|prints|asks|calls|sends|looks|starts|reads|has|keeps)\b[^?]*$",
     "If a program …"),
    (r"\b(?:he|his|him)\b", "they, the client, its"),
    (r"\b(?:beforehand|meanwhile|whereof|bidden|farewell|anew|to be got rid of|all the same|in vain)\b",
     "in advance, at the same time, again, anyway"),
    (r"\bbehind (?!the server|a proxy)\b", "after (behind is for space)"),
    (r"\bstands? (?:in|on|there|above|below|beside|at|for itself)\b", "is in, is shown in"),
    (r"\b(?:throws?|thrown|threw) (?:(?:the |a )?(?:connection|call|it) )?away\b", "resets the connection, discards"),
    (r"\b(?:hang(?:s|ing)?|hung) up\b", "close"),
    (r"\bcallers?\b", "client"),
    (r"\bof (?:its|one's|their|his|your) own\b", "its own …, a separate …"),
    (r"\bmostly\b", "usually"),
    (r"\bgoes? on\b", "continues"),
    (r", for (?:it|then|what|the|he|she|they)\b", "because"),
    (r"\b(?:take|taken|took) for a\b", "treated as"),
    (r"\b(?:as if all were well|all is well|if all was well)\b", "success"),
]  # fmt: skip
PATTERNS = [(re.compile(pattern, re.IGNORECASE), instead) for pattern, instead in RULES]


def blank(found: re.Match) -> str:
    return "\n" * found[0].count("\n")


def prose(text: str) -> str:
    """Markdown without comments, code, and the targets of links; each line stays in its place."""
    text = re.sub(r"<!--.*?-->", blank, text, flags=re.DOTALL)
    text = re.sub(r"^ *```[\s\S]*?^ *```$|^(?: {4}.*\n)+", blank, text, flags=re.MULTILINE)
    return re.sub(r"\]\([^)]*\)", "]", re.sub(r"`[^`\n]*`", "CODE", text))


def words_of_rust(line: str) -> str:
    """A line's comment, and those of its strings that are more than one word."""
    strings = re.findall(r'"((?:[^"\\]|\\.)*)"', line)
    comment = re.search(r"(?:^|\s)//[/!]?\s?(.*)$", line)
    return " ; ".join([comment[1] if comment else "", *(text for text in strings if " " in text)])


def long_sentences(text: str) -> list[tuple[int, str]]:
    """Sentences with too many words, by the line in which their paragraph or table cell begins."""
    found, number = [], 1
    for paragraph in re.split(r"(\n\s*\n|\n(?=[|>#-])|\|)", text):
        for sentence in re.split(r"(?<=[.?!:])[*_)”\"]*\s+", paragraph):
            if (count := len(re.findall(r"[A-Za-z0-9][\w'’.-]*", sentence))) > LONGEST_SENTENCE:
                found.append((number, f"{count} words: {' '.join(sentence.split())[:60]}…"))
        number += paragraph.count("\n")
    return found


def findings(file: Path) -> list[tuple[int, str]]:
    name, text = file.relative_to(ROOT).as_posix(), file.read_text(encoding="utf-8")
    found = []
    if file.suffix == ".md":
        text = prose(text)
        found = long_sentences(text)
    elif file.suffix == ".rs":
        text = "\n".join(map(words_of_rust, text.splitlines()))
    for number, line in enumerate(text.splitlines(), 1):
        for pattern, instead in PATTERNS:
            if not (name in PHONE and instead in {"close", "client"}):
                found += [(number, f"`{hit[0].strip()}`: {instead}") for hit in pattern.finditer(line)]
    return sorted(found)


def checked() -> list[Path]:
    files = {file for pattern in CHECKED for file in ROOT.glob(pattern)}
    return sorted(file for file in files if file.relative_to(ROOT).as_posix() != STYLE_PAGE)


def main(arguments: list[str]) -> int:
    chosen = [Path(argument).resolve() for argument in arguments] or checked()
    lines = [f"{file.relative_to(ROOT)}:{number}: {what}" for file in chosen for number, what in findings(file)]
    print("\n".join([*lines, f"style: {len(lines)} findings"]))
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
