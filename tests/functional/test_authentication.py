"""From LMTP to SMTP: whose signatures hold on what leaves, and what the author's DMARC changes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.parser import BytesParser
from email.policy import default as modern
from pathlib import Path

import dns.rcode
import pytest

from tests.support.dns import Nameserver
from tests.support.engine import RunningEngine, until
from tests.support.keys import ED25519, RSA, chain_state, holds, publish, sign
from tests.support.lists import List, sending_engine, settle, smarthost_of
from tests.support.smtpd import ScriptedServer

HEADER = (
    b"From: Anne <{sender}>\r\nTo: <{list}>\r\nSubject: Hello\r\n there, everybody\r\n"
    b"Message-ID: <{number}@example.org>\r\nDate: Mon, 1 Aug 2005 07:49:23 +0000\r\n"
)
MULTIPART = (
    b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed;\r\n  boundary="=_x"\r\n\r\n'
    b"preamble\r\n--=_x\r\nContent-Type: text/plain; charset=utf-8\r\n"
    b"Content-Transfer-Encoding: 8bit\r\n\r\nGr\xc3\xbc\xc3\x9fe\r\n--=_x\r\n"
    b'Content-Type: application/octet-stream; name="a very long name of a file that makes the'
    b' field longer than 78 columns.bin"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
    b"AAECAwQFBgc=\r\n\r\n\r\n--=_x--\r\nepilogue\r\n"
)
#: Everything after the author's fields, by what is special about it.
SHAPES = {
    "plain": b"\r\nHow are you?\r\n",
    "empty": b"\r\n",
    "without a line end": b"\r\nHow are you?",
    "blank lines at the end": b"\r\nHow are you?\r\n\r\n\r\n",
    "blanks at line ends": b"\r\nHow \t are  you?  \r\n-- \r\nAnne\t\r\n",
    "from at line starts": b"\r\nFrom here\r\n>From there\r\nFrom: nobody\r\n",
    "dots at line starts": b"\r\n.\r\n..\r\n.hidden\r\n",
    "multipart": MULTIPART,
    "eight bits": b"Content-Type: text/plain; charset=iso-8859-1\r\n"
    b"Content-Transfer-Encoding: 8bit\r\n\r\nGr\xfc\xdfe\r\n",
    "eight bits that nobody declared": b"\r\nGr\xfc\xdfe\r\n",
    "quoted-printable": b"Content-Type: text/plain; charset=utf-8; format=flowed\r\n"
    b"Content-Transfer-Encoding: quoted-printable\r\n\r\nGr=C3=BC=C3=9Fe =\r\nall\r\n",
    "long lines": b"\r\n" + b"x" * 990 + b"\r\n",
    "a nested message": b"Content-Type: message/rfc822\r\n\r\nSubject:   y\r\n\r\nz\r\n",
}  # fmt: skip


@pytest.fixture(scope="module")
def nameserver() -> Iterator[Nameserver]:
    with Nameserver() as nameserver:
        yield nameserver


@pytest.fixture(scope="module")
def engine(tmp_path_factory, nameserver) -> Iterator[RunningEngine]:
    """An engine that adds nothing to the texts of posts."""
    engine = sending_engine(Path(tmp_path_factory.mktemp("d")))
    engine.set("dmarc", **nameserver.settings())
    configure(engine)
    engine.start()
    yield engine
    engine.stop()


@pytest.fixture(scope="module")
def signing(tmp_path_factory, nameserver) -> Iterator[RunningEngine]:
    """An engine that signs and seals what it sends."""
    engine = sending_engine(Path(tmp_path_factory.mktemp("s")))
    engine.set("dmarc", **nameserver.settings())
    engine.set("DKIM", enabled="yes", privkey=ED25519, selector="dkim")
    engine.set("ARC", enabled="yes", privkey=RSA, selector="arc", domain="example.com",
               authserv_id="lists.example.com")  # fmt: skip
    publish(nameserver, ED25519, "dkim", "example.com")
    publish(nameserver, RSA, "arc", "example.com")
    engine.start()
    yield engine
    engine.stop()


def configure(engine: RunningEngine) -> None:
    folder = engine.var / "templates" / "site" / "en"
    folder.mkdir(parents=True)
    (folder / "list.member.regular.footer.txt").write_text("\n")


@pytest.fixture
def smarthost(engine: RunningEngine) -> Iterator[ScriptedServer]:
    with smarthost_of(engine) as server:
        yield server


@pytest.fixture
def signed_smarthost(signing: RunningEngine) -> Iterator[ScriptedServer]:
    with smarthost_of(signing) as server:
        yield server


@pytest.fixture(scope="module")
def silent(engine: RunningEngine) -> List:
    """A list that adds only header fields."""
    mlist = List(engine, 2)
    mlist.config(subject_prefix="")
    return mlist


@pytest.fixture(scope="module")
def usual(signing: RunningEngine) -> List:
    """A list with a prefix and a footer."""
    return List(signing, 2)


def text_of(mlist: List, rest: bytes, number: str = "1") -> bytes:
    header = HEADER.replace(b"{sender}", mlist.members[0].encode())
    header = header.replace(b"{list}", mlist.address.encode())
    return header.replace(b"{number}", f"{number}.{mlist.name}".encode()) + rest


def send(engine: RunningEngine, mlist: List, content: bytes) -> None:
    with engine.lmtp() as session:
        assert session.sendmail(mlist.members[0], [mlist.address], content) == {}


def delivered(engine: RunningEngine, mlist: List, server: ScriptedServer) -> bytes:
    """What the members were given, which is the same for all."""
    until(lambda: mlist.copies(server) == mlist.once_each(), what=engine.log()[-3000:])
    settle(engine)
    [content] = {caught.content for caught in mlist.transactions(server)}
    return content


class TestAuthorsSignature:
    @pytest.mark.parametrize("canonical", [b"simple", b"relaxed"])
    @pytest.mark.parametrize("shape", SHAPES)
    def test_it_holds_on_a_post_that_nobody_changed(
        self, engine, smarthost, nameserver, silent, shape, canonical
    ):
        publish(nameserver, RSA, "s", "example.org")
        content = text_of(silent, SHAPES[shape], f"{canonical.decode()}-{len(shape)}")
        content = sign(content, RSA, "s", "example.org", canonicalize=(canonical, canonical))
        send(engine, silent, content)
        left = delivered(engine, silent, smarthost)
        assert b"\r\nList-Id: " in left
        assert holds(left, nameserver)

    def test_it_holds_where_line_ends_were_odd(self, engine, smarthost, nameserver, silent):
        publish(nameserver, RSA, "s", "example.org")
        content = sign(text_of(silent, MULTIPART, "odd"), RSA, "s", "example.org")
        header, separator, body = content.partition(b"\r\n\r\n")
        send(engine, silent, header + separator + body.replace(b"\r\n", b"\n"))
        assert holds(delivered(engine, silent, smarthost), nameserver)

    def test_and_breaks_with_a_prefix_in_the_subject(self, engine, smarthost, nameserver):
        mlist = List(engine, 2)
        mlist.config(subject_prefix="[Test] ")
        publish(nameserver, RSA, "s", "example.org")
        content = sign(text_of(mlist, SHAPES["plain"]), RSA, "s", "example.org")
        send(engine, mlist, content)
        assert not holds(delivered(engine, mlist, smarthost), nameserver)


class TestOurSignatures:
    @pytest.mark.parametrize("shape", SHAPES)
    def test_they_hold_on_what_leaves(self, signing, signed_smarthost, nameserver, usual, shape):
        publish(nameserver, RSA, "s", "example.org")
        content = text_of(usual, SHAPES[shape], str(len(shape)))
        send(signing, usual, sign(content, RSA, "s", "example.org"))
        left = delivered(signing, usual, signed_smarthost)
        assert b"Sent over the mailing list" in left
        assert re.findall(rb"(?m)^([\w-]+):", left)[:4] == [
            b"ARC-Seal", b"ARC-Message-Signature", b"ARC-Authentication-Results",
            b"DKIM-Signature",
        ]  # fmt: skip
        assert holds(left, nameserver)
        # The author's own came in whole, and goes out broken; that is what the seal tells.
        assert not holds(left, nameserver, index=1)
        assert chain_state(left, nameserver) == b"pass"
        seal = BytesParser(policy=modern).parsebytes(left)["ARC-Authentication-Results"]
        assert "dkim=pass header.d=example.org" in seal

    def test_notices_are_signed_too(self, signing, signed_smarthost, nameserver, usual):
        usual.post("Held", sender="stranger@example.net")
        until(lambda: len(signed_smarthost.transactions) == 2)
        settle(signing)
        for caught in signed_smarthost.transactions:
            assert holds(caught.content, nameserver)

    def test_without_its_key_the_engine_does_not_start(self, tmp_path):
        engine = RunningEngine(tmp_path)
        engine.set("DKIM", enabled="yes", privkey=tmp_path / "gone.pem", selector="x")
        done = engine.mmcore("start")
        assert done.returncode != 0
        assert f"[DKIM] privkey: cannot read {tmp_path / 'gone.pem'}" in done.stderr

    def test_a_key_that_disappears_later_loses_no_mail(self, tmp_path_factory, nameserver):
        folder = Path(tmp_path_factory.mktemp("k"))
        key = folder / "key.pem"
        key.write_bytes(RSA.read_bytes())
        engine = sending_engine(folder)
        engine.set("DKIM", enabled="yes", privkey="key.pem", selector="x")
        engine.start()
        try:
            with smarthost_of(engine) as server:
                key.write_bytes(b"broken")
                mlist = List(engine, 2)
                mlist.post()
                left = delivered(engine, mlist, server)
            assert b"DKIM-Signature" not in left
            assert f"leaves without DKIM signature: the key file {key}" in engine.log()
        finally:
            engine.stop()


class TestOneCopy:
    def test_it_says_nothing_that_only_one_member_may_know(
        self, signing, signed_smarthost, nameserver
    ):
        signing_list = List(signing, 2)
        signing_list.post()
        assert b"List-Unsubscribe-Post" not in delivered(signing, signing_list, signed_smarthost)


class TestMitigation:
    """What the policy of the author's domain changes, on lists that ask for it."""

    @pytest.fixture
    def author(self, nameserver) -> Iterator[str]:
        publish(nameserver, RSA, "s", "example.org")
        yield "_dmarc.example.org"
        nameserver.records.pop(("_dmarc.example.org", "TXT"), None)
        nameserver.codes.clear()

    def post(self, engine, smarthost, action: str, **config: str) -> tuple[List, bytes]:
        mlist = List(engine, 2)
        mlist.config(
            subject_prefix="", dmarc_mitigate_action=action, display_name="Test", **config
        )
        send(engine, mlist, sign(text_of(mlist, SHAPES["eight bits"]), RSA, "s", "example.org"))
        return mlist, delivered(engine, mlist, smarthost)

    def test_no_policy_no_change(self, engine, smarthost, nameserver, author):
        nameserver.txt(author, "v=DMARC1; p=none", ttl=0)
        _mlist, left = self.post(engine, smarthost, "munge_from")
        assert holds(left, nameserver)

    def test_from_is_the_lists(self, engine, smarthost, nameserver, author):
        nameserver.txt(author, "v=DMARC1; p=quarantine", ttl=0)
        mlist, left = self.post(engine, smarthost, "munge_from")
        assert f"\r\nFrom: Anne via Test <{mlist.address}>\r\n".encode() in left
        assert f"\r\nReply-To: Anne <{mlist.members[0]}>\r\n".encode() in left

    def test_a_wrapped_post_is_as_it_was_signed(self, engine, smarthost, nameserver, author):
        nameserver.txt(author, "v=DMARC1; p=reject", ttl=0)
        mlist, left = self.post(engine, smarthost, "wrap_message")
        assert f"\r\nFrom: Anne via Test <{mlist.address}>\r\n".encode() in left
        outside, _separator, inside = left.partition(b"\r\n\r\n")
        assert b"Content-Type: message/rfc822" in outside
        assert holds(inside, nameserver)

    def test_when_nobody_can_say_the_post_goes_out_in_the_lists_name(
        self, engine, smarthost, nameserver, author
    ):
        nameserver.codes[author] = dns.rcode.SERVFAIL
        mlist, left = self.post(engine, smarthost, "munge_from")
        assert f"\r\nFrom: Anne via Test <{mlist.address}>\r\n".encode() in left
        assert "no answer about TXT of '_dmarc.example.org'" in engine.log()
