"""Leaving by a link: what people and programs send, and what becomes of it."""

from __future__ import annotations

import pytest

from i18n import _, using
from mmcore.interfaces.subscription import SubscriptionPolicy
from mmcore.services.unsubscribe_tokens import make_token

ONE_CLICK = "List-Unsubscribe=One-Click"
FORM = "application/x-www-form-urlencoded"
#: As a mail program sends it (RFC 8058, section 3.2).
MULTIPART = (
    b"------FormBoundaryjWmhtjORrn\r\n"
    b'Content-Disposition: form-data; name="List-Unsubscribe"\r\n\r\n'
    b"One-Click\r\n"
    b"------FormBoundaryjWmhtjORrn--\r\n"
)
MULTIPART_TYPE = "multipart/form-data; boundary=----FormBoundaryjWmhtjORrn"


def said(answer, message, **values):
    """Whether a page has this text, in the language it says it is in."""
    with using(answer.html.html["lang"]):
        return _(message, **values) in answer.html.main.get_text()


class TestLooking:
    def test_a_page_asks_and_says_who_leaves_what(self, web, link):
        page = web.get(link, status=200)
        assert page.content_type == "text/html"
        assert [h1.text for h1 in page.html.find_all("h1")] == ["Leave Test?"]
        assert page.html.title.text == "Leave Test?"
        assert "test@example.com" in page.html.main.text
        assert "aperson@example.com" in page.html.main.text

    def test_there_is_one_button_and_it_has_a_name(self, web, link):
        [form] = web.get(link).html.find_all("form")
        assert form["method"] == "post"
        assert not form.has_attr("action")
        [button] = form.find_all("button")
        assert (button["type"], button.text) == ("submit", "Leave the list")

    @pytest.mark.parametrize("query", ["", "?List-Unsubscribe=One-Click", "?leave=yes", "?x"])
    @pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
    def test_whoever_only_follows_links_changes_nothing(self, web, link, there, method, query):
        answer = web.request(link + query, method=method)
        assert answer.status_int == (204 if method == "OPTIONS" else 200)
        assert there()

    @pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "X"])
    def test_other_methods_do_nothing(self, web, link, there, method):
        answer = web.request(link, method=method, status=405)
        assert answer.headers["Allow"] == "GET, HEAD, OPTIONS, POST"
        assert there()

    def test_names_are_no_markup(self, web, link, session, mlist):
        mlist.display_name = "<script>alert('x')</script> & $email ${list}"
        session.commit()
        page = web.get(link)
        assert page.html.find("script") is None
        assert page.html.h1.text == f"Leave {mlist.display_name}?"


class TestOneClick:
    @pytest.mark.parametrize(
        ("body", "kind"),
        [
            (ONE_CLICK, FORM),
            (ONE_CLICK, FORM + "; charset=utf-8"),
            (ONE_CLICK, "text/plain"),
            (ONE_CLICK, None),
            ("a=b&list-unsubscribe=ONE-CLICK", FORM),
            (MULTIPART, MULTIPART_TYPE),
            (MULTIPART.replace(b"\r\n", b"\n"), MULTIPART_TYPE),
            (MULTIPART, MULTIPART_TYPE.replace("multi", "Multi").replace("----", '"----') + '"'),
        ],
    )
    def test_a_post_unsubscribes_at_once(self, web, link, there, body, kind):
        # Not by `post`, which makes a multipart of its own.
        environ = {} if kind is None else {"CONTENT_TYPE": kind}
        data = body if isinstance(body, bytes) else body.encode()
        answer = web.request(link, method="POST", body=data, environ=environ, status=200)
        assert answer.content_type == "text/plain"
        assert len(answer.body) < 200
        assert "Set-Cookie" not in answer.headers
        assert not there()

    @pytest.mark.parametrize("policy", SubscriptionPolicy)
    def test_whatever_the_policy_of_the_list_is(self, web, link, mlist, session, there, policy):
        mlist.unsubscription_policy = policy
        session.commit()
        web.post(link, ONE_CLICK, status=200)
        assert not there()

    def test_the_second_time_is_as_good_as_the_first(self, web, link, mails):
        first = web.post(link, ONE_CLICK, status=200)
        after_first = mails()
        second = web.post(link, ONE_CLICK, status=200)
        assert second.body == first.body
        assert mails() == after_first

    def test_the_list_says_who_is_told(self, web, link, mlist, session, olga, mails):
        mlist.send_goodbye_message = True
        mlist.admin_notify_mchanges = True
        session.commit()
        web.post(link, ONE_CLICK)
        assert mails() == [
            (["aperson@example.com"], "You are no longer a member of Test"),
            (["olga@example.org"], "Test: a member has left"),
        ]

    def test_or_that_nobody_is(self, web, link, mlist, session, mails):
        mlist.send_goodbye_message = mlist.admin_notify_mchanges = False
        session.commit()
        web.post(link, ONE_CLICK)
        assert mails() == []

    @pytest.mark.parametrize(
        "body",
        ["", "List-Unsubscribe=No", "List-Unsubscribe", "One-Click=List-Unsubscribe", "x=y",
         "&" * 50 + ONE_CLICK, "\ufeff" + ONE_CLICK, "%00%ff=%fe"],
    )  # fmt: skip
    def test_what_does_not_say_so_changes_nothing(self, web, link, there, body):
        page = web.post(link, body.encode(), content_type=FORM, status=400)
        assert said(page, "Nothing was done, because nothing was asked for.")
        assert page.html.button.text == "Leave the list"
        assert there()

    def test_a_token_that_is_none_is_404(self, web, link, there):
        answer = web.post(link[:-1], ONE_CLICK, status=404)
        assert answer.content_type == "text/plain"
        assert there()

    def test_a_body_that_is_too_large_is_not_read(self, web, link, there):
        web.post(link, ONE_CLICK + "&x=" + "x" * 10_000, status=413)
        assert there()


