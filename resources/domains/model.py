"""Mail domains and their container."""

from __future__ import annotations

import re
from typing import Any

from BTrees.OOBTree import OOBTree
from zope.interface import implementer

from mmcore.interfaces.domain import BadDomainSpecificationError, IDomain, IDomains
from resources.container import Container, Node, root_of, touch
from resources.uris.model import Templated

#: RFC 1123 host names, in ASCII.
HOST = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*\Z")


@implementer(IDomain)
class Domain(Templated, Node):
    """See `IDomain`."""

    description: str | None = None
    base_url: str | None = None
    owner_ids: tuple[str, ...] = ()
    _alias_domain: str | None = None

    def __init__(self, mail_host: str) -> None:
        self.mail_host = mail_host

    def __repr__(self) -> str:
        return f"<Domain {self.mail_host}>"

    def _level_above(self) -> Any:
        return root_of(self)

    @property
    def alias_domain(self) -> str | None:
        """Host whose mail is also for this domain, or None."""
        return self._alias_domain

    @alias_domain.setter
    def alias_domain(self, host: str | None) -> None:
        host = None if host is None else host.lower()
        # Blank is what clients send for none; they are shown what they sent.
        self.__parent__.alias_changed(self.mail_host, self._alias_domain or None, host or None)
        self._alias_domain = host

    @property
    def owners(self) -> list[Any]:
        """Owners in the order they were added."""
        users = root_of(self).users
        return [users[user_id] for user_id in self.owner_ids]

    def add_owner(self, user: Any) -> None:
        """See `IDomain`."""
        if user.user_id not in self.owner_ids:
            touch(user)
            self.owner_ids += (user.user_id,)

    def remove_owner(self, user: Any) -> None:
        """Remove one owner; somebody who is none is no error."""
        if user.user_id in self.owner_ids:
            self.owner_ids = tuple(u for u in self.owner_ids if u != user.user_id)

    def replace_owner(self, old: Any, new: Any) -> None:
        """Put one user in the place of another; somebody who is none is no error."""
        if old.user_id in self.owner_ids:
            ids = (new.user_id if u == old.user_id else u for u in self.owner_ids)
            self.owner_ids = tuple(dict.fromkeys(ids))

    def remove_owners(self) -> None:
        """See `IDomain`."""
        self.owner_ids = ()


@implementer(IDomains)
class Domains(Container):
    """See `IDomains`.  Keys are lower-cased mail hosts."""

    def __init__(self) -> None:
        super().__init__()
        self._aliases = OOBTree()

    def add(
        self,
        mail_host: str,
        description: str | None = None,
        alias_domain: str | None = None,
        base_url: str | None = None,
    ) -> Domain:
        """See `IDomains`."""
        key = mail_host.lower()
        if not HOST.match(key) or len(key) > 253:
            raise BadDomainSpecificationError(f"Invalid mail host: {mail_host}")
        if key in self:
            raise BadDomainSpecificationError(f"Duplicate email host: {mail_host}")
        domain = Domain(key)
        domain.description = description
        domain.base_url = base_url
        self._insert(key, domain)
        domain.alias_domain = alias_domain
        return domain

    def get(self, mail_host: str) -> Domain | None:
        """See `IDomains`."""
        return self._data.get(mail_host.lower())

    def __getitem__(self, mail_host: str) -> Domain:
        return self._data[mail_host.lower()]

    def remove(self, domain: Domain) -> None:
        """Delete a domain with all its lists."""
        touch(domain)
        lists = root_of(self).lists
        for mlist in lists.of_host(domain.mail_host):
            lists.remove(mlist)
        domain.alias_domain = None
        self._delete(domain.mail_host)

    def alias_changed(self, mail_host: str, old: str | None, new: str | None) -> None:
        """Keep the index of alias domains: alias -> sorted tuple of mail hosts."""
        if old is not None:
            rest = tuple(h for h in self._aliases.get(old, ()) if h != mail_host)
            if rest:
                self._aliases[old] = rest
            else:
                self._aliases.pop(old, None)
        if new is not None:
            self._aliases[new] = tuple(sorted({*self._aliases.get(new, ()), mail_host}))

    def aliases(self) -> dict[str, str]:
        """See `IDomains`."""
        return {host: alias for alias, hosts in self._aliases.items() for host in hosts}

    def resolve_alias(self, host: str) -> str:
        """See `IDomains`; the first mail host by name wins."""
        host = host.lower()
        hosts = self._aliases.get(host)
        return hosts[0] if hosts else host
