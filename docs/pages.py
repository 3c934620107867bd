"""What is done to the pages that mdBook has written: the switch between the languages, Chinese, links to
files outside the book."""

import html
import json
import os
import re
import shutil
import sys
from pathlib import Path
from urllib.parse import quote, unquote

LANGUAGES = {"en": "English", "zh-CN": "中文"}
HAN = "[\u2e80-\u9fff\uff00-\uffef“”‘’…]"
MENU = '<div class="right-buttons">'
# The line under a title that leads to the other language where there is no menu.
OTHER_LANGUAGE = re.compile(r'<p><a href="[^"]*">(?:English|中文)</a></p>\n')
LINK = re.compile(r'\b(href|src)="([^"#?]+)([^"]*)"')
# A recorded picture, of which mdBook makes an image that can be zoomed, and the comment behind it.
PICTURE = re.compile(r'<p><label [^>]*><input[^>]*><img src="../../pictures/[^"]*/([^"/]*)\.svg" alt="([^"]*)">.*?</label>(.*?)</p>')
DRAWING = re.compile(r"<svg ([^>]*) role.*?(<metadata>.*?</metadata>)\n<style>\n(.*?)\n@media screen[^{]*{(.*?)}\n(.*?)</style>\n(.*)", re.DOTALL)


def finish(root: Path, out: Path) -> None:
    shutil.copy(root / "docs/theme/file.css", out / "theme")
    # The script is in every page. What is there for its readers alone takes a fifth of it.
    lines = [line.strip() for line in (root / "docs/theme/film.js").read_text("utf-8").splitlines()]
    script = "\n".join(line for line in lines if line and not line.startswith("//"))
    (out / "theme/film.js").write_text(script, "utf-8", newline="\n")
    chinese = json.loads((root / "docs/theme/zh-CN.json").read_text("utf-8"))
    for file in (*(out / "zh-CN").glob("*.html"), *(out / "zh-CN").glob("searcher-*.js")):
        text = file.read_text("utf-8")
        for old, new in chinese.items():  # mdBook's own words.
            text = text.replace(old, new)
        file.write_text(text, "utf-8", newline="\n")
    files = Files(root, out)
    for language in LANGUAGES:
        for page in sorted((out / language).glob("*.html")):
            if page.name != "toc.html":  # What is in the sidebar where there is no JavaScript.
                page.write_text(finish_page(page.read_text("utf-8"), language, page.name, files), "utf-8", newline="\n")


def finish_page(text: str, language: str, name: str, files: "Files") -> str:
    start, main, tail = re.fullmatch("(.*<main>)(.*)(</main>.*)", text, re.DOTALL).groups()
    if MENU not in start:
        sys.exit(f"error: mdBook has written another menu in {name}")
    (other,) = LANGUAGES.keys() - {language}
    link = f'href="../{other}/{name}" hreflang="{other}"'
    switch = f'<a class="language" rel="alternate" {link} lang="{other}">{LANGUAGES[other]}</a>'
    start = start.replace(MENU, MENU + switch).replace("</head>", f'<link rel="alternate" {link}>\n</head>')
    # Browsers make a line break between two Chinese characters a space. Code stands in every second part.
    parts = re.split("(<pre.*?</pre>)", OTHER_LANGUAGE.sub("", main), flags=re.DOTALL)
    parts[::2] = [re.sub(f"({HAN}(?:<!--[^>]*-->)*)\n(?={HAN})", r"\1", part) for part in parts[::2]]
    pictures = files.root / "docs/pictures" / language
    main, count = PICTURE.subn(lambda found: film(found, pictures), "".join(parts))
    if count > 0:
        start = start.replace("</head>", f"<style>{style(pictures)}</style>\n</head>")
    return start + LINK.sub(lambda found: files.relink(found, language, name), main) + tail


