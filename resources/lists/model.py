"""Mailing lists and their container."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from BTrees.OOBTree import OOBTree, OOTreeSet
from persistent import Persistent
from zope.interface import implementer

from mmcore.interfaces.domain import BadDomainSpecificationError
from mmcore.interfaces.mailing_list import IMailingList, IMailingLists, ListAlreadyExistsError
from mmcore.interfaces.member import (
    AlreadySubscribedError,
    MemberRole,
    MembershipIsBannedError,
    PostingAddressError,
)
from mmcore.interfaces.template import LIST_TEMPLATE_NAMES
from mmcore.interfaces.user import IUser, MissingPreferredAddressError
from mmcore.message.addresses import validate
from resources.addresses.model import now
from resources.bans.model import Bans, banned
from resources.container import Container, Node, below, page, root_of, touch
from resources.digests.readers import DigestList
from resources.header_matches.model import HeaderMatches
from resources.lists.addresses import ListAddresses, PostingAddresses
from resources.lists.gateways import GATEWAY_SETTINGS, NewsGateways, follow_gateway
from resources.lists.settings import LIST_SETTINGS, is_default
from resources.members.model import Member
from resources.members.roster import Roster
from resources.topics.model import ListTopics
from resources.uris.model import Templated


class PostCounter(Persistent):
    """Number and time of posts, apart from the list so that a post does not
    invalidate the list in every process.  Concurrent posts resolve."""

    def __init__(self) -> None:
        self.next_id = 1
        self.last_at: datetime | None = None

    def _p_resolveConflict(self, old: dict, saved: dict, new: dict) -> dict:
        times = [t for t in (saved["last_at"], new["last_at"]) if t is not None]
        return {
            "next_id": saved["next_id"] + new["next_id"] - old["next_id"],
            "last_at": max(times, default=None),
        }


@implementer(IMailingList)
class MailingList(ListAddresses, ListTopics, DigestList, Templated, Node):
    """See `IMailingList`."""

    _bans: Bans | None = None
    _header_matches: HeaderMatches | None = None
    #: (name, flag) of each archiver that the list has met; see `mmcore.services.archivers`.
    archiver_flags: tuple[tuple[str, bool], ...] = ()
    template_names = LIST_TEMPLATE_NAMES

    def __init__(self, list_name: str, mail_host: str) -> None:
        self.list_name = list_name
        self.mail_host = mail_host
        self.list_id = f"{list_name}.{mail_host}"
        self.created_at = now()
        self._rosters: dict[str, Roster] = {}
        self._posts = PostCounter()

    def __repr__(self) -> str:
        return f"<MailingList {self.fqdn_listname}>"

    def __setattr__(self, name: str, value: Any) -> None:
        """Store a setting only if it differs from its default."""
        if name not in LIST_SETTINGS:
            super().__setattr__(name, value)
            return
        if isinstance(value, list):
            value = tuple(value)
        follows = name in GATEWAY_SETTINGS and value != getattr(self, name)
        if not is_default(name, value):
            super().__setattr__(name, value)
        else:
            # Looking at `__dict__` does not load a ghost.
            self._p_activate()
            if name in self.__dict__:
                delattr(self, name)
        if follows:
            follow_gateway(self, name)

    def __getitem__(self, name: str) -> Any:
        """Traversal: what is below a list in the REST tree is a view of it."""
        raise KeyError(name)

    @property
    def site(self) -> Any:
        """The site."""
        return root_of(self)

    @property
    def domain(self) -> Any:
        """The domain of the list."""
        return self.site.domains.get(self.mail_host)

    def _level_above(self) -> Any:
        return self.domain or self.site

    @property
    def post_id(self) -> int:
        """Number of the next post."""
        return self._posts.next_id

    @property
    def last_post_at(self) -> datetime | None:
        """When the last post was accepted."""
        return self._posts.last_at

    def count_post(self) -> None:
        """See `IMailingList`."""
        self._posts.next_id += 1
        self._posts.last_at = now()

    def roster(self, role: MemberRole) -> Roster:
        """See `IMailingList`.  An empty roster is stored with its first member."""
        roster = self._rosters.get(role.name)
        if roster is None:
            roster = Roster(role)
            roster.__parent__ = self
        return roster

    def keep_roster(self, roster: Roster) -> None:
        """Called by a roster that has got its first member."""
        if roster.role.name not in self._rosters:
            self._rosters = {**self._rosters, roster.role.name: roster}

    @property
    def members(self) -> Roster:
        """The roster of members."""
        return self.roster(MemberRole.member)

    @property
    def owners(self) -> Roster:
        """The roster of owners."""
        return self.roster(MemberRole.owner)

    @property
    def moderators(self) -> Roster:
        """The roster of moderators."""
        return self.roster(MemberRole.moderator)

    @property
    def nonmembers(self) -> Roster:
        """The roster of nonmembers."""
        return self.roster(MemberRole.nonmember)

    @property
    def bans(self) -> Bans:
        """The bans of this list; stored with their first entry."""
        return self._bans if self._bans is not None else below(Bans(), self)

    def keep_bans(self, bans: Bans) -> None:
        """Called by bans that have got an entry."""
        if self._bans is None:
            self._bans = bans

    def is_banned(self, email: str) -> bool:
        """See `IMailingList`."""
        return banned((self._bans, self.site.own_bans), email)

    @property
    def header_matches(self) -> HeaderMatches:
        """The header matches of this list; stored with the first of them."""
        if self._header_matches is not None:
            return self._header_matches
        return below(HeaderMatches(), self)

    def keep_header_matches(self, matches: HeaderMatches) -> None:
        """Called by header matches that have got an entry."""
        if self._header_matches is None:
            self._header_matches = matches

    def find_member(self, email: str) -> Member | None:
        """See `IMailingList`."""
        if not email:
            return None
        members = self.members
        member = members.get(email)
        if member is None:
            user = self.site.users.by_email(email)
            for other in user.emails if user is not None else ():
                if other != email and (member := members.get(other)) is not None:
                    break
        return member

    def subscribe(self, subscriber: Any, role: MemberRole | None = None) -> Member:
        """See `IMailingList`."""
        role = MemberRole.member if role is None else role
        if IUser.providedBy(subscriber):
            address, user = subscriber.preferred_address, subscriber
            if address is None:
                raise MissingPreferredAddressError("User has no preferred address")
        else:
            address, user = subscriber, None
        if address.email == self.posting_address and role is not MemberRole.nonmember:
            raise PostingAddressError("List posting address cannot subscribe")
        if self.is_banned(address.email):
            raise MembershipIsBannedError("Membership is banned")
        roster = self.roster(role)
        if any(
            (m.user_id is not None) == (user is not None)
            for m in roster.memberships(address.email)
        ):
            raise AlreadySubscribedError(self.posting_address, address.email, role)
        return self.site.members.add(self, role, address, user)


for _name, _default in LIST_SETTINGS.items():
    setattr(MailingList, _name, _default)


@implementer(IMailingLists)
class MailingLists(NewsGateways, PostingAddresses, Container):
    """See `IMailingLists`.  Keys are list-ids; LMTP looks up posting addresses."""

    def __init__(self) -> None:
        super().__init__()
        self._by_address = OOBTree()
        self._by_host = OOBTree()

    def add(self, posting_address: str) -> MailingList:
        """See `IMailingLists`."""
        posting_address = posting_address.lower()
        validate(posting_address)
        list_name, _, mail_host = posting_address.rpartition("@")
        domain = root_of(self).domains.get(mail_host)
        if domain is None:
            raise BadDomainSpecificationError(f"Domain does not exist: {mail_host}")
        touch(domain)
        mlist = MailingList(list_name, mail_host)
        if mlist.list_id in self or posting_address in self._by_address:
            raise ListAlreadyExistsError("Mailing list exists")
        self._insert(mlist.list_id, mlist)
        self._by_address[posting_address] = mlist.list_id
        hosts = self._by_host.get(mail_host)
        if hosts is None:
            hosts = self._by_host[mail_host] = OOTreeSet()
        hosts.add(mlist.list_id)
        mlist.display_name = list_name.capitalize()
        mlist.subject_prefix = f"[{mlist.display_name}] "
        return mlist

    def get(self, spec: str) -> MailingList | None:
        """See `IMailingLists`."""
        if "@" in spec:
            list_id = self._by_address.get(spec.lower())
            return None if list_id is None else self._data[list_id]
        return self._data.get(spec)

    def __getitem__(self, spec: str) -> MailingList:
        """Traversal: the segment is a list-id or a posting address."""
        mlist = self.get(spec)
        if mlist is None:
            raise KeyError(spec)
        return mlist

    def of_host(self, mail_host: str, start: int = 0, count: int | None = None) -> list:
        """Lists of a domain by list-id, or a page of them."""
        hosts = self._by_host.get(mail_host)
        ids = () if hosts is None else hosts.keys()
        return [self._data[list_id] for list_id in page(ids, start, count)]

    def count_of_host(self, mail_host: str) -> int:
        """How many lists a domain has; loads none of them."""
        return len(self._by_host.get(mail_host, ()))

    def remove(self, mlist: MailingList) -> None:
        """See `IMailingLists`."""
        site = root_of(self)
        touch(mlist)
        for role in MemberRole:
            roster = mlist.roster(role)
            for member_id in roster.all_ids():
                # Nobody will ask this roster again: it need not be kept true.
                member = site.members[member_id]
                member.leave_subscriber()
                site.members.forget(member)
            roster.close()
        for container in (site.held, site.pendings, site.auto_responses, site.digests):
            container.remove_list(mlist.list_id)
        self.note_gateway(mlist.list_id, False)
        del self._by_address[mlist.posting_address]
        hosts = self._by_host[mlist.mail_host]
        hosts.remove(mlist.list_id)
        if not hosts:
            del self._by_host[mlist.mail_host]
        self._delete(mlist.list_id)
