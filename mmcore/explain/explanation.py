"""An explanation: plain values, which outlive the transaction that was aborted."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class RuleOutcome:
    """What a rule said: `hit`, `miss`, `skipped` (it could not cope) or `not asked`."""

    rule: str
    chain: str
    outcome: str
    reasons: tuple[str, ...] = ()
    #: Why it was skipped.
    error: str | None = None


@dataclass(frozen=True)
class HandlerStep:
    """What a handler did: `changed`, `unchanged`, `skipped`, `discarded` or `rejected`."""

    handler: str
    #: `pipeline`, or `delivery` for the last steps before a message leaves.
    stage: str
    outcome: str
    #: Unified diffs, empty if there is no difference.
    header: str = ""
    body: str = ""
    #: Metadata that it set or changed, shown in one line each.
    metadata: dict[str, str] = field(default_factory=dict)
    #: Why it was skipped, or why it threw the message away or sent it back.
    error: str | None = None


@dataclass(frozen=True)
class Notice:
    """A message of the engine that would be sent."""

    to: tuple[str, ...]
    subject: str


@dataclass(frozen=True)
class Dmarc:
    """What the author's domain asks for, and what the list would do about it."""

    author: str
    #: `none`, `quarantine`, `reject`; `unknown` if the DNS cannot say; None if nobody asked.
    policy: str | None
    #: The domain at which the policy stands.
    domain: str | None
    #: What the list is set to do (`dmarc_mitigate_action`).
    setting: str
    #: What would be done to this post, `no_mitigation` for nothing.
    action: str


@dataclass(frozen=True)
class Recipients:
    """Who would get the post at once."""

    count: int = 0
    sample: tuple[str, ...] = ()


@dataclass(frozen=True)
class Asked:
    """The member somebody asked about: whether the post goes there, and why not."""

    email: str
    receives: bool
    why: str | None = None


@dataclass(frozen=True)
class Copy:
    """The message as it would leave."""

    sender: str
    content: bytes


@dataclass(frozen=True)
class Explanation:
    """What would become of a message for a list, and why."""

    list_id: str
    message_id: str
    sender: str
    subject: str
    #: Chains in the order in which they were entered.
    chains: tuple[str, ...]
    rules: tuple[RuleOutcome, ...]
    #: `accept`, `hold`, `reject`, `discard`; `refuse` before it is accepted from the network,
    #: `shunt` if the engine fails; or the name of a chain of the site's own.
    decision: str
    #: In the reader's language.
    reasons: tuple[str, ...]
    #: What the engine fails with.
    error: str | None
    #: Whether what follows is only true if a moderator accepts the held post.
    as_if_accepted: bool
    handlers: tuple[HandlerStep, ...]
    recipients: Recipients
    asked: Asked | None
    dmarc: Dmarc | None
    #: Copies of the post in queues other than `out`, by name: `archive`, `digest`, `nntp` ...
    queues: dict[str, int]
    notices: tuple[Notice, ...]
    #: None if nothing leaves, or not for the member that somebody asked about.
    copy: Copy | None
