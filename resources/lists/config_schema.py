"""The settings of a list that clients may write, and those they may only read.

One line a setting: its name is that of the model's attribute, its type says
what clients may send.  The defaults are the model's (`resources/lists/settings.py`).
"""

from __future__ import annotations

from collections.abc import Callable
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
from resources.fields import (
    aliases,
    boolean,
    duration,
    enumeration,
    field,
    kilobytes,
    known_pipeline,
    language,
    line,
    natural,
    password,
    patterns,
    patterns_and_lists,
    strings,
    text,
)
from resources.parameters import Parameters, optional

#: Every writable setting and its type.
WRITABLE: dict[str, Callable[[Any], Any]] = {
    # Identity and headers.
    "display_name": text,
    "description": line,
    "info": text,
    "subject_prefix": text,
    "preferred_language": language,
    "advertised": boolean,
    "anonymous_list": boolean,
    "include_rfc2369_headers": boolean,
    "allow_list_posts": boolean,
    "acceptable_aliases": aliases,
    # Subscription and notices.
    "subscription_policy": enumeration(SubscriptionPolicy),
    "unsubscription_policy": enumeration(SubscriptionPolicy),
    "member_roster_visibility": enumeration(RosterVisibility),
    "send_welcome_message": boolean,
    "send_goodbye_message": boolean,
    "admin_immed_notify": boolean,
    "admin_notify_mchanges": boolean,
    # Moderation.
    "default_member_action": enumeration(Action),
    "default_nonmember_action": enumeration(Action),
    "accept_these_nonmembers": patterns_and_lists,
    "hold_these_nonmembers": patterns,
    "reject_these_nonmembers": patterns,
    "discard_these_nonmembers": patterns,
    "emergency": boolean,
    "administrivia": boolean,
    "require_explicit_destination": boolean,
    "max_message_size": natural,
    "max_num_recipients": natural,
    "max_days_to_hold": natural,
    "moderator_password": password,
    "respond_to_post_requests": boolean,
    # Delivery.
    "personalize": enumeration(Personalization),
    "reply_goes_to_list": enumeration(ReplyToMunging),
    "reply_to_address": text,
    "first_strip_reply_to": boolean,
    "posting_pipeline": text,
    # Archives.
    "archive_policy": enumeration(ArchivePolicy),
    "archive_rendering_mode": enumeration(ArchiveRenderingMode),
    # Automatic responses.
    "autorespond_owner": enumeration(ResponseAction),
    "autorespond_postings": enumeration(ResponseAction),
    "autorespond_requests": enumeration(ResponseAction),
    "autoresponse_owner_text": text,
    "autoresponse_postings_text": text,
    "autoresponse_request_text": text,
    "autoresponse_grace_period": duration,
    # Content filter.
    "filter_content": boolean,
    "filter_action": enumeration(FilterAction),
    "filter_types": strings,
    "pass_types": strings,
    "filter_extensions": strings,
    "pass_extensions": strings,
    "collapse_alternatives": boolean,
    "convert_html_to_plaintext": boolean,
    # Digests.
    "digests_enabled": boolean,
    "digest_send_periodic": boolean,
    "digest_size_threshold": kilobytes,
    "digest_volume_frequency": enumeration(DigestFrequency),
    # DMARC.
    "dmarc_mitigate_action": enumeration(DMARCMitigateAction),
    "dmarc_mitigate_unconditionally": boolean,
    "dmarc_addresses": patterns,
    "dmarc_moderation_notice": text,
    "dmarc_wrapped_message_text": text,
    # Bounces.
    "process_bounces": boolean,
    "bounce_score_threshold": natural,
    "bounce_info_stale_after": duration,
    "bounce_you_are_disabled_warnings": natural,
    "bounce_you_are_disabled_warnings_interval": duration,
    "bounce_notify_owner_on_bounce_increment": boolean,
    "bounce_notify_owner_on_disable": boolean,
    "bounce_notify_owner_on_removal": boolean,
    "forward_unrecognized_bounces_to": enumeration(UnrecognizedBounceDisposition),
    # Usenet.
    "gateway_to_mail": boolean,
    "gateway_to_news": boolean,
    "linked_newsgroup": text,
    "newsgroup_moderation": enumeration(NewsgroupModeration),
    "nntp_prefix_subject_too": boolean,
}

#: What clients see but cannot change here.
READ_ONLY = (
    "fqdn_listname", "list_name", "mail_host", "posting_address", "bounces_address",
    "join_address", "leave_address", "owner_address", "request_address", "no_reply_address",
    "created_at", "last_post_at", "digest_last_sent_at", "next_digest_number", "volume",
    "post_id", "usenet_watermark",
)  # fmt: skip

#: Every attribute of `config`, in the order shown.
ATTRIBUTES = (*WRITABLE, *READ_ONLY)

#: What API 3.0 has in place of `uris`: attributes, and the templates whose URIs they are.
TEMPLATES = {
    "welcome_message_uri": "list:user:notice:welcome",
    "goodbye_message_uri": "list:user:notice:goodbye",
    "header_uri": "list:member:regular:header",
    "footer_uri": "list:member:regular:footer",
    "digest_header_uri": "list:member:digest:header",
    "digest_footer_uri": "list:member:digest:footer",
}


def config_schema(names: tuple[str, ...] = tuple(WRITABLE)) -> Parameters:
    """The schema of some settings (or templates), all of them required."""
    schema = Parameters()
    for name in names:
        options = {"validator": known_pipeline} if name == "posting_pipeline" else {}
        schema.add(field(text if name in TEMPLATES else WRITABLE[name], name=name, **options))
    return schema


def whole_schema(*, templates: bool) -> Parameters:
    """The schema of all settings, required, and (with `templates`) of API 3.0's, optional."""
    schema = config_schema()
    if templates:
        for child in optional(config_schema(tuple(TEMPLATES))).children:
            schema.add(child)
    return schema
