"""The addresses of a mailing list, all made of its name and its host."""

from __future__ import annotations

from typing import Any

from resources.container import read_ahead


class ListAddresses:
    """What a `MailingList` is reached at; nothing of it is stored."""

    list_name: str
    mail_host: str
    site: Any

    @property
    def fqdn_listname(self) -> str:
        """The posting address."""
        return f"{self.list_name}@{self.mail_host}"

    posting_address = fqdn_listname

    def _sub(self, suffix: str) -> str:
        return f"{self.list_name}-{suffix}@{self.mail_host}"

    @property
    def bounces_address(self) -> str:
        """Where delivery failures go."""
        return self._sub("bounces")

    @property
    def confirm_address(self) -> str:
        """Where confirmations go."""
        return self._sub("confirm")

    @property
    def join_address(self) -> str:
        """Where requests to join go."""
        return self._sub("join")

    @property
    def leave_address(self) -> str:
        """Where requests to leave go."""
        return self._sub("leave")

    @property
    def owner_address(self) -> str:
        """Where the people in charge are reached."""
        return self._sub("owner")

    @property
    def request_address(self) -> str:
        """Where commands go."""
        return self._sub("request")

    @property
    def no_reply_address(self) -> str:
        """An address nobody reads; its local part is a site setting."""
        return f"{self.site.no_reply}@{self.mail_host}"


class PostingAddresses:
    """What the container of lists knows by its index of posting addresses alone."""

    _by_address: Any

    def list_id_of(self, posting_address: str) -> str | None:
        """See `IMailingLists`."""
        list_id: str | None = self._by_address.get(posting_address)
        return list_id

    def names_by_host(self) -> dict[str, list[str]]:
        """See `IMailingLists`."""
        read_ahead(self._by_address)
        names: dict[str, list[str]] = {}
        for address in self._by_address:
            name, _, host = address.rpartition("@")
            names.setdefault(host, []).append(name)
        return names
