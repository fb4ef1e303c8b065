"""Creating and removing lists, as the REST API and the commands do it."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from typing import Any

from mmcore.errors import MMCoreError
from mmcore.interfaces.address import InvalidEmailAddressError
from mmcore.interfaces.domain import BadDomainSpecificationError
from mmcore.interfaces.mailing_list import IMailingList, InvalidListNameError
from mmcore.interfaces.member import MemberRole
from mmcore.message.addresses import is_valid, validate
from mmcore.services.mail_server import announce, withdraw

log = logging.getLogger("mmcore.lists")

#: What the name of a list may consist of, whatever the site allows.
LIST_NAME = re.compile(r"[-_.+=!$*{}~0-9a-z]+", re.IGNORECASE)


class NoSuchStyleError(MMCoreError):
    """There is no style of that name."""


def check_posting_address(engine: Any, site: Any, posting_address: str) -> None:
    """See whether a list may have this address.

    Raises InvalidEmailAddressError, InvalidListNameError and
    BadDomainSpecificationError, in this order; does not look whether the list
    exists.
    """
    if not is_valid(posting_address):
        raise InvalidEmailAddressError(posting_address)
    local_part, _, domain = posting_address.rpartition("@")
    # The site's class of characters is checked when the settings are read.
    allowed = re.compile(f"(?:{engine.settings.mmcore.listname_chars})+", re.IGNORECASE)
    if not LIST_NAME.fullmatch(local_part) or not allowed.fullmatch(local_part):
        raise InvalidListNameError(local_part)
    if site.domains.get(domain) is None:
        raise BadDomainSpecificationError(f"Domain does not exist: {domain}")


def create_list(
    engine: Any,
    site: Any,
    posting_address: str,
    style_name: str | None = None,
    owners: Iterable[str] = (),
) -> IMailingList:
    """Create a list in a style; its owners are subscribed in that role.

    Without `style_name` the list gets the style `[styles] default`.  Raises
    what `check_posting_address` raises, ListAlreadyExistsError,
    NoSuchStyleError, and InvalidEmailAddressError for an owner.
    """
    check_posting_address(engine, site, posting_address)
    name = engine.settings.styles.default if style_name is None else style_name
    style = engine.styles.get(name)
    if style is None:
        raise NoSuchStyleError(f"Unknown list style: {name}")
    owners = list(owners)
    for email in owners:
        validate(email)
    mlist = site.lists.add(posting_address)
    style.apply(mlist)
    for email in dict.fromkeys(owner.lower() for owner in owners):
        site.users.make(email)
        mlist.subscribe(site.addresses.get(email), MemberRole.owner)
    announce(engine, site, mlist)
    log.info("list %s created in style %s", mlist.list_id, name)
    return mlist


def remove_list(engine: Any, mlist: Any) -> None:
    """Remove a list with memberships, held messages and pending requests.

    Messages of the list that are in queues stay there; the runners shunt them.
    """
    list_id = mlist.list_id
    withdraw(engine, mlist.site, mlist)
    mlist.site.lists.remove(mlist)
    log.info("list %s removed", list_id)
