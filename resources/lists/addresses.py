"""The addresses of a mailing list, all made of its name and its host."""

from __future__ import annotations

from typing import Any


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
