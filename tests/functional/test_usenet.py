"""A whole engine beside a news server: mail becomes news, and news become mail, once each."""

from __future__ import annotations

import email

from tests.support.engine import until
from tests.support.nntpd import NewsServer

GROUP = "misc.test"
ANNE, BART = "anne@example.org", "bart@example.org"
LIST = "/lists/ant.example.com"


def subjects(engine):
    """Subjects of what has left, with its recipients in order."""
    found = []
    for data in engine.caught():
        msg = email.message_from_bytes(data)
        found += [(msg["subject"], to) for to in msg.get_all("x-envelope-to", [])]
    return sorted(found)


class TestGateway:
    def test_both_ways(self, make_engine):
        engine = make_engine()
        with NewsServer(GROUP) as news:
            engine.set("nntp", host="127.0.0.1", port=news.port, gatenews_every="0.2s")
            engine.set("runner.nntp", start="yes", sleep_time="0.1s")
            news.add(GROUP, "From: u@example.net\nSubject: Old news\n\nOld.\n")
            engine.start()
            engine.create_list("ant@example.com", [ANNE, BART])
            status, answer = engine.rest(
                "PATCH", f"{LIST}/config", linked_newsgroup=GROUP,
                gateway_to_mail="yes", gateway_to_news="yes",
            )  # fmt: skip
            assert status == 204, answer

            def mark():
                return engine.rest("GET", f"{LIST}/config")[1]["usenet_watermark"]

            until(lambda: mark() == 1)
            head = f"From: {ANNE}\nTo: ant@example.com\nMessage-ID: <a@example.org>\n"
            engine.post(ANNE, ["ant@example.com"], f"{head}Subject: Mail\n\n.Hello.\n")
            until(lambda: news.posted)
            [article] = news.posted
            assert article.header("subject") == "[Ant] Mail"
            assert article.message_id == "<a@example.org>"
            assert article.body == b".Hello.\r\n"

            news.add(GROUP, "From: stranger@example.net\nTo: x\nSubject: News\n\nNew.\n")
            expected = [(f"[Ant] {s}", f"<{to}>") for s in ("Mail", "News") for to in (ANNE, BART)]
            until(lambda: subjects(engine) == expected, what=engine.log()[-3000:])
            until(lambda: mark() == 3)
            # Nothing goes round in circles.
            assert len(news.posted) == 1
            assert subjects(engine) == expected
            assert engine.queue("nntp") == engine.queue("shunt") == 0
            done = engine.mmcore("gatenews")
            assert done.returncode == 0 or "another process fetches news" in done.stderr
