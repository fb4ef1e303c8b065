"""Mailing lists: their settings, addresses and rosters."""

from __future__ import annotations

from enum import Enum

from zope.interface import Attribute, Interface

from mmcore.errors import MMCoreError


class ArchivePolicy(Enum):
    """Who may read the archive."""

    never = 0
    private = 1
    public = 2


class ArchiveRenderingMode(Enum):
    """How an archiver should show messages."""

    text = 1
    markdown = 2


class DigestFrequency(Enum):
    """When a new digest volume begins."""

    yearly = 0
    monthly = 1
    quarterly = 2
    weekly = 3
    daily = 4


class DMARCMitigateAction(Enum):
    """What to do about authors whose domain forbids redistribution."""

    no_mitigation = 0
    munge_from = 1
    wrap_message = 2
    reject = 3
    discard = 4


class NewsgroupModeration(Enum):
    """How the linked newsgroup is moderated."""

    none = 0
    open_moderated = 1
    moderated = 2


class Personalization(Enum):
    """Whether each recipient gets a copy of its own."""

    none = 0
    individual = 1
    full = 2


class ReplyToMunging(Enum):
    """Where replies go."""

    no_munging = 0
    point_to_list = 1
    explicit_header = 2
    explicit_header_only = 3


class ResponseAction(Enum):
    """Whether to answer automatically."""

    none = 0
    respond_and_discard = 1
    respond_and_continue = 2


class RosterVisibility(Enum):
    """Who may see the list of members."""

    public = 0
    members = 1
    moderators = 2


class UnrecognizedBounceDisposition(Enum):
    """Who gets bounces that nobody could read."""

    discard = 0
    administrators = 1
    site_owner = 2


class InvalidListNameError(MMCoreError):
    """The local part cannot be the name of a list; `listname` says which."""

    def __init__(self, listname: str) -> None:
        super().__init__(listname)
        self.listname = listname


class ListAlreadyExistsError(MMCoreError):
    """There is a list of that name."""


class NoSuchListError(MMCoreError):
    """There is no list of that name."""


class IMailingList(Interface):
    """One list.  Its settings are attributes, named as in `LIST_SETTINGS`."""

    list_id = Attribute("name.host at creation, never changes (RFC 2919).")
    list_name = Attribute("Local part of the posting address.")
    mail_host = Attribute("Domain of the posting address.")
    fqdn_listname = Attribute("The posting address.")
    posting_address = Attribute("The posting address.")
    bounces_address = Attribute("LIST-bounces@host")
    confirm_address = Attribute("LIST-confirm@host")
    join_address = Attribute("LIST-join@host")
    leave_address = Attribute("LIST-leave@host")
    owner_address = Attribute("LIST-owner@host")
    request_address = Attribute("LIST-request@host")
    no_reply_address = Attribute("noreply@host")
    site = Attribute("The `ISite`.")
    domain = Attribute("The `IDomain` of `mail_host`.")
    archiver_flags = Attribute("(name, flag) of each archiver that the list has met.")
    bans = Attribute("`IBans` of this list; those of the site hold, too.")
    header_matches = Attribute("`IHeaderMatches`")
    members = Attribute("`IRoster` of role member.")
    owners = Attribute("`IRoster` of role owner.")
    moderators = Attribute("`IRoster` of role moderator.")
    nonmembers = Attribute("`IRoster` of role nonmember.")
    post_id = Attribute("Number of the next post.")
    topics = Attribute("`ITopic`s, in order; see `set_topics`.")
    last_post_at = Attribute("Naive UTC datetime or None.")
    volume = Attribute("Digest volume.")
    next_digest_number = Attribute("int")
    digest_last_sent_at = Attribute("Naive UTC datetime or None.")
    usenet_watermark = Attribute("Number of the newest article that was got, or None.")

    def roster(role: object) -> object:
        """The `IRoster` of a MemberRole."""

    def subscribe(subscriber: object, role: object = None) -> object:
        """Subscribe an `IAddress` or `IUser` at once, no questions asked.

        Returns the `IMember`.  Raises AlreadySubscribedError,
        MembershipIsBannedError, MissingPreferredAddressError,
        PostingAddressError.
        """

    def find_member(email: str) -> object:
        """Membership (role member) of an address, or of its user by any address.

        Returns an `IMember` or None.
        """

    def regular_recipients(topics: object = None) -> object:
        """Addresses of the members that get posts as they come.

        `topics` are the names of those that a post is about: members who have chosen others
        are left out.  With None, or when topics are not enabled, nobody is.
        Returns an iterable of lower-cased addr-specs in order, from indexes:
        no membership is loaded.
        """

    def set_topics(topics: object) -> None:
        """Replace the topics of the list by these `ITopic`s, whose numbers do not matter.

        What members have chosen of a topic whose name is gone means nothing any more, also
        when there is one of that name again.  Raises TopicError, PatternError.
        """

    def digest_recipients() -> object:
        """Addresses of the members that get digests, and how.

        Returns an iterable of (addr-spec as it was first written, DeliveryMode), from an index:
        no membership is loaded.
        """

    def send_one_last_digest_to(address: str, delivery_mode: object) -> None:
        """Have an address get the next digest in this DeliveryMode, if it is a member's then.

        This is done for members who come to get posts as they come, by whatever preference: what
        was collected until then they have not seen.
        """

    def is_banned(email: str) -> bool:
        """Whether the address may not join or post."""

    def count_post() -> None:
        """A post went out: advance `post_id`, set `last_post_at`."""


class IMailingLists(Interface):
    """The container of all lists, by list-id."""

    def add(posting_address: str) -> IMailingList:
        """Create a bare list; raises InvalidEmailAddressError, ListAlreadyExistsError,
        BadDomainSpecificationError."""

    def get(spec: str) -> IMailingList | None:
        """Find a list by list-id, or by posting address if the text has an @."""

    def remove(mlist: object) -> None:
        """Remove a list with all that belongs to it."""

    def fed_by_news() -> list[IMailingList]:
        """Those that get news (`gateway_to_mail`), from an index."""

    def names_by_host() -> dict[str, list[str]]:
        """The names of all lists by mail host, without loading any list."""

    def list_id_of(posting_address: str) -> str | None:
        """The list-id behind a posting address, without loading the list."""
