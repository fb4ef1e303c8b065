"""Indexes and objects: in step after every operation, also of two sessions at once."""

from __future__ import annotations

import contextlib
import itertools
from datetime import datetime, timedelta
from typing import Any

import pytest
import ZODB
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from transaction.interfaces import TransientError
from ZODB.DemoStorage import DemoStorage

from mmcore.database import ROOT_KEY, Database
from mmcore.errors import MMCoreError
from mmcore.interfaces.member import DeliveryMode, DeliveryStatus, MemberRole
from mmcore.services.users import hand_over
from resources.check import problems
from resources.root import Site
from resources.topics.model import Topic
from tests.support.messages import message

HOSTS = ("example.com", "example.org")
LISTS = ("one@example.com", "two@example.com", "one@example.org")
EMAILS = tuple(f"{name}@people.example.net" for name in ("anne", "bart", "cris"))
STATUSES = (None, DeliveryStatus.enabled, DeliveryStatus.by_user)
MODES = (None, DeliveryMode.regular, DeliveryMode.mime_digests)

NEVER = datetime(1980, 1, 1)


def shelf(site: Any) -> Any:
    """Where the delivery record `a` is."""
    return site.deliveries._shelf("a")


#: (name, arguments) of something to be done to a site.
Operation = tuple[Any, ...]


class NotThereError(MMCoreError):
    """What an operation is about does not exist."""


def there(found: Any) -> Any:
    if found is None:
        raise NotThereError
    return found


