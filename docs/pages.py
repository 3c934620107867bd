"""What is done to the pages that mdBook has written: the switch between the languages, mdBook's own
words in Chinese, links to files outside the book, and pictures.

Everything that is replaced has to be there, or the build fails: another mdBook may write other pages.
"""

import html
import os
import re
import shutil
from pathlib import Path
from urllib.parse import quote, unquote

LANGUAGES = {"en": "English", "zh-CN": "中文"}

# mdBook offers five themes; one for the day and one for the night will do.
FEWER_THEMES = {
    '<li role="none"><button role="menuitem" class="theme" id="mdbook-theme-rust">Rust</button></li>': "",
    '<li role="none"><button role="menuitem" class="theme" id="mdbook-theme-coal">Coal</button></li>': "",
    '<li role="none"><button role="menuitem" class="theme" id="mdbook-theme-ayu">Ayu</button></li>': "",
    ">Navy<": ">Dark<",
}

# What a keyboard, or a program that reads the page aloud, needs.
MENU = {
    # The label of a hidden checkbox, which no key reaches. course.js clicks that.
    '<label id="mdbook-sidebar-toggle" class="icon-button" for="mdbook-sidebar-toggle-anchor"': '<button id="mdbook-sidebar-toggle" class="icon-button" type="button"',
    "</label>": "</button>",
    '<div id="mdbook-menu-bar"': '<div id="mdbook-menu-bar" role="banner"',
    '<h1 class="menu-title">': '<div class="menu-title">',  # The chapter's title is the page's heading.
    "</h1>\n\n                    <div class=\"right-buttons\">": "</div>\n\n                    <div class=\"right-buttons\">",
}

# Order matters where one is part of another.
CHINESE_PAGE = {
    "Keyboard shortcuts": "快捷键",
    "Press <kbd>←</kbd> or <kbd>→</kbd> to navigate between chapters": "<kbd>←</kbd> <kbd>→</kbd> 上一章、下一章",
    "Press <kbd>S</kbd> or <kbd>/</kbd> to search in the book": "<kbd>S</kbd> 或 <kbd>/</kbd> 搜索全书",
    "Press <kbd>?</kbd> to show this help": "<kbd>?</kbd> 显示本帮助",
    "Press <kbd>Esc</kbd> to hide this help": "<kbd>Esc</kbd> 关闭本帮助",
    "Toggle Table of Contents": "显示或隐藏目录",
    "Table of contents": "目录",
    "Change theme": "更换主题",
    'aria-label="Themes"': 'aria-label="主题"',
    ">Auto<": ">自动<",
    ">Light<": ">浅色<",
    ">Dark<": ">深色<",
    "Search (`/`)": "搜索（按 /）",
    "Toggle Searchbar": "显示或隐藏搜索框",
    "Search this book ...": "搜索全书……",
    "Print this book": "打印全书",
    "Page navigation": "翻页",
}
# Not on the first page, the last, and the whole book for printing.
CHINESE_TURNS = {"Previous chapter": "上一章", "Next chapter": "下一章"}
CHINESE_SCRIPTS = {
    "book-*.js": {"Copy to clipboard": "复制", "Copied!": "已复制"},
    "searcher-*.js": {
        r"count + ' search result for \'' + searchterm + '\':'": "'找到 1 处“' + searchterm + '”：'",
        r"'No search results for \'' + searchterm + '\'.'": "'没有找到“' + searchterm + '”。'",
        r"count + ' search results for \'' + searchterm + '\':'": "'找到 ' + count + ' 处“' + searchterm + '”：'",
        "Search Result Teaser": "搜索结果摘要",
    },
}

LINK = re.compile(r'\b(href|src)="([^"#?]+)([^"]*)"')
# mdBook makes a picture a checkbox that zooms it to the window's size, which helps nobody on a phone.
PICTURE = re.compile(
    r'<label class="checkbox-label"><input class="checkbox-img" type="checkbox">'
    r'(<img [^>]*>)<span class="img-wrapper"><img [^>]*></span></label>'
)
SHOWN_AS_THEY_ARE = {".svg", ".png", ".jpg", ".gif", ".webp", ".pdf"}

FILE_PAGE = """<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{name}</title>
<link rel="stylesheet" href="{up}theme/file.css">
</head>
<body>
<main>
<h1>{name}</h1>
{content}
</main>
</body>
</html>
"""


class Broken(Exception):
    pass


def replace(text: str, old: str, new: str, where: object) -> str:
    if old not in text:
        raise Broken(f"mdBook did not write {old!r} in {where}")
    return text.replace(old, new)


def finish(root: Path, out: Path) -> None:
    shutil.copy(root / "docs/theme/file.css", out / "theme")
    files = Files(root, out)
    for language in LANGUAGES:
        for page in sorted((out / language).glob("*.html")):
            if page.name == "toc.html":  # What is in the sidebar where there is no JavaScript.
                continue
            text = page.read_text(encoding="utf-8")
            page.write_text(finish_page(text, language, page, files), encoding="utf-8", newline="\n")
    for pattern, words in CHINESE_SCRIPTS.items():
        for script in (out / "zh-CN").glob(pattern):
            text = script.read_text(encoding="utf-8")
            for old, new in words.items():
                text = replace(text, old, new, script.name)
            script.write_text(text, encoding="utf-8", newline="\n")


