"""The settings of delivery: smarthost, incoming mail server, VERP, bounces, public pages."""

from __future__ import annotations

from mmcore.settings_types import (
    BOOL,
    DURATION,
    INT,
    NETWORKS,
    PORT,
    POSITIVE,
    REGEX,
    SECRET,
    TEXT,
    WORD,
    Key,
    choice,
)

MTA = (
    Key("outgoing", choice("smtp", "maildir"), "smtp",
        "smtp: to the smarthost below; maildir: into paths.caught_dir, for trying things out."),
    Key("smtp_host", WORD, "localhost", "Smarthost that takes all outgoing mail."),
    Key("smtp_port", PORT, "25", "Its port."),
    Key("smtp_user", TEXT, "", "User to log in as; empty: no login."),
    Key("smtp_pass", SECRET, "", "Password of smtp_user."),
    Key("smtp_secure_mode", choice("smtp", "smtps", "starttls"), "smtp", "How to encrypt."),
    Key("smtp_verify_cert", BOOL, "yes", "Whether its certificate must be valid."),
    Key("smtp_verify_hostname", BOOL, "yes", "Whether the certificate must be for smtp_host."),
    Key("smtp_timeout", DURATION, "60s", "How long to wait for a reply of the smarthost."),
    Key("smtp_data_timeout", DURATION, "10m",
        "How long to wait for the reply to a message's text; RFC 5321 asks for ten minutes."),
    Key("max_delivery_threads", POSITIVE, "4",
        "Most connections to the smarthost at a time; more than one only while it is slow."),
    Key("incoming", WORD, "null",
        "The mail server that brings mail to us, which is told of lists: postfix, exim4,"
        " sendmail or null (nobody is told)."),
    Key("lmtp_host", WORD, "127.0.0.1", "Address on which mail is accepted by LMTP."),
    Key("lmtp_port", PORT, "8024", "Port of LMTP."),
    Key("max_recipients", INT, "10", "Recipients per SMTP transaction; 0: no limit."),
    Key("max_sessions_per_connection", INT, "0", "SMTP transactions per connection; 0: no limit."),
    Key("delivery_retry_period", DURATION, "5d", "How long to try a recipient again."),
    Key("retry_first", DURATION, "5m", "Wait before the second try; doubles with every try …"),
    Key("retry_max", DURATION, "4h", "… up to this."),
    Key("remove_dkim_headers", BOOL, "no",
        "Whether posts lose the signatures of their authors, and Authentication-Results."),
    Key("in_doubt", choice("resend", "hold"), "resend",
        "What to do after a crash with the transaction whose end nobody saw."),
    Key("ledger_life", DURATION, "30d",
        "How long to remember what became of each recipient."),
    Key("verp_delimiter", WORD, "+", "Between list-bounces and the recipient in VERP senders."),
    Key("verp_format", TEXT, "${bounces}+${local}=${domain}",
        "Local part of the envelope sender of a copy for one recipient."),
    Key("verp_regexp", REGEX, "^(?P<bounces>[^+]+?)\\+(?P<local>[^=]+)=(?P<domain>[^@]+)@.*$",
        "How such a sender is read."),
    Key("verp_delivery_interval", INT, "0",
        "Which posts of a list have such senders: 0: none, 1: each, n: every n-th."),
    Key("verp_personalized_deliveries", BOOL, "no",
        "Whether the copies of lists with `personalize` have such senders."),
    Key("verp_probe_format", TEXT, "$bounces+$token@$domain", "Envelope sender of a probe."),
    Key("verp_probe_regexp", REGEX, "^(?P<bounces>[^+]+?)\\+(?P<token>[^@]+)@.*$",
        "How the sender of a probe is read."),
    Key("verp_probes", BOOL, "no",
        "Whether a member whose mail bounces gets a probe before delivery is disabled."),
    Key("verp_confirmations", BOOL, "yes",
        "Whether an answer to a request for confirmation has the token in its address."),
    Key("verp_confirm_format", TEXT, "$address+$cookie",
        "Local part of the address of such an answer."),
    Key("verp_confirm_regexp", REGEX, "^(.*<)?(?P<addr>[^+]+?)\\+(?P<cookie>[^@]+)@.*$",
        "How such an address is read."),
)  # fmt: skip

DEVMODE = (
    Key("enabled", BOOL, "no", "Whether all mail goes to one address, to try a site out."),
    Key("recipient", TEXT, "", "That address, instead of every recipient."),
)  # fmt: skip

#: For `[mta] incoming = postfix`.
POSTFIX = (
    Key(
        "transport_file_type",
        choice("texthash", "hash", "lmdb", "regexp"),
        "texthash",
        "Kind of the maps that we write.",
    ),
    Key("postmap_command", TEXT, "/usr/sbin/postmap", "Compiles maps of kind hash and lmdb."),
)

BOUNCES = (
    Key("register_bounces_every", DURATION, "15m",
        "How often to look for members who have to be warned or removed."),
    Key("dsn_lifetime", DURATION, "30d",
        "How long to keep a bounce event that was weighed."),
    Key("storm_window", DURATION, "1h",
        "Failures at one provider within this time (an event waits for so long) …"),
    Key("storm_members", POSITIVE, "10", "… of so many members …"),
    Key("storm_share", POSITIVE, "25",
        "… that are so many percent of those who have mailboxes there: the provider is to blame."),
    Key("storm_freeze", DURATION, "1d",
        "For how long after the latest of them nobody there is blamed."),
)  # fmt: skip

#: The pages for the readers of lists; see also `[runner.public]`.
PUBLIC = (
    Key("url", TEXT, "",
        "Where readers find the public pages (https://lists.example.com); empty: nowhere, and no"
        " copy offers to unsubscribe with one click."),
    Key("hostname", WORD, "127.0.0.1", "Address or name on which they are served, for a proxy."),
    Key("port", PORT, "8002", "Its port."),
    Key("threads", POSITIVE, "4", "Requests served at the same time."),
    Key("trusted_proxies", NETWORKS, "",
        "Proxies whose X-Forwarded-For, -Proto and -Host are believed."),
)  # fmt: skip

DELIVERY_SECTIONS: dict[str, tuple[Key, ...]] = {
    "mta": MTA,
    "devmode": DEVMODE,
    "postfix": POSTFIX,
    "bounces": BOUNCES,
    "public": PUBLIC,
}
