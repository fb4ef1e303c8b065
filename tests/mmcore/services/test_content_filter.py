from __future__ import annotations

import logging

import pytest

from mmcore.interfaces.action import FilterAction
from mmcore.interfaces.handler import DiscardMessage, RejectMessage
from mmcore.interfaces.member import MemberRole
from mmcore.message.message import Message
from mmcore.services.content_filter import filter_message
from tests.mmcore.message.samples import nested
from tests.support.messages import message
from tests.support.queues import queued

MIXED = """\
    From: anne@example.com
    Subject: Report
    MIME-Version: 1.0
    Content-Type: multipart/mixed; boundary="b"

    preamble
    --b
    Content-Type: text/plain; charset=utf-8

    Hello,\x20
    From here.
    --b
    Content-Type: image/jpeg; name="photo.JPG"
    Content-Transfer-Encoding: base64
    X-Odd-Part-Field:   two  blanks

    /9j/
    --b
    Content-Type: application/octet-stream
    Content-Disposition: attachment; filename="virus.exe"

    MZ
    --b--
    """

SIGNED = """\
    Content-Type: multipart/signed; boundary="s"; protocol="application/pgp-signature"

    --s
    Content-Type: multipart/mixed; boundary="b"

    --b
    Content-Type: multipart/alternative; boundary="a"

    --a

    text
    --a
    Content-Type: text/html

    <p>text</p>
    --a--
    --b
    Content-Type: application/x-thing

    thing
    --b--
    --s
    Content-Type: application/pgp-signature; name=signature.asc

    sign
    --s--
    """


@pytest.fixture
def filtering(mlist):
    mlist.filter_content = True
    mlist.collapse_alternatives = False
    return mlist


@pytest.fixture
def filtered(engine, filtering):
    """filtered(message) -> (the message, what was done)."""

    def filtered(msg, **keywords):
        msg = message(msg) if isinstance(msg, str) else msg
        return msg, filter_message(engine, filtering, msg, **keywords)

    return filtered


def types(msg):
    return [part.get_content_type() for part in Message.parse(msg.as_bytes()).walk()]


class TestRemovedParts:
    @pytest.mark.parametrize(
        ("values", "left"),
        [
            ({}, ["text/plain", "image/jpeg", "application/octet-stream"]),
            ({"filter_types": ["image/jpeg"]}, ["text/plain", "application/octet-stream"]),
            ({"filter_types": [" Image "]}, ["text/plain", "application/octet-stream"]),
            ({"pass_types": ["multipart", "text/plain", "IMAGE"]}, ["text/plain", "image/jpeg"]),
            ({"filter_extensions": [".EXE"]}, ["text/plain", "image/jpeg"]),
            ({"filter_extensions": ["jpg"]}, ["text/plain", "application/octet-stream"]),
            ({"pass_extensions": ["jpg"]}, ["text/plain", "image/jpeg"]),
        ],
    )
    def test_types_and_extensions_of_parts_count(self, filtering, filtered, values, left):
        for name, value in values.items():
            setattr(filtering, name, tuple(value))
        msg, done = filtered(MIXED)
        assert types(msg) == ["multipart/mixed", *left]
        assert done.changed is bool(values)

    def test_the_other_parts_stay_byte_for_byte(self, filtering, filtered):
        filtering.filter_extensions = ("exe",)
        before = message(MIXED).get_payload()
        msg, done = filtered(MIXED)
        after = Message.parse(msg.as_bytes()).get_payload()
        assert [part.as_bytes() for part in after] == [part.as_bytes() for part in before[:2]]
        assert done.removed == [("application/octet-stream", "virus.exe")]

    def test_nothing_to_remove_leaves_the_message_as_it_is(self, filtering, filtered):
        filtering.filter_types = ("video",)
        msg, done = filtered(MIXED)
        assert msg.as_bytes() == message(MIXED).as_bytes()
        assert not done.changed
        assert not msg.body_changed

    @pytest.mark.parametrize(
        "field",
        [
            "Content-Disposition: attachment; filename*=utf-8''b%C3%B6se.e%78e",
            "Content-Disposition: attachment; filename*0=\"a.\"; filename*1=\"exe\"",
            "Content-Disposition: attachment; filename=\"=?utf-8?q?b=C3=B6se=2Eexe?=\"",
            "Content-Disposition: attachment; filename=\"=?utf-8?b?YS5leGU=?=\"",
            "Content-Disposition: attachment; filename=\"a.exe. \"",
            "Content-Disposition: attachment; filename=a.txt\n"
            "    Content-Type: text/plain; name=a.exe",
            "Content-Type: text/plain; name=\"a.b.EXE\"",
            "Content-Type: text/plain; name*=x-none'en'a.exe",
        ],
    )  # fmt: skip
    def test_names_are_decoded_in_every_way(self, filtering, filtered, field):
        filtering.filter_extensions = ("exe",)
        msg, _done = filtered(
            f"""\
    Content-Type: multipart/mixed; boundary=b

    --b

    text
    --b

    more
    --b
    {field}

    x
    --b--
    """
        )
        assert types(msg) == ["multipart/mixed", "text/plain", "text/plain"]

    def test_multipart_that_lost_all_parts_goes_as_well(self, filtering, filtered):
        filtering.filter_types = ("image",)
        msg, done = filtered(
            """\
            Content-Type: multipart/mixed; boundary=b

            --b

            text
            --b

            text
            --b
            Content-Type: multipart/related; boundary=r

            --r
            Content-Type: image/png; name=a.png

            --r
            Content-Type: image/gif

            --r--
            --b--
            """
        )
        assert types(msg) == ["multipart/mixed", "text/plain", "text/plain"]
        assert done.removed == [
            ("image/png", "a.png"),
            ("image/gif", ""),
            ("multipart/related", ""),
        ]

    def test_enclosed_messages_are_looked_into(self, filtering, filtered):
        filtering.filter_types = ("text/html",)
        msg, done = filtered(
            """\
            Content-Type: multipart/mixed; boundary=b

            --b

            text
            --b

            text
            --b
            Content-Type: message/rfc822

            Subject: x
            Content-Type: text/html

            <p>x</p>
            --b--
            """
        )
        assert types(msg) == ["multipart/mixed", "text/plain", "text/plain"]
        assert done.removed[0] == ("text/html", "")


