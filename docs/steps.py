"""The book's mdBook preprocessor: includes code from the lessons by what already stands in it.

In a chapter, inside a ```rust fence,

    {{#step ../../../lessons/02-receive-loop/src/main.rs:2}}        the step that its comment numbers 2
    {{#step ../../../lessons/02-receive-loop/src/main.rs:5-6}}      from step 5 to the end of step 6
    {{#step ../../../lessons/02-receive-loop/src/main.rs:fn main}}  an item, by its name

so that a lesson needs no ANCHOR comments. What is not found fails the build; so does a file or an
anchor missing in mdBook's own {{#include}}, which mdBook passes over.
"""

import json
import re
import sys
import textwrap
from pathlib import Path

DIRECTIVE = re.compile(r"\{\{#(step|include|rustdoc_include) ([^:}]+?)(?::([^}]*))?\}\}")
COMMENT = re.compile(r" *(?://|#) (.*)")
# `// 1 socket …`, and further ones in the same comment: `…, 2 connect …`, `…. 6 close …`.
NUMBER = re.compile(r"(?:^|[,.] )(\d) [a-z]")
FENCE = re.compile(r" *(```|~~~)")
# The first line of a chapter leads to the other language where there is no switch in a menu.
OTHER_LANGUAGE = re.compile(r"^\[(?:English|中文)\]\([^)]*\)\n+", re.MULTILINE)
HAN = "\u2e80-\u9fff\uff00-\uffef“”‘’…"


class Missing(Exception):
    pass


def indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def numbered(lines: list[str]) -> dict[int, list[str]]:
    """Which steps the comment in each line begins."""
    found = {}
    for at, line in enumerate(lines):
        if comment := COMMENT.match(line):
            if numbers := NUMBER.findall(comment[1]):
                found[at] = numbers
    return found


def step(lines: list[str], first: str, last: str) -> list[str]:
    """From the comment of step `first` to the next step after `last`, or the end of its block."""
    steps = numbered(lines)

    def begin(number: str) -> int:
        at = [line for line, numbers in steps.items() if number in numbers]
        if len(at) != 1:
            raise Missing(f"{'no' if not at else 'more than one'} step {number}")
        return at[0]

    start, end = begin(first), begin(last) + 1
    while end < len(lines) and end not in steps:
        if lines[end].strip() and indent(lines[end]) < indent(lines[start]):
            break
        end += 1
    return lines[start:end]


def item(lines: list[str], name: str) -> list[str]:
    """An item as rustfmt writes it: it ends at the first line that is indented like its head and closes it."""
    head = re.compile(rf" *(?:pub(?:\([a-z]+\))? )?(?:async )?{re.escape(name)}\b")
    at = [number for number, line in enumerate(lines) if head.match(line)]
    if len(at) != 1:
        raise Missing(f"{'no' if not at else 'more than one'} `{name}`")
    start = end = at[0]
    while not (indent(lines[end]) <= indent(lines[at[0]]) and lines[end].rstrip().endswith(("}", ";"))):
        end += 1
        if end == len(lines):
            raise Missing(f"no end of `{name}`")
    while start > 0 and lines[start - 1].lstrip().startswith(("///", "#[")):
        start -= 1
    return lines[start : end + 1]


def included(path: Path, anchor: str) -> str:
    lines = path.read_text(encoding="utf-8").splitlines()
    if span := re.fullmatch(r"(\d)(?:-(\d))?", anchor):
        piece = step(lines, span[1], span[2] or span[1])
    elif anchor:
        piece = item(lines, anchor)
    else:
        raise Missing("which step? Write FILE:NUMBER or FILE:fn NAME")
    return textwrap.dedent("\n".join(piece)).strip("\n")


def expand(text: str, source: Path, shown: str) -> str:
    """Fills in each {{#step}}, and makes sure of what mdBook's own includes name."""

    def fill(found: re.Match) -> str:
        kind, file, anchor = found.groups()
        path = source.parent / file
        try:
            if not path.is_file():
                raise Missing("no such file")
            if kind == "step":
                return included(path, anchor or "")
            if anchor and not re.fullmatch(r"[\d:]*", anchor):
                if not re.search(rf"ANCHOR: *{re.escape(anchor)}\s", path.read_text(encoding="utf-8")):
                    raise Missing(f"no ANCHOR: {anchor}")
            return found[0]
        except Missing as why:
            line = text.count("\n", 0, found.start()) + 1
            sys.exit(f"error: {shown}:{line}: {why} in {file}")

    return DIRECTIVE.sub(fill, text)


def join_han(text: str) -> str:
    """Browsers, and the search index, make a line break between two Chinese characters a space."""
    out: list[str] = []
    fenced = False
    for line in text.split("\n"):
        fenced ^= bool(FENCE.match(line))
        last = out[-1] if out else ""
        if not fenced and not last.startswith("#") and re.search(f"[{HAN}]$", last) and re.match(f"[{HAN}]", line):
            out[-1] += line
        else:
            out.append(line)
    return "\n".join(out)


def chapters(items: list) -> list[dict]:
    found = []
    for entry in items:
        if isinstance(entry, dict) and "Chapter" in entry:
            found.append(entry["Chapter"])
            found += chapters(entry["Chapter"]["sub_items"])
    return found


def main() -> None:
    if sys.argv[1:2] == ["supports"]:  # mdBook asks whether we work for this renderer: for any.
        return
    sys.stdin.reconfigure(encoding="utf-8")
    sys.stdout.reconfigure(encoding="utf-8")
    context, book = json.load(sys.stdin)
    root = Path(context["root"])
    for chapter in chapters(book["items"]):
        source = root / "src" / chapter["source_path"]
        text = expand(chapter["content"], source, f"docs/{root.name}/src/{chapter['source_path']}")
        chapter["content"] = join_han(OTHER_LANGUAGE.sub("", text, count=1))
    json.dump(book, sys.stdout)


if __name__ == "__main__":
    main()