class Operations:
    """What can be done to a tree; what is not allowed raises MMCoreError."""

    def __init__(self, site: Any) -> None:
        self.site = site

    def address(self, email: str) -> Any:
        return there(self.site.addresses.get(email))

    def user(self, email: str) -> Any:
        return there(self.address(email).user)

    def list(self, name: str) -> Any:
        return there(self.site.lists.get(name))

    def member(self, email: str, name: str) -> Any:
        return there(self.list(name).members.get(email))

    def add_domain(self, host: str) -> None:
        self.site.domains.add(host)

    def remove_domain(self, host: str) -> None:
        self.site.domains.remove(there(self.site.domains.get(host)))

    def alias(self, host: str, alias: str | None) -> None:
        there(self.site.domains.get(host)).alias_domain = alias

    def own(self, host: str, email: str) -> None:
        there(self.site.domains.get(host)).add_owner(self.user(email))

    def add_list(self, name: str) -> None:
        self.site.lists.add(name)

    def remove_list(self, name: str) -> None:
        self.site.lists.remove(self.list(name))

    def add_address(self, email: str) -> None:
        self.site.addresses.add(email)

    def remove_address(self, email: str) -> None:
        self.site.addresses.remove(self.address(email))

    def make_user(self, email: str) -> None:
        self.site.users.make(email)

    def remove_user(self, email: str) -> None:
        self.site.users.remove(self.user(email))

    def link(self, email: str, other: str) -> None:
        self.user(other).link(self.address(email))

    def unlink(self, email: str) -> None:
        self.user(email).unlink(self.address(email))

    def prefer(self, email: str) -> None:
        self.address(email).verify()
        self.user(email).preferred_address = self.address(email)

    def prefer_none(self, email: str) -> None:
        self.user(email).preferred_address = None

    def verify(self, email: str, verified: bool) -> None:
        address = self.address(email)
        if verified:
            address.verify()
        else:
            address.unverify()

    def rename_address(self, email: str, name: str) -> None:
        self.address(email).display_name = name

    def rename_user(self, email: str, name: str) -> None:
        self.user(email).display_name = name

    def own_server(self, email: str, owner: bool) -> None:
        self.user(email).is_server_owner = owner

    def merge(self, email: str, other: str) -> None:
        self.site.users.merge(self.user(email), self.user(other))

    def hand_over(self, email: str, other: str) -> None:
        hand_over(self.address(email), self.user(other))

    def subscribe(self, email: str, name: str, role: MemberRole) -> None:
        self.list(name).subscribe(self.address(email), role)

    def subscribe_user(self, email: str, name: str) -> None:
        self.list(name).subscribe(self.user(email))

    def unsubscribe(self, email: str, name: str) -> None:
        self.member(email, name).unsubscribe()

    def move(self, email: str, name: str, other: str) -> None:
        member, address = self.member(email, name), self.address(other)
        if member.user_id is None and not member.roster().memberships(other):
            member.move(address)

    def address_status(self, email: str, status: DeliveryStatus | None) -> None:
        self.address(email).preferences.delivery_status = status

    def user_mode(self, email: str, mode: DeliveryMode | None) -> None:
        self.user(email).preferences.delivery_mode = mode

    def member_status(self, email: str, name: str, status: DeliveryStatus | None) -> None:
        self.member(email, name).preferences.delivery_status = status

    def member_mode(self, email: str, name: str, mode: DeliveryMode | None) -> None:
        self.member(email, name).preferences.delivery_mode = mode

    def topics(self, name: str, names: str) -> None:
        self.list(name).set_topics(Topic(topic, topic) for topic in names)

    def choose(self, email: str, name: str, topic: str) -> None:
        self.member(email, name).choose_topics([topic], posts_without_topic=False)

    def forget_topics(self, email: str, name: str) -> None:
        self.member(email, name).forget_topics()

    def gate(self, name: str, fed: bool) -> None:
        self.list(name).gateway_to_mail = fed

    def hold(self, name: str) -> None:
        msg = message("From: anne@people.example.net\n\nHello.\n")
        msg.content_ref = "k:00"
        self.site.held.add(self.list(name), msg, {}, [])

    def release(self) -> None:
        held = self.site.held.values()
        self.site.held.remove(there(held[0] if held else None).request_id)

    def pend(self, name: str) -> None:
        self.site.pendings.add({"list_id": self.list(name).list_id}, timedelta(hours=1))

    def ask(self, email: str, name: str, as_user: bool) -> None:
        user = self.user(email)
        request = {
            "type": "subscription",
            "list_id": self.list(name).list_id,
            "email": self.address(email).email,
            "user_id": user.user_id if as_user else None,
            "token_owner": "moderator",
        }
        self.site.pendings.add(request, timedelta(hours=1))

    def confirm(self) -> None:
        tokens = list(self.site.pendings._data)
        self.site.pendings.confirm(there(tokens[0] if tokens else None))

    def evict(self) -> None:
        self.site.pendings.evict()

    def record(self, name: str) -> None:
        if name not in self.site.deliveries:
            self.site.deliveries.record(name, "<m>", "one.example.com", [], b"")

    def forget(self) -> None:
        self.site.deliveries.evict(timedelta(seconds=-1))

    def enqueue(self, number: int) -> None:
        name = f"{number}.0+{number % 16:x}0"
        if self.site.queues["in"].get(name) is None:
            self.site.queues["in"].create(name, "s:x:0:0", None, {})

    def dequeue(self) -> None:
        names = self.site.queues["in"].names(limit=1)
        self.site.queues["in"].remove(there(names[0] if names else None))


def apply(site: Any, operation: Operation) -> bool:
    """Do it; returns whether that was possible."""
    name, *arguments = operation
    try:
        getattr(Operations(site), name)(*arguments)
    except MMCoreError:
        return False
    return True


def everything(emails: tuple[str, ...], names: tuple[str, ...]) -> list[Operation]:
    """All operations on these addresses and lists."""
    hosts = tuple(dict.fromkeys(name.partition("@")[2] for name in names))
    product = itertools.product
    return [
        *product(("add_domain", "remove_domain"), hosts),
        *product(("alias",), hosts, (None, "alias.example.net")),
        *product(("own",), hosts, emails),
        *product(("add_list", "remove_list", "hold", "pend"), names),
        *product(("add_address", "remove_address", "make_user", "remove_user"), emails),
        *product(("unlink", "prefer", "prefer_none"), emails),
        *product(("verify", "own_server"), emails, (False, True)),
        *product(("rename_address", "rename_user"), emails, ("", "Anne")),
        *(
            (name, a, b)
            for name in ("link", "merge", "hand_over")
            for a, b in itertools.permutations(emails, 2)
        ),
        *product(("ask",), emails, names, (False, True)),
        *product(("subscribe",), emails, names, (MemberRole.member, MemberRole.owner)),
        *product(("subscribe_user", "unsubscribe"), emails, names),
        *(("move", a, n, b) for (a, b), n in product(itertools.permutations(emails, 2), names)),
        *product(("address_status",), emails, STATUSES),
        *product(("user_mode",), emails, MODES),
        *product(("member_status",), emails, names, STATUSES),
        *product(("member_mode",), emails, names, MODES),
        *product(("topics",), names, ("", "a", "ab")),
        *product(("choose",), emails, names, "ab"),
        *product(("forget_topics",), emails, names),
        *product(("gate",), names, (False, True)),
        *product(("release", "confirm", "evict", "forget", "dequeue")),
        *product(("record",), ("a", "b")),
        *product(("enqueue",), range(60)),
    ]