def film(found: re.Match, folder: Path) -> str:
    """The drawing itself in the place of its image, and beside it those of the same acts with other servers."""
    name, shows, comment = found.groups()
    pictures = [folder / f"{name}.svg", *sorted(folder.glob(f"{name}--*.svg"))]
    drawings = []
    for picture in pictures:
        size, data, _, _, _, shapes = DRAWING.fullmatch(picture.read_text("utf-8")).groups()
        other = picture.stem.removeprefix(name).lstrip("-")
        inline = f'<svg {size} role="img" aria-label="{shows}">{data}{shapes}'
        drawings.append(f'<div class="picture" tabindex="0" data-other="{other}">{inline}</div>')
    alone = f'<p class="picture-file"><a href="../../pictures/{folder.name}/{name}.svg">{name}.svg</a></p>'
    wide = re.search(r'width="(\d+)"', drawings[0])[1]
    return f'<div class="film" data-name="{name}" style="--wide: {wide}px">{"".join(drawings)}</div>{alone}{comment}'


def style(pictures: Path) -> str:
    """The style that all drawings have. The page's theme decides, and not the system's."""
    _, _, light, dark, same, _ = DRAWING.fullmatch(min(pictures.glob("*.svg")).read_text("utf-8")).groups()
    return f".film svg{{{light}}}@media screen{{:where(.navy, .coal, .ayu) .film svg{{{dark}}}}}.film svg{{{same}}}"


class Files:
    """Puts files of the repository that chapters link to beside the books, as pages of their own."""

    def __init__(self, root: Path, out: Path) -> None:
        self.root, self.out = root, out

    def relink(self, found: re.Match, language: str, page: str) -> str:
        attribute, link, fragment = found.groups()
        chapters = self.root / "docs" / language / "src"
        target = Path(os.path.normpath(chapters / unquote(link)))
        if ":" in link or target.is_relative_to(chapters):
            return found[0]
        if target.suffix == ".html":  # A chapter of the other book.
            return f'{attribute}="../{target.parts[-3]}/{target.name}{fragment}"'
        if not target.is_relative_to(self.root) or not target.exists():
            sys.exit(f"error: docs/{language}/src, {page}: no such file: {link}")
        return f'{attribute}="../{quote(self.publish(target).as_posix())}{fragment}"'

    def publish(self, source: Path) -> Path:
        """Returns where it is found below `out`."""
        # No folder with a dot: GitHub Pages leaves those out.
        page = Path("files", *(part.lstrip(".") for part in source.relative_to(self.root).parts))
        if source.suffix != ".svg":
            page = page / "index.html" if source.is_dir() else page.with_name(page.name + ".html")
        if (self.out / page).exists():
            return page
        (self.out / page).parent.mkdir(parents=True, exist_ok=True)
        if source.suffix == ".svg":
            shutil.copy(source, self.out / page)
            return page
        if source.is_dir():
            entries = [entry for entry in sorted(source.iterdir()) if entry.name[0] not in "._"]
            links = [os.path.relpath(self.publish(entry), page.parent).replace(os.sep, "/") for entry in entries]
            lines = [f'<li><a href="{quote(link)}">{entry.name}</a></li>\n' for link, entry in zip(links, entries)]
            content = f"<ul>\n{''.join(lines)}</ul>"
        else:
            lines = html.escape(source.read_text(encoding="utf-8")).splitlines()
            numbered = "\n".join(f'<span id="L{number}">{line}</span>' for number, line in enumerate(lines, 1))
            content = f'<pre tabindex="0"><code>{numbered}\n</code></pre>'
        frame, name = (self.root / "docs/theme/file.html").read_text("utf-8"), source.relative_to(self.root).as_posix()
        language, up = "zh-CN" if "zh-CN" in source.parts else "en", "../" * (len(page.parts) - 1)
        text = frame.format(name=name, language=language, up=up, content=content)
        (self.out / page).write_text(text, encoding="utf-8", newline="\n")
        return page
