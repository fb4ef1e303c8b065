"""Every setting of a list with its default, the value of the `legacy-default` style.

A list stores only what differs from this table: 100,000 lists that keep the
defaults cost nothing for them, and a new setting needs no evolution step.
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

#: name -> default.  Collections are tuples: a default is shared by all lists.
LIST_SETTINGS: dict[str, Any] = {
    # Identity and headers.  Display name and prefix are set from the name at creation.
    "display_name": "",
    "description": "",
    "info": "",
    "subject_prefix": "",
    "preferred_language": "en",
    "advertised": True,
    "anonymous_list": False,
    "include_rfc2369_headers": True,
    "allow_list_posts": True,
    "acceptable_aliases": (),
    # Subscription and notices.
    "subscription_policy": SubscriptionPolicy.confirm,
    "unsubscription_policy": SubscriptionPolicy.confirm,
    "member_roster_visibility": RosterVisibility.moderators,
    "send_welcome_message": True,
    "send_goodbye_message": True,
    "admin_immed_notify": True,
    "admin_notify_mchanges": False,
    # Moderation.
    "default_member_action": Action.defer,
    "default_nonmember_action": Action.hold,
    "accept_these_nonmembers": (),
    "hold_these_nonmembers": (),
    "reject_these_nonmembers": (),
    "discard_these_nonmembers": (),
    "bounce_matching_headers": "",
    "emergency": False,
    "administrivia": True,
    "require_explicit_destination": True,
    "max_message_size": 40,
    "max_num_recipients": 10,
    "max_days_to_hold": 0,
    "moderator_password": None,
    "respond_to_post_requests": True,
    # Delivery.
    "personalize": Personalization.none,
    "reply_goes_to_list": ReplyToMunging.no_munging,
    "reply_to_address": "",
    "first_strip_reply_to": False,
    "posting_chain": "default-posting-chain",
    "owner_chain": "default-owner-chain",
    "posting_pipeline": "default-posting-pipeline",
    "owner_pipeline": "default-owner-pipeline",
    # Archives.
    "archive_policy": ArchivePolicy.public,
    "archive_rendering_mode": ArchiveRenderingMode.text,
    # Automatic responses.
    "autorespond_owner": ResponseAction.none,
    "autorespond_postings": ResponseAction.none,
    "autorespond_requests": ResponseAction.none,
    "autoresponse_owner_text": "",
    "autoresponse_postings_text": "",
    "autoresponse_request_text": "",
    "autoresponse_grace_period": timedelta(days=90),
    # Content filter.
    "filter_content": False,
    "filter_action": FilterAction.discard,
    "filter_types": (),
    "pass_types": (),
    "filter_extensions": (),
    "pass_extensions": (),
    "collapse_alternatives": True,
    "convert_html_to_plaintext": False,
    # Digests.
    "digests_enabled": True,
    "digest_send_periodic": True,
    "digest_size_threshold": 30.0,
    "digest_volume_frequency": DigestFrequency.monthly,
    # DMARC.
    "dmarc_mitigate_action": DMARCMitigateAction.no_mitigation,
    "dmarc_mitigate_unconditionally": False,
    "dmarc_addresses": (),
    "dmarc_moderation_notice": "",
    "dmarc_wrapped_message_text": "",
    # Bounces.
    "process_bounces": True,
    "bounce_score_threshold": 5,
    "bounce_info_stale_after": timedelta(days=7),
    "bounce_you_are_disabled_warnings": 3,
    "bounce_you_are_disabled_warnings_interval": timedelta(days=7),
    "bounce_notify_owner_on_bounce_increment": False,
    "bounce_notify_owner_on_disable": True,
    "bounce_notify_owner_on_removal": True,
    "forward_unrecognized_bounces_to": UnrecognizedBounceDisposition.administrators,
    # Usenet.
    "gateway_to_mail": False,
    "gateway_to_news": False,
    "linked_newsgroup": "",
    "newsgroup_moderation": NewsgroupModeration.none,
    "nntp_prefix_subject_too": True,
    # Topics; see `resources/topics`, which has a resource for them.
    "topics": (),
    "topics_enabled": False,
    "topics_bodylines_limit": 5,
    # What the engine itself keeps count of.
    "digest_last_sent_at": None,
    "next_digest_number": 1,
    "volume": 1,
    "usenet_watermark": None,
}


def is_default(name: str, value: Any) -> bool:
    """Whether a value is the default of that setting."""
    default = LIST_SETTINGS[name]
    # `0 == False` and `1 == True`, but they are different settings.
    return bool(value == default) and type(value) is type(default)