ANY = st.sampled_from(everything(EMAILS, LISTS))


def new_site() -> tuple[Database, Any]:
    database = Database(ZODB.DB(DemoStorage()))
    session = database.session()
    session.manager.begin()
    session.connection.root()[ROOT_KEY] = Site()
    session.commit()
    return database, session


class Tree(RuleBasedStateMachine):
    """Any operations in any order, some of them undone again."""

    def __init__(self) -> None:
        super().__init__()
        self.database, self.session = new_site()

    def teardown(self) -> None:
        self.session.close()
        self.database.close()

    @initialize()
    def people_and_lists(self) -> None:
        site = self.session.begin()
        for operation in BEGINNINGS["members"]:
            apply(site, operation)
        self.session.commit()

    @rule(operations=st.lists(ANY, min_size=1, max_size=6))
    def change(self, operations: list[Operation]) -> None:
        for operation in operations:
            site = self.session.begin()
            if apply(site, operation):
                self.session.commit()
            else:
                self.session.abort()

    @rule(operation=ANY)
    def change_and_abort(self, operation: Operation) -> None:
        apply(self.session.begin(), operation)
        self.session.abort()

    @invariant()
    def indexes_are_true(self) -> None:
        assert problems(self.session.begin()) == []
        self.session.abort()


ANNE, BART, _ = EMAILS
ONE = LISTS[0]

#: States of a site, from which two sessions go on.
BEGINNINGS: dict[str, list[Operation]] = {
    "addresses": [
        ("add_domain", "example.com"), ("add_list", ONE), ("add_address", ANNE),
        ("add_address", BART), ("make_user", ANNE),
    ],
    "users": [
        ("add_domain", "example.com"), ("add_list", ONE), ("make_user", ANNE),
        ("add_address", BART), ("link", BART, ANNE), ("prefer", ANNE),
        # Preferences that exist are changed without a word to their owner.
        ("user_mode", ANNE, DeliveryMode.mime_digests), ("user_mode", ANNE, None),
        ("address_status", ANNE, DeliveryStatus.by_user), ("address_status", ANNE, None),
    ],
    "members": [
        ("add_domain", "example.com"), ("add_list", ONE), ("make_user", ANNE),
        ("prefer", ANNE), ("make_user", BART), ("prefer", BART),
        ("subscribe", ANNE, ONE, MemberRole.member), ("subscribe_user", BART, ONE),
        ("address_status", ANNE, DeliveryStatus.by_user),
        ("user_mode", ANNE, DeliveryMode.mime_digests), ("user_mode", ANNE, None),
        ("member_mode", ANNE, ONE, DeliveryMode.mime_digests),
        ("member_mode", ANNE, ONE, None), ("member_mode", BART, ONE, DeliveryMode.mime_digests),
        ("topics", ONE, "ab"), ("choose", ANNE, ONE, "a"),
        ("hold", ONE), ("pend", ONE),
    ],
    "emptied": [
        ("add_domain", "example.com"), ("add_list", ONE), ("make_user", ANNE),
        ("prefer", ANNE), ("subscribe", ANNE, ONE, MemberRole.member),
        ("subscribe", ANNE, ONE, MemberRole.owner), ("unsubscribe", ANNE, ONE), ("hold", ONE),
        ("release",), ("make_user", BART),
    ],
}  # fmt: skip


def begun(beginning: list[Operation]) -> Any:
    """A storage with a site in that state."""
    database, session = new_site()
    for operation in beginning:
        assert apply(session.begin(), operation), operation
        session.commit()
    session.close()
    return database.db.storage