class TestPage:
    def test_its_button_unsubscribes(self, web, link, there):
        page = web.get(link).forms[0].submit("leave")
        assert page.status_int == 200
        assert page.html.h1.text == "You have left Test"
        assert "aperson@example.com" in page.html.main.text
        assert page.html.find("form") is None
        assert page.html.a["href"] == "mailto:test-join@example.com"
        assert not there()

    def test_who_has_left_is_told_so_again(self, web, link):
        form = web.get(link).forms[0]
        form.submit("leave")
        for page in (form.submit("leave"), web.get(link, status=200)):
            assert page.html.h1.text == "You are not subscribed to Test any more"
            assert page.html.find("form") is None
            # Who is asked no more is told no more.
            assert "aperson" not in page

    def test_who_has_joined_again_leaves_by_a_new_link_only(self, web, link, session, there):
        web.post(link, ONE_CLICK)
        session.abort()
        session.begin()
        mlist = session.site.lists.get("test.example.com")
        again = mlist.subscribe(session.site.addresses.get("aperson@example.com"))
        new = f"/unsubscribe/{make_token(session.site, mlist.list_id, again.member_id)}"
        session.commit()
        web.post(link, ONE_CLICK, status=200)
        assert there()
        assert web.get(link).html.a["href"] == "mailto:test-leave@example.com"
        web.post(new, ONE_CLICK, status=200)
        assert not there()

    def test_a_list_that_is_gone(self, web, link, session):
        session.site.lists.remove(session.site.lists.get("test.example.com"))
        session.commit()
        page = web.get(link, status=200)
        assert page.html.h1.text == "You are not subscribed to test.example.com any more"
        assert page.html.find("a") is None
        web.post(link, ONE_CLICK, status=200)

    def test_a_membership_in_another_role_is_none(self, web, session, mlist, olga):
        path = f"/unsubscribe/{make_token(session.site, mlist.list_id, olga.member_id)}"
        assert web.get(path).html.find("form") is None
        web.post(path, ONE_CLICK, status=200)
        session.abort()
        mlist = session.begin().lists.get("test.example.com")
        assert mlist.owners.get("olga@example.org") is not None

    def test_a_link_that_was_damaged_says_what_to_do(self, web, link, there):
        for damaged in (link[:-1], link + "x", "/unsubscribe/1.2.3", "/unsubscribe/x"):
            page = web.get(damaged, status=404)
            assert page.html.h1.text == "This link does not work"
            assert "garden-leave@example.com" in page.html.main.text
            page = web.post(damaged, "leave=yes", status=404)
            assert "example.com" not in page.text.replace("garden-leave@example.com", "")
        assert there()


class TestLanguage:
    def test_it_is_that_of_the_browser(self, web, link):
        page = web.get(link, headers={"Accept-Language": "fr;q=0.3, de-AT;q=0.9, en;q=0.5"})
        assert page.html.html["lang"] == "de"
        with using("de"):
            assert page.html.h1.text == _("Leave $list?", list="Test")
            assert page.html.button.text == _("Leave the list")

    def test_what_the_member_has_chosen_goes_first(self, web, link, session, anne):
        anne.preferences.preferred_language = "de"
        session.commit()
        page = web.get(link, headers={"Accept-Language": "en"})
        assert page.html.html["lang"] == "de"

    def test_also_on_the_page_that_says_goodbye(self, web, link, session, anne):
        anne.preferences.preferred_language = "de"
        session.commit()
        page = web.post(link, "leave=yes", headers={"Accept-Language": "en"})
        assert page.html.html["lang"] == "de"

    def test_without_any_it_is_that_of_the_list(self, web, link, session, mlist):
        mlist.preferred_language = "de"
        session.commit()
        assert web.get(link).html.html["lang"] == "de"

    def test_and_without_a_list_that_of_the_site(self, web):
        web.app.app.registry.default_language = "de"
        assert web.get("/unsubscribe/x", status=404).html.html["lang"] == "de"

    def test_text_goes_from_left_to_right_unless_it_does_not(self, web, link):
        assert web.get(link).html.html["dir"] == "ltr"
