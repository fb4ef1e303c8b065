"""Every resource of the API (rest-api section 2) as data, and a site that has one of each."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, NamedTuple

from mmcore.mta.journal import Reply
from mmcore.mta.ledger import pack
from mmcore.mta.outcomes import Outcomes, State
from mmcore.services.bounce_events import Failure, register
from mmcore.services.moderation import hold_message
from tests.support.messages import message

ITEM = "DELETE, GET, PATCH, PUT"


class Row(NamedTuple):
    """A resource: its path below the version, its methods, the versions that have it."""

    path: str
    allow: str
    versions: tuple[str, ...] = ("3.1", "3.0")

    @property
    def methods(self) -> list[str]:
        return self.allow.split(", ")


ONLY_31, ONLY_30 = ("3.1",), ("3.0",)

ROWS = (
    Row("system", "GET"),
    Row("system/versions", "GET"),
    Row("system/preferences", "GET"),
    Row("system/configuration", "GET"),
    Row("system/configuration/{section}", "GET"),
    Row("system/pipelines", "GET"),
    Row("system/chains", "GET"),
    Row("domains", "GET, POST"),
    Row("domains/{mail_host}", ITEM),
    Row("domains/{mail_host}/lists", "GET"),
    Row("domains/{mail_host}/owners", "DELETE, GET, POST"),
    Row("domains/{mail_host}/uris", ITEM, ONLY_31),
    Row("domains/{mail_host}/uris/{template}", ITEM, ONLY_31),
    Row("lists", "GET, POST"),
    Row("lists/styles", "GET"),
    Row("lists/find", "GET, POST"),
    Row("lists/{list}", "DELETE, GET"),
    Row("lists/{list}/config", ITEM),
    Row("lists/{list}/config/{attribute}", ITEM),
    Row("lists/{list}/digest", "GET, POST"),
    Row("lists/{list}/archivers", "GET, PATCH, PUT"),
    Row("lists/{list}/topics", "GET, PATCH, PUT"),
    Row("lists/{list}/bans", "GET, POST"),
    Row("lists/{list}/bans/{ban}", "DELETE, GET"),
    Row("lists/{list}/header-matches", "DELETE, GET, POST"),
    Row("lists/{list}/header-matches/find", "GET, POST"),
    Row("lists/{list}/header-matches/{position}", ITEM),
    Row("lists/{list}/uris", ITEM, ONLY_31),
    Row("lists/{list}/uris/{template}", ITEM, ONLY_31),
    Row("lists/{list}/requests", "GET"),
    Row("lists/{list}/requests/count", "GET"),
    Row("lists/{list}/requests/{token}", "GET, POST"),
    Row("lists/{list}/held", "GET"),
    Row("lists/{list}/held/count", "GET"),
    Row("lists/{list}/held/{request_id}", "GET, POST"),
    Row("lists/{list}/explain", "POST"),
    Row("lists/{list}/bounces", "GET"),
    Row("lists/{list}/deliveries", "GET"),
    Row("lists/{list}/roster/{role}", "DELETE, GET"),
    Row("lists/{list}/{role}/{email}", "DELETE, GET, PATCH"),
    Row("members", "GET, POST"),
    Row("members/find", "GET, POST"),
    Row("members/{mid}", "DELETE, GET, PATCH"),
    Row("members/{mid}/preferences", ITEM),
    Row("members/{mid}/all/preferences", "GET"),
    Row("members/{mid}/topics", ITEM),
    Row("members/{mid}/bounces", "GET"),
    Row("addresses", "GET"),
    Row("addresses/{email}", "DELETE, GET, PATCH"),
    Row("addresses/{email}/memberships", "GET"),
    Row("addresses/{email}/preferences", ITEM),
    Row("addresses/{email}/verify", "POST"),
    Row("addresses/{email}/unverify", "POST"),
    Row("addresses/{email}/user", "DELETE, GET, POST, PUT"),
    Row("users", "GET, POST"),
    Row("users/find", "GET"),
    Row("users/{user}", ITEM),
    Row("users/{user}/addresses", "GET, POST"),
    Row("users/{user}/preferred_address", "DELETE, GET, POST"),
    Row("users/{user}/preferences", ITEM),
    Row("users/{user}/login", "POST"),
    Row("owners", "GET"),
    Row("bans", "GET, POST"),
    Row("bans/{ban}", "DELETE, GET"),
    Row("uris", ITEM, ONLY_31),
    Row("uris/{template}", ITEM, ONLY_31),
    Row("queues", "GET"),
    Row("queues/{queue}", "GET, POST"),
    Row("queues/{queue}/{filebase}", "DELETE"),
    Row("bounces", "GET"),
    Row("bounces/{bounce}", "DELETE, GET"),
    Row("bounces/{bounce}/report", "GET"),
    Row("deliveries", "GET"),
    Row("deliveries/{delivery}", "GET"),
    Row("deliveries/{delivery}/recipients", "GET"),
    Row("plugins", "GET", ONLY_31),
    # One resource with two paths: each method works for one of them.
    Row("reserved/uids/orphans", "DELETE, GET"),
    Row("reserved/reset", "DELETE, GET"),
)

#: What is in the place of a name in the paths above, for an object that does not exist.
UNKNOWN = {
    "section": "nope",
    "mail_host": "nope.example.com",
    "template": "list:nope",
    "list": "nope.example.com",
    "attribute": "nope",
    "ban": "nope@example.com",
    "position": "99",
    "token": "0" * 40,
    "request_id": "99",
    "role": "nope",
    "mid": "99",
    "email": "nope@example.com",
    "user": "99",
    "queue": "nope",
    "filebase": "1.5+00",
    "delivery": "1.5+00",
    "bounce": "0" * 32,
}

Change = Callable[[], AbstractContextManager[Any]]
JOIN = {"pre_verified": "yes", "pre_confirmed": "yes", "pre_approved": "yes"}


class World:
    """A site with one of everything, made through the API as far as that goes."""

    def __init__(self, api: Any, engine: Any, change: Change) -> None:
        self.api = api
        self.change = change
        self.names = {
            "section": "webservice",
            "mail_host": "example.com",
            "template": "list:member:regular:footer",
            "list": "ant.example.com",
            "attribute": "description",
            "ban": "mallory@example.com",
            "position": "0",
            "role": "member",
            "email": "anne@example.com",
            "queue": "virgin",
            "delivery": "1763712345.5+0123456789abcdef0123456789abcdef01234567",
        }
        self._fill()
        self._hold(engine, change)
        self._deliver()
        self._bounce(engine)
        self.ids = {version: self._ids(version) for version in ("3.1", "3.0")}

    def _fill(self) -> None:
        post = self.api.post
        names = self.names
        post("/3.1/domains", {"mail_host": "example.com", "owner": "owen@example.com"})
        post("/3.1/lists", {"fqdn_listname": "ant@example.com"})
        here = "/3.1/lists/ant.example.com"
        anne = {"list_id": names["list"], "subscriber": names["email"], "display_name": "Anne"}
        post("/3.1/members", {**anne, **JOIN}, status=201)
        post(f"/3.1/addresses/{names['email']}/verify", status=204)
        for role in ("owner", "moderator", "nonmember"):
            post("/3.1/members", {**anne, "subscriber": f"{role}@example.com", "role": role})
        bart = {"list_id": names["list"], "subscriber": "bart@example.com"}
        names["token"] = post("/3.1/members", bart, status=202).json["token"]
        for place in (here, "/3.1"):
            post(f"{place}/bans", {"email": names["ban"]}, status=201)
        post(f"{here}/header-matches", {"header": "X-Spam", "pattern": "yes"}, status=201)
        for place in ("/3.1", "/3.1/domains/example.com", here):
            self.api.patch(
                f"{place}/uris", {names["template"]: "http://example.com/footer"}, status=204
            )
        text = {"list_id": names["list"], "text": "From: anne@example.com\n\nHello.\n"}
        made = post(f"/3.1/queues/{names['queue']}", text, status=201)
        names["filebase"] = made.headers["Location"].rpartition("/")[2]
        self.api.post(
            f"/3.1/users/{names['email']}/preferred_address", {"email": names["email"]}, status=201
        )

    def _hold(self, engine: Any, change: Change) -> None:
        with change() as site:
            msg = message(
                """\
                From: anne@example.com
                To: ant@example.com
                Subject: Grüße
                Message-ID: <held@example.com>

                Hello.
                """
            )
            mlist = site.lists.get(self.names["list"])
            hold_message(engine, mlist, msg, {"received_time": 0.0}, [])
            [held] = site.held.of_list(mlist.list_id)
            self.names["request_id"] = str(held.request_id)

    def _deliver(self) -> None:
        outcomes = Outcomes(2)
        outcomes.settle([0], State.DELIVERED, Reply(250, "2.0.0"), 1, 1_763_712_346)
        outcomes.settle([1], State.PERMANENT, Reply(550, "5.1.1", "Nobody"), 1, 1_763_712_346)
        emails = [self.names["email"], "bart@example.com"]
        with self.change() as site:
            for name in (self.names["delivery"], "1763712345.6+ff"):
                site.deliveries.record(
                    name, f"<{name}@example.com>", self.names["list"], emails, pack(outcomes)
                )

    def _bounce(self, engine: Any) -> None:
        with self.change() as site:
            failure = Failure(self.names["email"], 550, "5.1.1", "Unknown user")
            content = engine.content.put_kept(b"Subject: Undelivered\r\n\r\nSorry.\r\n")
            event = register(engine, site, self.names["list"], failure, content=content)
            self.names["bounce"] = event.__name__

    def _ids(self, version: str) -> dict[str, str]:
        user = self.api.get(f"/{version}/users/{self.names['email']}").json
        found = f"/{version}/lists/{self.names['list']}/member/{self.names['email']}"
        return {
            "user": str(user["user_id"]),
            "mid": str(self.api.get(found).json["member_id"]),
        }

    def url(self, version: str, path: str, **instead: str) -> str:
        """The URL of a row; `instead` replaces names in it."""
        names = {**self.names, **self.ids[version], **instead}
        return f"/{version}/{path.format(**names)}"
