from __future__ import annotations

import resource
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmcore.message.html_text import MOST_ELEMENTS, text_of_html

PAGE = """\
<!DOCTYPE html><html><head><title>Title</title><meta charset="iso-8859-1">
<style>p { color: red }</style></head><body>
<div style="color: red; DISPLAY :none">hidden preview</div>
<h1>News &amp; more</h1>
<p>Dear <b>An</b>ne,<br>&#8222;Gr&uuml;&szlig;e&#8220;<!-- a comment -->&nbsp;and so on.</p>
<ul><li>one<li>two<ol><li>a</li><li>b</li></ol></ul>
<table><tr><td>
  <table><tr><th>Fruit<th>Price</tr><tr><td>Apple<td>1.20</tr><tr><td>Pear<td>10</tr></table>
</td></tr></table>
<pre>  code
    here</pre>
<script>document.write("<p>no</p>")</script>
<p>3 < 4, <img src="x.png" alt="a flower"> <q>quoted</q></p></body></html>
"""
TEXT = """\
News & more

Dear Anne,
„Grüße“ and so on.

  * one
  * two
     1. a
     2. b
Fruit  Price
Apple  1.20
Pear   10

  code
    here

3 < 4, [a flower] "quoted"
"""


class TestTextOfHTML:
    def test_page_is_laid_out(self):
        assert text_of_html(PAGE) == TEXT

    @pytest.mark.parametrize("page", ["", " \n", "<!-- x -->", "<html></html>", "<p>&nbsp;</p>"])
    def test_page_that_shows_nothing(self, page):
        assert text_of_html(page) == ""

    @pytest.mark.parametrize(
        ("link", "text"),
        [
            ('<a href="https://example.com/a?b=1&amp;c=2">here</a>',
             "here <https://example.com/a?b=1&c=2>"),
            ('<a href="https://example.com/">https://example.com/</a>', "https://example.com/"),
            ('<a href="https://example.com/">example.com</a>', "example.com"),
            ('<a href="mailto:a@example.com">a@example.com</a>', "a@example.com"),
            ("<a href=mailto:a@example.com>Anne</a>", "Anne <a@example.com>"),
            ("<a href='https://example.com/'><b>he</b><i>re</i></a>.",
             "here <https://example.com/>."),
            ('<a href="javascript:x()">here</a>', "here"),
            ('<a href="#top">top</a>', "top"),
            ('<a href="https://example.com/&quot;&lt;x&gt;">x</a>',
             'x <https://example.com/"<x>>'),
        ],
    )  # fmt: skip
    def test_links_keep_their_targets(self, link, text):
        assert text_of_html(link) == text + "\n"

    def test_long_lines_are_broken_and_columns_are_not(self):
        text = text_of_html("<p>" + "word " * 30 + "</p><pre>" + "x  y" * 30 + "</pre>")
        assert max(map(len, text.split("\n\n")[0].split("\n"))) <= 76
        assert "x  y" * 30 in text

    def test_layout_tables_do_not_become_columns(self):
        page = "<table><tr><td><p>left</p><td><table><tr><td>x<td>y</tr></table></table>"
        assert text_of_html(page) == "left\n\nx  y\n"

    @pytest.mark.parametrize("name", ["ul", "div", "b", "blockquote", "table><tr><td"])
    def test_however_deep_no_text_is_lost(self, name):
        assert "at last" in text_of_html(f"<{name}>" * 100_000 + "at last")

    def test_text_after_a_deep_place_is_not_lost(self):
        page = "<p>before" + "<div>" * 300 + "deep" + "</div>" * 300 + "after"
        page += '<a href="http://example.com/">here</a><img alt="a flower">'
        assert text_of_html(page).split() == [
            "before", "deep", "after", "<http://example.com/>", "here[a", "flower]",
        ]  # fmt: skip

    def test_more_elements_than_are_laid_out(self):
        page = "<p>one</p>" * (MOST_ELEMENTS + 1)
        assert text_of_html(page) == "one\n" * (MOST_ELEMENTS + 1)

    def test_controls_and_surrogates_do_not_get_through(self):
        for page in ("a\x00b\x1bc\ud800d&#27;&#xd800;&#13;", "<div>" * 300 + "&#27;&#13;"):
            assert not set(text_of_html(page)) & set("\x00\x1b\ud800\r")

    @given(
        st.lists(
            st.sampled_from(
                ["<", ">", '"', "'", "=", " ", "a", "<p", "<a href=", "<img alt=", "style", "<!--",
                 "-->", "</", "/", "<td>", "<table>", "<tr>", "<li>", "<ul>", "&", "#", "x1;",
                 "\n", "<script", "<title>", "display:none", "<?", "\x00", "\ud800", '=="']
            ),
            max_size=60,
        )
    )  # fmt: skip
    def test_nothing_raises(self, pieces):
        text_of_html("".join(pieces)).encode("utf-8")


MEGABYTE = 1_000_000

HOSTILE = {
    "nested blocks": "<div>" * 200_000,
    "nested words": "<b>" * 333_333,
    "nested lists": "<ul><li>" * 125_000,
    "many lists in lists": ("<ul><li>" * 100 + "x" + "</li></ul>" * 100) * 520,
    "nested tables": "<table><tr><td>" * 66_666,
    "many tables in tables": "<table><tr><td>x</td><td>" * 40_000,
    "table of wide cells": "<table><tr><td>"
    + "word " * 20_000
    + "<td>x" * 100
    + "</tr>"
    + "<tr><td>y</tr>" * 60_000,
    "table of many cells": "<table>" + ("<tr>" + "<td>x" * 1000) * 200,
    "many small tables": ("<table>" + "<tr><td>a<td>b</tr>" * 30 + "</table>") * 1700,
    "cells over many columns": "<table><tr><td colspan=999999999 rowspan=999999999>x",
    "large margins": '<div style="padding-left:99999em;margin-top:99999em">x</div>' * 15_000,
    "attributes": "<p " + " ".join(f"a{n}=1" for n in range(110_000)) + ">x",
    "attributes without an end": '<p "' + " ".join(f"a{n}=1" for n in range(110_000)),
    "links": '<a href="http://example.com/">x</a>' * 28_000,
    "links in links": '<a href="http://example.com/"><div>' * 28_000,
    "open tags": "<a" * 500_000,
    "open ends": "</" * 500_000,
    "open comments": "<!--" * 250_000,
    "open scripts": "<div>" * 300 + "<script " * 120_000,
    "open quotes": "<p a=\"'" * 125_000,
    "angles": "<" * MEGABYTE,
    "ampersands": "&" * MEGABYTE,
    "paragraphs that end others": "<b>" * 240 + "<p>" * 300_000,
    "line ends": "<br>" * 250_000,
    "one word": "x" * MEGABYTE,
    "one line": "word " * 200_000,
}


class TestHostilePages:
    @pytest.mark.parametrize("name", HOSTILE)
    def test_a_megabyte_takes_seconds_and_little_memory(self, name):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        start = time.process_time()
        text = text_of_html(HOSTILE[name])
        # A second here; ten on a slow machine.
        assert time.process_time() - start < 10
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000
        assert len(text) < 5 * MEGABYTE