class TestHiddenParts:
    """What others may find a part in, although we find none."""

    def test_what_is_nested_too_deep_goes(self, filtering, filtered):
        filtering.filter_types = ("image",)
        with pytest.raises(DiscardMessage):
            filtered(Message.parse(nested(80)))

    def test_forty_levels_are_not_too_deep(self, filtering, filtered):
        filtering.filter_types = ("image",)
        assert types(filtered(Message.parse(nested(40)))[0]) == ["text/plain"]

    def test_too_many_parts_to_look_at_go(self, filtered):
        data = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\n.\r\n" * 10_001
        with pytest.raises(DiscardMessage, match="built in a way"):
            filtered(Message.parse(data))

    def test_multipart_without_parts_is_a_text(self, filtered):
        data = b"Content-Type: multipart/mixed; boundary=x\r\n\r\nno parts\r\n"
        msg, done = filtered(Message.parse(data))
        assert msg.as_bytes() == data
        assert not done.changed


class TestSignedAndEncryptedParts:
    def test_nothing_below_them_changes_its_shape(self, filtering, filtered):
        filtering.collapse_alternatives = filtering.convert_html_to_plaintext = True
        msg, done = filtered(SIGNED)
        assert msg.as_bytes() == message(SIGNED).as_bytes()
        assert not done.changed

    def test_who_has_signed_cannot_bring_in_anything(self, filtering, filtered):
        filtering.filter_types = ("application/x-thing",)
        msg, done = filtered(SIGNED)
        # The signature would be wrong, so it went too.
        assert types(msg) == ["multipart/alternative", "text/plain", "text/html"]
        assert done.removed == [("application/x-thing", "")]

    def test_signature_that_is_not_let_through_leaves_the_text(self, filtering, filtered):
        filtering.filter_types = ("application/pgp-signature",)
        msg, _done = filtered(SIGNED)
        assert types(msg)[0] == "multipart/mixed"
        assert b"sign\r\n" not in msg.as_bytes()

    def test_half_of_a_cipher_is_none(self, filtering, filtered):
        filtering.filter_types = ("application/octet-stream",)
        with pytest.raises(DiscardMessage, match="Nothing was left"):
            filtered(
                """\
                Content-Type: multipart/encrypted; boundary=e

                --e
                Content-Type: application/pgp-encrypted

                Version: 1
                --e
                Content-Type: application/octet-stream

                secret
                --e--
                """
            )


HTML = "From: anne@example.com\nContent-Type: text/html; name=a.htm\n\n<p>x</p>\n"
NOTHING = """\
    From: anne@example.com
    Content-Type: multipart/mixed; boundary=b

    --b
    Content-Type: image/png

    x
    --b--
    """


