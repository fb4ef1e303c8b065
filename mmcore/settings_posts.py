"""The settings of what happens to a post: judging, preparing, digests, archives, news.

A part of `mmcore.settings_schema`, which see.
"""

from __future__ import annotations

from mmcore.settings_types import (
    BOOL,
    DURATION,
    INT,
    LINES,
    PORT,
    POSITIVE,
    SECRET,
    TEXT,
    WORD,
    WORDS,
    Key,
)

#: Keys of `[mmcore]` that rules and handlers read.
MMCORE_POSTS = (
    Key("hold_digest", BOOL, "no", "Whether posts are held that answer or quote a whole digest."),
    Key("masthead_threshold", POSITIVE, "4",
        "How many lines of a digest's masthead a post may quote before that."),
    Key("check_max_size_on_filtered_message", BOOL, "no",
        "Whether a post's size is that of what the content filter leaves."),
    Key("filtered_messages_are_preservable", BOOL, "no",
        "Whether filter_action preserve keeps posts in the queue bad."),
    Key("filter_report", BOOL, "no", "Whether a filtered post says what was removed."),
    Key("convert_html_max_bytes", INT, "1000000",
        "Largest HTML part that is made plain text; larger ones stay; 0: no limit."),
    Key("max_autoresponses_per_day", INT, "10",
        "Automatic answers of a kind that an address gets a day; 0: no limit."),
)  # fmt: skip

ANTISPAM = (
    Key("header_checks", LINES, "",
        "Header: regex, one a line: posts with such a field are dealt with by jump_chain."),
    Key("jump_chain", WORD, "hold", "The chain for header matches that name none."),
)  # fmt: skip

DMARC = (
    Key("resolver_timeout", DURATION, "3s", "How long one nameserver may take …"),
    Key("resolver_lifetime", DURATION, "5s", "… and all queries about a domain together."),
    Key("nameservers", WORDS, "", "Nameservers to ask; empty: those of the system."),
    Key("nameserver_port", PORT, "53", "Their port."),
    Key("cache_life", DURATION, "1h", "How long an answer is kept at most."),
    Key("failure_life", DURATION, "1m", "How long it is kept that nobody answered."),
)  # fmt: skip

_ARC_FIELDS = (
    "From Sender Reply-To Subject Date Message-ID To Cc MIME-Version Content-Type "
    "Content-Transfer-Encoding Content-ID Content-Description Resent-Date Resent-From "
    "Resent-Sender Resent-To Resent-Cc Resent-Message-ID In-Reply-To References List-Id "
    "List-Help List-Unsubscribe List-Unsubscribe-Post List-Subscribe List-Post List-Owner "
    "List-Archive"
)

ARC = (
    Key("enabled", BOOL, "no", "Whether posts are authenticated, and sealed when they leave."),
    Key("dmarc", BOOL, "yes", "Whether DMARC is among what is authenticated."),
    Key("dkim", BOOL, "yes", "Whether DKIM is."),
    Key("authserv_id", TEXT, "", "Our name in Authentication-Results; empty: that of the host."),
    Key("trusted_authserv_ids", WORDS, "",
        "Servers whose Authentication-Results are believed, apart from our own name."),
    Key("privkey", TEXT, "", "File with the private key (PEM), as seen from the ini file."),
    Key("selector", TEXT, "", "Where in the DNS the public key is, below _domainkey."),
    Key("domain", TEXT, "", "The domain that seals."),
    Key("sig_headers", WORDS, _ARC_FIELDS, "Header fields that are signed; From is one of them."),
)  # fmt: skip

DKIM = (
    Key("enabled", BOOL, "no", "Whether messages are signed (RFC 6376) when they leave."),
    Key("privkey", TEXT, "",
        "File with the private key (PEM; RSA, or base64 of Ed25519), as seen from the ini file."),
    Key("selector", TEXT, "", "Where in the DNS the public key is, below _domainkey."),
    Key("domain", TEXT, "", "The domain that signs; empty: that of the list."),
    Key("sig_headers", WORDS, _ARC_FIELDS, "Header fields that are signed; From is one of them."),
)  # fmt: skip

DIGESTS = (
    Key("mime_digest_keep_headers", WORDS,
        "Date From To Cc Subject Message-ID Keywords In-Reply-To References Content-Type"
        " MIME-Version Content-Transfer-Encoding Precedence Reply-To Message List-Post",
        "Header fields of the messages in a MIME digest."),
    Key("plain_digest_keep_headers", WORDS,
        "Message Date From Subject To Cc Message-ID Keywords Content-Type",
        "Header fields of the messages in a plain text digest, in this order."),
    Key("send_periodic_every", DURATION, "1d",
        "How often digests are sent that are smaller than their lists want; 0: never."),
)  # fmt: skip

NNTP = (
    Key("host", TEXT, "", "The news server; empty: localhost."),
    Key("port", PORT, "119", "Its port."),
    Key("user", TEXT, "", "User to log in as; empty: no login."),
    Key("password", SECRET, "", "Password of user."),
    Key("timeout", DURATION, "60s", "How long to wait for a reply of the server."),
    Key("remove_headers", WORDS,
        "nntp-posting-host nntp-posting-date x-trace x-complaints-to xref date-received posted"
        " posting-version relay-version received",
        "Header fields that an article must not have."),
    Key("rewrite_duplicate_headers", WORDS,
        "To X-Original-To CC X-Original-CC Content-Transfer-Encoding"
        " X-Original-Content-Transfer-Encoding MIME-Version X-MIME-Version",
        "Pairs: a field that an article may have once, and a name for further ones."),
    Key("gatenews_every", DURATION, "5m", "How often news are fetched; 0: never."),
)  # fmt: skip

#: Sections, in the order in which they are shown.
POST_SECTIONS: dict[str, tuple[Key, ...]] = {
    "antispam": ANTISPAM,
    "dmarc": DMARC,
    "ARC": ARC,
    "DKIM": DKIM,
    "digests": DIGESTS,
    "nntp": NNTP,
}
