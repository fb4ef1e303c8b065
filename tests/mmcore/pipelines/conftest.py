"""Departures of messages to members with names of all kinds."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mmcore.interfaces.mailing_list import Personalization
from mmcore.message.message import Message
from mmcore.pipelines.finishing import depart
from tests.support.messages import message

#: All that a footer may say of a member.
FOOTER = (
    "For $user_name <$user_email>: ${member},\n $user_delivered_to, $user_name_or_email,\n"
    " $user_address. $user_language, $user_name_or_address$user_name\n"
)


@pytest.fixture
def template(engine) -> Callable:
    """template(text): the footer of all lists."""

    def template(text, name="footer"):
        folder = engine.settings.paths.template_dir / "site" / "en"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"list.member.regular.{name}.txt"
        path.write_text(text, encoding="utf-8")

    return template


@pytest.fixture
def join(site, mlist) -> Callable:
    """join(email, name) -> the new membership."""

    def join(email, name=""):
        site.users.make(email, name)
        return mlist.subscribe(site.addresses.get(email))

    return join


@pytest.fixture
def personal(engine, mlist, template) -> None:
    """A list with a personal footer, whose copies are as individual as can be."""
    mlist.personalize = Personalization.full
    engine.settings.mta.verp_personalized_deliveries = True
    engine.settings.public.url = "https://lists.example.com"
    template(FOOTER)


@pytest.fixture
def leave(engine, mlist) -> Callable:
    """leave(text or bytes, *recipients, **metadata) -> the departure."""

    def leave(content, *recipients, **metadata):
        msg = Message.parse(content) if isinstance(content, bytes) else message(content)
        msgdata = {"recipients": list(recipients), **metadata}
        return depart(engine, mlist, msg, msgdata)

    return leave
