"""The public pages in a real browser, as a reader sees them on a small telephone."""

from __future__ import annotations

import re

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from i18n import _, using
from mmcore.app import opened
from mmcore.config import load
from mmcore.services.unsubscribe_tokens import one_click_uri
from tests.support.browser import SMALL, browser, darken
from tests.support.engine import until
from tests.support.lists import List
from tests.support.ports import free_port

PORT = free_port()
SETTINGS = {
    "public": {"url": f"http://127.0.0.1:{PORT}", "port": PORT},
    "runner.public": {"start": "yes"},
}


@pytest.fixture(params=[False, True], ids=["without scripts", "with scripts"])
def german(request, tmp_path):
    """A browser of somebody who reads German."""
    with browser(str(tmp_path), "de-DE,de", scripts=request.param) as driver:
        yield driver


@pytest.fixture
def mlist(engine):
    """A list with two members."""
    until(lambda: engine._answers(PORT), what=engine.log())
    return List(engine, 2)


def link(mlist, number=0):
    """What stands in the copy of a member."""
    settings = load(mlist.engine.config)
    with opened(settings) as (_engine, site):
        member = site.lists.get(mlist.address).members.get(mlist.members[number])
        return one_click_uri(settings, site, mlist.list_id, member.member_id)


def roster(mlist):
    """The addresses of the members by now."""
    entries = mlist.engine.rest("GET", f"/lists/{mlist.list_id}/roster/member")[1]["entries"]
    return [entry["email"] for entry in entries]


def heading(driver):
    return driver.find_element(By.TAG_NAME, "h1").text


def read(driver, uri):
    """Open a page and look whether it is whole."""
    driver.get(uri)
    html = driver.find_element(By.TAG_NAME, "html")
    assert html.get_attribute("lang") == "de"
    assert html.get_attribute("dir") == "ltr"
    # Nothing is cut off, however narrow the window is.
    assert html.get_property("scrollWidth") == html.get_property("clientWidth") == SMALL["width"]


class TestLeaving:
    def test_a_reader_opens_the_link_reads_and_presses_the_button(self, mlist, german):
        leaving, other = mlist.members
        name = mlist.name.title()
        with using("de"):
            question = _("Leave $list?", list=name)
            label = _("Leave the list")
            farewell = _("You have left $list", list=name)
        for _visit in range(2):
            read(german, link(mlist))
            assert heading(german) == german.title == question
            text = german.find_element(By.TAG_NAME, "main").text
            assert mlist.address in text
            assert leaving in text
        # Looking has changed nothing.
        assert roster(mlist) == [leaving, other]
        [button] = german.find_elements(By.TAG_NAME, "button")
        assert button.accessible_name == label
        # The style sheet is there, although a policy forbids nearly everything.
        assert button.rect["height"] >= 44
        assert button.value_of_css_property("font-weight") == "600"
        button.click()
        # An element may be gone between two looks while the page changes; the title may not.
        until(lambda: german.title == farewell, what=german.page_source)
        assert heading(german) == farewell
        assert german.find_elements(By.TAG_NAME, "button") == []
        assert roster(mlist) == [other]
        assert german.get_cookies() == []

    def test_the_keyboard_is_enough(self, mlist, german):
        read(german, link(mlist))
        german.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
        button = german.switch_to.active_element
        assert button.tag_name == "button"
        assert button.value_of_css_property("outline-style") == "solid"
        button.send_keys(Keys.ENTER)
        until(lambda: roster(mlist) == mlist.members[1:], what=german.page_source)

    def test_by_night_the_page_is_dark(self, mlist, german):
        def paper():
            colour = german.find_element(By.TAG_NAME, "body").value_of_css_property(
                "background-color"
            )
            return sum(int(part) for part in re.findall(r"\d+", colour)[:3]) / 3

        read(german, link(mlist))
        assert paper() > 200
        darken(german)
        assert paper() < 50

    def test_nothing_is_complained_of(self, mlist, german):
        uri = link(mlist)
        read(german, uri)
        german.find_element(By.TAG_NAME, "button").click()
        until(lambda: len(roster(mlist)) == 1)
        read(german, uri)
        with using("de"):
            ended = _("You are not subscribed to $list any more", list=mlist.name.title())
        assert heading(german) == ended
        complaints = [entry["message"] for entry in german.get_log("browser")]
        assert [text for text in complaints if "favicon" not in text] == []
