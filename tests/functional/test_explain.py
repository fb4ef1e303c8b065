"""An explanation over REST and what comes over SMTP afterwards, of a whole engine."""

from __future__ import annotations

import json

from tests.support.engine import until
from tests.support.lists import List, settle

#: Without a Message-ID: the engine makes one.
POST = """\
Received: from a.example.org by mx.example.com with ESMTP id 4711; Mon, 20 Nov 2023 10:00:00 +0100
From: Anne Person <{sender}>
To: {list}
Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="b"

--b
Content-Type: text/plain; charset="utf-8"

Grüße, all.
--b
Content-Type: text/html; charset="utf-8"

<p>Grüße, all.</p>
--b--
"""


class TestExplained:
    def test_the_bytes_that_were_foretold_are_sent(self, engine, smarthost):
        mlist = List(engine, 3)
        mlist.config(anonymous_list="true", description="Über Ameisen")
        post = POST.format(sender=mlist.members[0], list=mlist.address)
        status, told = engine.rest(
            "POST",
            f"/lists/{mlist.list_id}/explain",
            message=post.replace("\n", "\r\n"),
            sender=mlist.members[0],
            member=mlist.members[1],
        )
        assert (status, told["decision"]) == (200, "accept")
        assert told["member"]["receives"]
        settle(engine)
        assert mlist.transactions(smarthost) == []

        assert engine.post(mlist.members[0], [mlist.address], post) == {}
        until(lambda: mlist.copies(smarthost) == mlist.once_each())
        assert told["recipients"] == {"count": 3, "sample": sorted(mlist.members)}
        for caught in mlist.transactions(smarthost):
            assert caught.content == told["copy"]["content"].encode()
        assert engine.rest("GET", f"/lists/{mlist.list_id}/held/count")[1]["count"] == 0

    def test_on_the_command_line(self, engine, tmp_path):
        mlist = List(engine, 2)
        path = tmp_path / "post.eml"
        path.write_text(POST.format(sender="eve@example.org", list=mlist.address))
        done = engine.mmcore("explain", mlist.address, str(path), "--json", "--as-if-accepted")
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout)
        assert (told["decision"], told["recipients"]["count"]) == ("hold", 2)
        done = engine.mmcore("explain", mlist.list_id, str(path))
        assert "Decision  hold" in done.stdout
        assert engine.rest("GET", f"/lists/{mlist.list_id}/held/count")[1]["count"] == 0
