#!/usr/bin/env python3
"""Builds the course's book, in English and in Chinese, into target/book."""

import argparse
import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

import pages

MDBOOK = "0.5.4"  # Also in requirements.txt. pages.py and theme/ rely on what this one writes.
DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
OUT = ROOT / "target" / "book"
INSTALL = f"cargo install mdbook --locked --version {MDBOOK}"


class Failed(Exception):
    pass


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def find_mdbook() -> str:
    mdbook = shutil.which("mdbook")
    if mdbook is None:
        raise Failed(f"mdbook is not installed: {INSTALL}")
    version = subprocess.run([mdbook, "--version"], capture_output=True, text=True).stdout.strip()
    if version != f"mdbook v{MDBOOK}":
        raise Failed(f"this is {version or 'no mdbook'}, but the book needs {MDBOOK}: {INSTALL} --force")
    return mdbook


def run_mdbook(mdbook: str, language: str, out: Path) -> None:
    # Over book.toml's `python3`, which is called otherwise on Windows. mdBook reads values as JSON.
    steps = shlex.join([sys.executable, str(DOCS / "steps.py")])
    environment = os.environ | {"MDBOOK_PREPROCESSOR__STEPS__COMMAND": json.dumps(steps), "MDBOOK_LOG": "warn"}
    command = [mdbook, "build", str(DOCS / language), "--dest-dir", str(out / language)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=environment)
    # mdBook only warns of an include that it can't find, and exits with 0.
    if done.returncode != 0 or done.stderr.strip():
        said = done.stderr.strip().splitlines()
        ours = [line.removeprefix("error: ") for line in said if line.startswith("error: ")]
        raise Failed("\n".join(ours or said) or f"mdbook exited with {done.returncode}")


def build() -> None:
    mdbook = find_mdbook()
    OUT.parent.mkdir(exist_ok=True)
    # Aside, and moved when it is whole: a server shows the old book until then.
    with TemporaryDirectory(prefix="book-", dir=OUT.parent) as scratch:
        new = Path(scratch, "book")
        for language in pages.LANGUAGES:
            run_mdbook(mdbook, language, new)
        try:
            pages.finish(ROOT, new)
        except pages.Broken as broken:
            raise Failed(broken)
        shutil.copy(DOCS / "index.html", new)
        shutil.rmtree(OUT, ignore_errors=True)
        new.rename(OUT)


def sources() -> dict[Path, int]:
    """What the book is made of, and when each file was last changed."""
    files = [file for folder in ("docs", "lessons", "shared", "tests") for file in (ROOT / folder).rglob("*")]
    return {file: file.stat().st_mtime_ns for file in files if file.is_file() and "node_modules" not in file.parts}


def serve(port: int) -> None:
    build()
    handler = partial(Quiet, directory=str(OUT))
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    except OSError as error:
        raise Failed(f"port {port}: {error.strerror}; choose another with --port")
    Thread(target=server.serve_forever, daemon=True).start()
    print(f"the book is at http://127.0.0.1:{server.server_port}/ and is built again when a file changes; Ctrl-C ends this")
    known = sources()
    while True:
        time.sleep(0.5)
        if (now := sources()) != known:
            known = now
            try:
                build()
                print("built again; reload the page")
            except Failed as failed:
                print(f"error: {failed}", file=sys.stderr)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("build", help="builds both books into target/book")
    serving = commands.add_parser("serve", help="builds them, serves them, and builds them again at each change")
    serving.add_argument("--port", type=int, default=3000, help="on 127.0.0.1; 0 is any free one [default: 3000]")
    arguments = parser.parse_args()
    try:
        if arguments.command == "build":
            build()
            print(f"built {OUT.relative_to(ROOT).as_posix()}/index.html")
        else:
            serve(arguments.port)
    except Failed as failed:
        print(f"error: {failed}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
