"""How a user looks to clients."""

from __future__ import annotations

from typing import Any

from resources.representation import MASK
from resources.users.model import User
from resources.versions import ApiVersion


def user_link(api: ApiVersion, user: User) -> str:
    """The canonical URL of a user, by id."""
    return api.url(f"users/{api.id(user.user_id)}")


def show_user(api: ApiVersion, user: User) -> dict[str, Any]:
    """The user object; empty values are left out, the password hash is masked."""
    shown: dict[str, Any] = {
        "user_id": api.id(user.user_id),
        "created_on": user.created_on,
        "is_server_owner": user.is_server_owner,
        "self_link": user_link(api, user),
    }
    if user.display_name:
        shown["display_name"] = user.display_name
    if user.password:
        shown["password"] = MASK
    return shown