def finish_page(text: str, language: str, page: Path, files: "Files") -> str:
    (other,) = LANGUAGES.keys() - {language}
    if not (files.out / other / page.name).is_file():
        raise Broken(f"{language}/{page.name} has no counterpart in {other}")
    link = f'href="../{other}/{page.name}" hreflang="{other}"'
    changes = {
        **MENU,
        '<div class="right-buttons">': '<div class="right-buttons">'
        f'<a class="language" rel="alternate" {link} lang="{other}">{LANGUAGES[other]}</a>',
        "</head>": f'<link rel="alternate" {link}>\n    </head>',
        **FEWER_THEMES,
        **(CHINESE_PAGE if language == "zh-CN" else {}),
    }
    # The switch comes first: its own language must not be translated.
    start, main, rest = text.partition("<main>")
    main, end, tail = rest.partition("</main>")
    around = start + "<main>\0</main>" + tail  # The words replaced are never the chapter's own.
    for old, new in changes.items():
        around = replace(around, old, new, page.name)
    if language == "zh-CN":
        for old, new in CHINESE_TURNS.items():
            around = around.replace(old, new)
    main = PICTURE.sub(in_its_own_box, main)
    # Only a thing that has the focus is scrolled by the keyboard.
    main = main.replace('<div class="table-wrapper">', '<div class="table-wrapper" tabindex="0">')
    main = main.replace("<pre><code", '<pre><code tabindex="0"')
    main = LINK.sub(lambda found: files.relink(found, language, page), main)
    return around.replace("\0", main)


def in_its_own_box(found: re.Match) -> str:
    """It scrolls there when it is wider than the window, and a click shows it alone."""
    source = re.search(r'src="([^"]*)"', found[1])
    return f'<a class="picture" href="{source[1]}">{found[1]}</a>'


class Files:
    """Puts files of the repository that chapters link to beside the books, as pages of their own."""

    def __init__(self, root: Path, out: Path) -> None:
        self.root, self.out = root, out
        self.done: set[Path] = set()

    def relink(self, found: re.Match, language: str, page: Path) -> str:
        attribute, link, fragment = found.groups()
        if ":" in link or link.startswith("/"):
            return found[0]
        chapters = self.root / "docs" / language / "src"
        target = Path(os.path.normpath(chapters / unquote(link)))
        if target.is_relative_to(chapters):
            return found[0]
        if target.suffix == ".html" and not target.exists():
            target = target.with_suffix(".md")  # mdBook takes every Markdown file for a chapter.
        if not target.is_relative_to(self.root) or not target.exists():
            raise Broken(f"docs/{language}/src, {page.name}: no such file: {link}")
        for other in LANGUAGES:
            if target.parent == self.root / "docs" / other / "src":
                return f'{attribute}="../{other}/{target.stem}.html{fragment}"'
        return f'{attribute}="../{quote(self.publish(target).as_posix())}{fragment}"'

    def publish(self, source: Path) -> Path:
        """Returns where it is found below `out`."""
        # No folder with a dot: GitHub Pages leaves those out.
        place = Path("files", *(part.lstrip(".") for part in source.relative_to(self.root).parts))
        if source.is_file() and source.suffix in SHOWN_AS_THEY_ARE:
            page = place
        elif source.is_file():
            page = place.with_name(source.name + ".html")
        else:
            page = place / "index.html"
        if page in self.done:
            return page
        self.done.add(page)
        (self.out / page).parent.mkdir(parents=True, exist_ok=True)
        if page == place:
            shutil.copy(source, self.out / page)
            return page
        if source.is_file():
            lines = html.escape(source.read_text(encoding="utf-8")).splitlines()
            numbered = "\n".join(f'<span id="L{number}">{line}</span>' for number, line in enumerate(lines, 1))
            content = f'<pre tabindex="0"><code>{numbered}\n</code></pre>'
        else:
            content = f"<ul>\n{''.join(map(self.entry, self.visible(source)))}</ul>"
        name = html.escape(source.relative_to(self.root).as_posix())
        language = "zh-CN" if "zh-CN" in page.as_posix() else "en"
        text = FILE_PAGE.format(name=name, language=language, up="../" * (len(page.parts) - 1), content=content)
        (self.out / page).write_text(text, encoding="utf-8", newline="\n")
        return page

    def visible(self, folder: Path) -> list[Path]:
        hidden = {"target", "node_modules", "__pycache__"}
        return [entry for entry in sorted(folder.iterdir()) if entry.name not in hidden and entry.name[0] != "."]

    def entry(self, source: Path) -> str:
        page = self.publish(source)
        place = Path(page.parent.name, page.name) if source.is_dir() else Path(page.name)
        return f'<li><a href="{quote(place.as_posix())}">{html.escape(source.name)}</a></li>\n'