class TestDisposedMessages:
    @pytest.mark.parametrize(
        ("text", "values", "reason"),
        [
            (HTML, {"filter_types": ("text/html",)}, "one that this list does not take"),
            (HTML, {"filter_types": ("text",)}, "one that this list does not take"),
            (HTML, {"pass_types": ("text/plain",)}, "not one of those"),
            (HTML, {"filter_extensions": ("htm",)}, "file of a kind"),
            (HTML, {"pass_extensions": ("txt",)}, "not of a kind"),
            (NOTHING, {"filter_types": ("image",)}, "Nothing was left"),
        ],
    )
    def test_reason_is_told_and_the_message_not_changed(
        self, filtering, filtered, text, values, reason
    ):
        for name, value in values.items():
            setattr(filtering, name, value)
        msg = message(text)
        for action, error in (
            (FilterAction.discard, DiscardMessage),
            (FilterAction.reject, RejectMessage),
        ):
            filtering.filter_action = action
            with pytest.raises(error, match=reason):
                filtered(msg)
            assert msg.as_bytes() == message(text).as_bytes()

    def test_reason_is_in_the_language_of_the_list(self, filtering, filtered, monkeypatch):
        filtering.filter_types = ("text",)
        filtering.filter_action = FilterAction.reject
        monkeypatch.setattr(
            "mmcore.services.content_filter.explain", lambda reason: f"[{reason[:8]}]"
        )
        with pytest.raises(RejectMessage, match=r"\[The type\]"):
            filtered(HTML)

    @pytest.mark.parametrize("action", [FilterAction.hold, FilterAction.accept])
    def test_actions_that_make_no_sense_discard(self, filtering, filtered, action, caplog):
        filtering.filter_types = ("text",)
        filtering.filter_action = action
        with caplog.at_level(logging.ERROR), pytest.raises(DiscardMessage):
            filtered(HTML)
        assert "is none for content" in caplog.text


class TestForward:
    @pytest.fixture(autouse=True)
    def forward(self, filtering):
        filtering.filter_types = ("image",)
        filtering.filter_action = FilterAction.forward

    def test_people_in_charge_get_the_message_as_it_came(self, engine, site, filtering, filtered):
        site.users.make("olga@example.org")
        filtering.subscribe(site.addresses.get("olga@example.org"), MemberRole.owner)
        with pytest.raises(DiscardMessage):
            filtered(NOTHING)
        [(notice, msgdata)] = queued(engine, site, "virgin")
        assert msgdata["recipients"] == ["olga@example.org"]
        text, enclosed = notice.get_payload()
        assert "Nothing was left of the message" in " ".join(text.get_payload().split())
        assert enclosed.get_payload(0).as_bytes() == message(NOTHING).as_bytes()

    def test_else_the_owner_of_the_site(self, engine, site, filtered):
        with pytest.raises(DiscardMessage):
            filtered(NOTHING)
        [(_notice, msgdata)] = queued(engine, site, "virgin")
        assert msgdata["recipients"] == [engine.settings.mmcore.site_owner]

    def test_not_for_who_only_wants_to_know(self, engine, site, filtered):
        with pytest.raises(DiscardMessage):
            filtered(NOTHING, side_effects=False)
        assert queued(engine, site, "virgin") == []


class TestPreserve:
    @pytest.fixture(autouse=True)
    def preserve(self, filtering):
        filtering.filter_types = ("image",)
        filtering.filter_action = FilterAction.preserve

    def test_message_is_kept_as_it_came(self, settings, engine, site, filtered):
        settings.mmcore.filtered_messages_are_preservable = True
        with pytest.raises(DiscardMessage):
            filtered(NOTHING)
        switchboard = site.queues["bad"]
        [name] = switchboard.names()
        assert switchboard.get(name).content.startswith("k:")
        [(msg, msgdata)] = queued(engine, site, "bad")
        assert msg.as_bytes() == message(NOTHING).as_bytes()
        assert msgdata["listid"] == "test.example.com"
        assert msgdata["filter_reason"].startswith("Nothing was left")

    def test_only_if_the_site_allows_it(self, engine, site, filtered):
        with pytest.raises(DiscardMessage):
            filtered(NOTHING)
        assert queued(engine, site, "bad") == []

    def test_not_for_who_only_wants_to_know(self, settings, engine, site, filtered):
        settings.mmcore.filtered_messages_are_preservable = True
        with pytest.raises(DiscardMessage):
            filtered(NOTHING, side_effects=False)
        assert queued(engine, site, "bad") == []
