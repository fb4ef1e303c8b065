"""What styles are composed of: each block sets one group of a list's settings.

A block says all its values, also those that a bare list has by default: blocks are applied one
after the other, and the later one must win whatever came before.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from mmcore.interfaces.action import Action, FilterAction
from mmcore.interfaces.mailing_list import (
    ArchivePolicy,
    ArchiveRenderingMode,
    DigestFrequency,
    DMARCMitigateAction,
    NewsgroupModeration,
    Personalization,
    ReplyToMunging,
    ResponseAction,
    RosterVisibility,
    UnrecognizedBounceDisposition,
)
from mmcore.interfaces.subscription import SubscriptionPolicy


def identity(mlist: Any) -> None:
    """Names, prefix and headers."""
    mlist.display_name = mlist.list_name.capitalize()
    mlist.subject_prefix = f"[{mlist.display_name}] "
    mlist.description = ""
    mlist.info = ""
    mlist.include_rfc2369_headers = True


def basic_operation(mlist: Any) -> None:
    """Policies, notices, content filter, digests, DMARC and the Usenet gateway."""
    mlist.subscription_policy = SubscriptionPolicy.confirm
    mlist.unsubscription_policy = SubscriptionPolicy.confirm
    mlist.member_roster_visibility = RosterVisibility.moderators
    mlist.admin_immed_notify = True
    mlist.admin_notify_mchanges = False
    mlist.respond_to_post_requests = True
    mlist.personalize = Personalization.none
    mlist.archive_rendering_mode = ArchiveRenderingMode.text
    mlist.filter_content = False
    mlist.filter_action = FilterAction.discard
    mlist.collapse_alternatives = True
    mlist.convert_html_to_plaintext = False
    mlist.digests_enabled = True
    mlist.digest_send_periodic = True
    mlist.digest_size_threshold = 30.0
    mlist.digest_volume_frequency = DigestFrequency.monthly
    mlist.dmarc_mitigate_action = DMARCMitigateAction.no_mitigation
    mlist.dmarc_mitigate_unconditionally = False
    mlist.gateway_to_mail = False
    mlist.gateway_to_news = False
    mlist.linked_newsgroup = ""
    mlist.newsgroup_moderation = NewsgroupModeration.none
    mlist.nntp_prefix_subject_too = True


def bounces(mlist: Any) -> None:
    """Bounces, automatic responses, and the parts that handle posts."""
    mlist.process_bounces = True
    mlist.bounce_score_threshold = 5
    mlist.bounce_info_stale_after = timedelta(days=7)
    mlist.bounce_you_are_disabled_warnings = 3
    mlist.bounce_you_are_disabled_warnings_interval = timedelta(days=7)
    mlist.bounce_notify_owner_on_bounce_increment = False
    mlist.bounce_notify_owner_on_disable = True
    mlist.bounce_notify_owner_on_removal = True
    mlist.forward_unrecognized_bounces_to = UnrecognizedBounceDisposition.administrators
    mlist.autorespond_owner = ResponseAction.none
    mlist.autorespond_postings = ResponseAction.none
    mlist.autorespond_requests = ResponseAction.none
    mlist.autoresponse_grace_period = timedelta(days=90)
    mlist.posting_chain = "default-posting-chain"
    mlist.owner_chain = "default-owner-chain"
    mlist.posting_pipeline = "default-posting-pipeline"
    mlist.owner_pipeline = "default-owner-pipeline"


def _reply_settings(mlist: Any) -> None:
    # Private lists set these too: a list without them would have no defined behaviour.
    mlist.reply_goes_to_list = ReplyToMunging.no_munging
    mlist.reply_to_address = ""
    mlist.first_strip_reply_to = False


def public(mlist: Any) -> None:
    """A list that everybody may find and read."""
    mlist.advertised = True
    mlist.archive_policy = ArchivePolicy.public
    _reply_settings(mlist)


def private(mlist: Any) -> None:
    """A list that only its members read, and that a moderator lets people join."""
    mlist.advertised = False
    mlist.archive_policy = ArchivePolicy.private
    mlist.subscription_policy = SubscriptionPolicy.confirm_then_moderate
    _reply_settings(mlist)


def _greetings(mlist: Any) -> None:
    mlist.anonymous_list = False
    mlist.send_welcome_message = True
    mlist.send_goodbye_message = True


def discussion(mlist: Any) -> None:
    """A list to which its members write."""
    mlist.allow_list_posts = True
    _greetings(mlist)


def announcement(mlist: Any) -> None:
    """A list that says in List-Post (RFC 2369, section 3.4) that readers do not write to it."""
    mlist.allow_list_posts = False
    _greetings(mlist)


def moderation(mlist: Any) -> None:
    """Limits, and what is done with posts of members and strangers."""
    mlist.default_member_action = Action.defer
    mlist.default_nonmember_action = Action.hold
    mlist.accept_these_nonmembers = []
    mlist.hold_these_nonmembers = []
    mlist.reject_these_nonmembers = []
    mlist.discard_these_nonmembers = []
    mlist.emergency = False
    mlist.administrivia = True
    mlist.require_explicit_destination = True
    mlist.max_message_size = 40
    mlist.max_num_recipients = 10
    mlist.moderator_password = None
