"""What other engines have in their configuration and clients may look up here.

A value is what mmcore does about it, told in the words of the API; the empty
text means that mmcore has nothing of the kind.  Settings of our own go before
these (see `resources.system.configuration_views`).
"""

from __future__ import annotations

#: The names of our sections where the API has others.
NAMES = {"mmcore": "mailman", "paths": "paths.here", "logging": "logging.root"}

#: section -> key -> text.
SETTINGS: dict[str, dict[str, str]] = {
    "ARC": {"enabled": "no"},
    "antispam": {"header_checks": "", "jump_chain": "hold"},
    "bounces": {"register_bounces_every": "15m"},
    "database": {"class": "ZODB.DB", "url": "", "debug": "no"},
    "devmode": {"enabled": "no", "recipient": ""},
    "dmarc": {
        "resolver_timeout": "",
        "resolver_lifetime": "",
        "org_domain_data_url": "",
        "cache_lifetime": "",
    },
    "mailman": {
        "dsn_lifetime": "",
        "layout": "here",
        "filtered_messages_are_preservable": "no",
        "html_to_plain_text_command": "",
        "filter_report": "no",
        "hold_digest": "no",
        "masthead_threshold": "",
        "check_max_size_on_filtered_message": "no",
        "pre_hook": "",
        "post_hook": "",
    },
    "mta": {
        "incoming": "",
        "max_delivery_threads": "0",
        "verp_format": "",
        "verp_confirm_format": "",
        "verp_regexp": "",
        "verp_confirm_regexp": "",
        "verp_confirmations": "no",
        "verp_personalized_deliveries": "no",
        "verp_delivery_interval": "0",
        "verp_probe_format": "",
        "verp_probe_regexp": "",
        "verp_probes": "no",
        "max_autoresponses_per_day": "",
        "remove_dkim_headers": "no",
        "configuration": "",
    },
    "nntp": {"host": "", "port": "", "user": "", "password": ""},
    "passwords": {"configuration": "", "password_length": "8"},
    # Of the layout that `mailman` names.  Queues lie in the database, texts beside it.
    "paths.here": {
        "queue_dir": "$data_dir",
        "bin_dir": "",
        "list_data_dir": "$data_dir",
        "cache_dir": "$data_dir",
        "etc_dir": "",
        "ext_dir": "",
        "messages_dir": "$content_dir",
        "archive_dir": "",
    },
    "shell": {"use_ipython": "no"},
    "urlpatterns": {
        "mailinglist": "",
        "held_message": "",
        "pending_subscriptions": "",
        "pending_unsubscriptions": "",
        "domain": "",
    },
    "webservice": {
        "show_tracebacks": "no",
        "api_version": "3.1",
        "workers": "1",
        "configuration": "",
    },
}
