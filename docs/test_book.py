"""What book.py refuses, and what a {{#step}} includes."""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import steps

ROOT = Path(__file__).resolve().parent.parent

LESSON = """\
fn serve() {
    // 1 socket 创建套接字: why
    let listener = new();

    // 2 bind 绑定, 3 listen 监听
    listener.start()?;

    // 5 recv 接收: at most 1024 bytes;
    // only 0 means the end.
    loop {
        // No step, only a remark.
    }
}

/// What it is for.
#[derive(Debug)]
pub enum Asked {
    Nothing,
}
"""


class Steps(unittest.TestCase):
    def included(self, anchor: str) -> str:
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "main.rs").write_text(LESSON, encoding="utf-8")
            page = "```rust\n{{#step main.rs:%s}}\n```" % anchor
            return steps.expand(page, Path(folder, "page.md"), "page.md")[8:-4]

    def test_a_step_ends_where_the_next_begins(self):
        self.assertEqual(self.included("1"), "// 1 socket 创建套接字: why\nlet listener = new();")

    def test_the_last_step_ends_with_its_block(self):
        remark = "    // No step, only a remark.\n}"
        self.assertEqual(self.included("5"), f"// 5 recv 接收: at most 1024 bytes;\n// only 0 means the end.\nloop {{\n{remark}")

    def test_two_steps_in_one_comment(self):
        self.assertEqual(self.included("2"), "// 2 bind 绑定, 3 listen 监听\nlistener.start()?;")
        self.assertEqual(self.included("3"), self.included("2"))

    def test_several_steps(self):
        self.assertEqual(self.included("1-3"), self.included("1") + "\n\n" + self.included("2"))

    def test_an_item_with_what_is_said_of_it(self):
        self.assertEqual(self.included("enum Asked"), LESSON[LESSON.index("/// What") :].rstrip())

    def test_what_is_missing_is_named(self):
        for anchor, why in (("4", "no step 4"), ("fn accept", "no `fn accept`")):
            with self.assertRaises(SystemExit) as ended:
                self.included(anchor)
            self.assertEqual(ended.exception.code, f"error: page.md:2: {why} in main.rs")

    def test_chinese_lines_are_joined_outside_code(self):
        self.assertEqual(steps.join_han("半关\n闭，\n\n```\n半\n闭\n```\nTCP\n服务器"), "半关闭，\n\n```\n半\n闭\n```\nTCP\n服务器")


class Build(unittest.TestCase):
    """In a copy of the repository, with one thing wrong."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        for part in ("README.md", "docs", "lessons", "shared", "tests", ".github"):
            copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
            ignored = {"ignore": shutil.ignore_patterns("node_modules")} if (ROOT / part).is_dir() else {}
            copy(ROOT / part, self.root / part, **ignored)

    def said(self, *arguments: str, path: str | None = None) -> tuple[int, str]:
        environment = os.environ | ({} if path is None else {"PATH": path})
        command = [sys.executable, str(self.root / "docs/book.py"), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=environment, timeout=60)
        return done.returncode, done.stderr

    def refused(self, page: str, added: str) -> str:
        with open(self.root / "docs" / page, "a", encoding="utf-8") as file:
            file.write(added)
        status, error = self.said("build")
        self.assertEqual(status, 1, error)
        self.assertFalse((self.root / "target/book").exists())
        self.assertEqual(error.count("\n"), 1, error)
        return error

    def test_a_missing_step(self):
        added = "\n{{#step ../../../lessons/02-receive-loop/src/main.rs:9}}\n"
        self.assertRegex(self.refused("en/src/words.md", added), r"^error: docs/en/src/words.md:\d+: no step 9 in ")

    def test_a_missing_file_and_anchor_of_an_include(self):
        self.assertIn("no such file", self.refused("en/src/words.md", "\n{{#include ../../../lessons/none.rs}}\n"))
        anchor = "\n{{#include ../../../lessons/02-receive-loop/src/main.rs:none}}\n"
        shutil.copy(ROOT / "docs/en/src/words.md", self.root / "docs/en/src/words.md")
        self.assertIn("no ANCHOR: none", self.refused("en/src/words.md", anchor))

    def test_a_link_to_a_file_that_is_not_there(self):
        self.assertIn("no such file: ../../../none.rs", self.refused("zh-CN/src/words.md", "\n[x](../../../none.rs)\n"))

    def test_a_chapter_in_one_language_only(self):
        (self.root / "docs/en/src/extra.md").write_text("# Extra\n", encoding="utf-8")
        self.assertIn("en/extra.html has no counterpart", self.refused("en/src/SUMMARY.md", "- [Extra](extra.md)\n"))

    def test_no_mdbook(self):
        status, error = self.said("build", path="")
        self.assertEqual(status, 1)
        self.assertRegex(error, r"^error: mdbook is not installed: cargo install mdbook .*\n$")

    @unittest.skipIf(os.name == "nt", "a shell script stands for mdbook")
    def test_another_mdbook(self):
        other = self.root / "mdbook"
        other.write_text("#!/bin/sh\necho mdbook v0.4.40\n")
        other.chmod(0o755)
        status, error = self.said("build", path=str(self.root))
        self.assertEqual(status, 1)
        self.assertRegex(error, r"^error: this is mdbook v0.4.40, but the book needs 0.5.4: .*\n$")

    def test_bad_use(self):
        status, error = self.said("paint")
        self.assertEqual(status, 2)
        self.assertIn("invalid choice: 'paint'", error)


if __name__ == "__main__":
    unittest.main()