def can(base: Any, operation: Operation) -> bool:
    """Whether it is possible in that state."""
    database = Database(ZODB.DB(DemoStorage(base=base)))
    session = database.session()
    possible = apply(session.begin(), operation)
    session.close()
    return possible


def at_once(base: Any, first: Operation, second: Operation) -> list[str]:
    """Have two sessions do something from the same state; returns what is wrong then."""
    database = Database(ZODB.DB(DemoStorage(base=base)))
    one, two = database.session(), database.session()
    try:
        if not apply(one.begin(), first) or not apply(two.begin(), second):
            return []
        one.commit()
        with contextlib.suppress(TransientError):
            two.commit()
        two.abort()
        return [f"{first} and {second}: {problem}" for problem in problems(one.begin())]
    finally:
        one.close()
        two.close()


class TestTree:
    def test_indexes_are_true_after_any_operations(self):
        run_state_machine_as_test(
            Tree,
            settings=settings(
                max_examples=40,
                stateful_step_count=20,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )


class TestTwoSessions:
    @pytest.mark.parametrize("beginning", BEGINNINGS)
    def test_indexes_are_true_after_any_two_operations_at_once(self, beginning):
        base = begun(BEGINNINGS[beginning])
        possible = [
            operation
            for operation in everything((ANNE, BART), (ONE,))
            if operation[0] not in ("enqueue", "dequeue", "record", "forget")
            # No status or mode at all is the same.
            and operation[-1] not in (DeliveryStatus.enabled, DeliveryMode.regular)
            and can(base, operation)
        ]
        found = [
            problem
            for first, second in itertools.combinations_with_replacement(possible, 2)
            for problem in at_once(base, first, second)
        ]
        base.close()
        assert found == []


class TestProblems:
    """The checker itself: it finds what it is there to find."""

    @pytest.fixture
    def site(self):
        database, session = new_site()
        for operation in [*BEGINNINGS["members"], ("record", "a"), ("enqueue", 1)]:
            assert apply(session.begin(), operation), operation
            session.commit()
        yield session.begin()
        session.close()
        database.close()

    def test_a_sound_tree_has_none(self, site):
        assert problems(site) == []

    @pytest.mark.parametrize(
        ("damage", "said"),
        [
            (lambda site: site.deliveries._shelves[0].total.change(1), "deliveries: counts "),
            (lambda site: site.domains._aliases.update({"x": ("y",)}), "aliases: is"),
            (lambda site: site.lists._by_host.clear(), "lists by host: is {}"),
            (lambda site: site.lists._by_address.clear(), "lists by address: is {}"),
            (lambda site: site.users._directory._entries.clear(), "users by time: is {}"),
            (lambda site: site.addresses._delete(ANNE), f"has {ANNE}, which is not linked"),
            (lambda site: site.lists.get(ONE).members._entries.clear(), "is not in its roster"),
            (lambda site: site.lists.get(ONE).members._recipients.add(ANNE), "recipients: is"),
            (lambda site: site.lists._delete("one.example.com"), "which does not exist"),
            (lambda site: site.held._by_list.clear(), "held by list: is {}"),
            (lambda site: site.pendings._by_expiry.clear(), "pendings by expiry: is []"),
            (lambda site: shelf(site).by_digest.clear(), "deliveries by name and message: is []"),
            (lambda site: shelf(site).by_list.clear(), "deliveries by list: is {}"),
            (lambda site: shelf(site).by_list["one.example.com"].total.change(1), "delivery cou"),
            (lambda site: setattr(site.deliveries["a"], "__name__", "0"), "on another shelf"),
            (lambda site: setattr(site.deliveries["a"], "__parent__", site), "a has another pa"),
            (lambda site: setattr(site.deliveries["a"], "finished_at", NEVER), "of another time"),
            (lambda site: setattr(site.queues["in"].get("1.0+10"), "name", "x"), "itself x"),
            (lambda site: site.queues["in"]._shards[0].large_count.change(1), "counts 1, has 0"),
        ],
    )
    def test_damage_is_found(self, site, damage, said):
        damage(site)
        assert any(said in problem for problem in problems(site)), problems(site)
