"""Every setting of mmcore, declared once: name, kind, default and meaning.

This is the only place to look a setting up and the only place to add one;
`mmcore.config` reads the ini file by these tables and `mmcore conf` prints
them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from mmcore.settings_delivery import DELIVERY_SECTIONS
from mmcore.settings_posts import MMCORE_POSTS, POST_SECTIONS
from mmcore.settings_types import (
    BOOL,
    DURATION,
    EMAIL,
    INT,
    LOG_FORMAT,
    NETWORKS,
    ONE,
    PATH,
    PORT,
    POSITIVE,
    POWER_OF_TWO,
    REGEX,
    REGEXES,
    SECRET,
    SIZE,
    TEXT,
    WORD,
    WORDS,
    Key,
    choice,
)

MMCORE = (
    Key("site_owner", EMAIL, "changeme@example.com",
        "A human to turn to; gets what nobody else can take."),
    Key("noreply_address", WORD, "noreply", "Local part of the address that is never read."),
    Key("default_language", WORD, "en", "Language of the site where nobody chose another."),
    Key("sender_headers", WORDS, "from from_ reply-to sender",
        "Where to look for the author of a post, in order; from_ is the envelope sender."),
    Key("anonymous_list_keep_headers", REGEXES,
        "^x-mailman- ^x-content-filtered-by: ^x-topics: ^x-ack: ^x-beenthere:"
        " ^x-list-administrivia: ^x-spam-",
        "Header fields of our own that an anonymous list keeps; all other X- fields go."),
    Key("email_commands_max_lines", INT, "10", "Lines read from a mail with commands."),
    Key("pending_request_life", DURATION, "3d", "How long a confirmation can be answered."),
    Key("moderator_request_life", DURATION, "180d", "How long a moderator can take."),
    Key("cache_life", DURATION, "7d", "How long a process keeps the text of a template URI."),
    Key("run_tasks_every", DURATION, "1h", "How often the housekeeping is done."),
    Key("listname_chars", REGEX, "[-_.0-9a-z]", "Characters allowed in the name of a list."),
    Key("missing_message_id", choice("add", "reject"), "add",
        "What LMTP does with a message that has no Message-ID."),
    Key("max_message_bytes", SIZE, "32MB", "Largest message that LMTP takes (SIZE, RFC 1870)."),
    Key("includes", WORDS, "", "Packages of this site whose rules, handlers … are added."),
    *MMCORE_POSTS,
)  # fmt: skip

#: A path may begin with the `$name` of another; others are relative to the ini file.
PATHS = (
    Key("var_dir", PATH, "var", "Where everything lies that mmcore writes."),
    Key("log_dir", PATH, "$var_dir/logs", "Log files."),
    Key("lock_dir", PATH, "$var_dir/locks", "Locks of the master and of the runners."),
    Key("run_dir", PATH, "$var_dir/run", "Unix sockets and the pid file; must be a short path."),
    Key("data_dir", PATH, "$var_dir/data", "The database, if the master serves it."),
    Key("content_dir", PATH, "$var_dir/content", "Texts of messages."),
    Key("ledger_dir", PATH, "$var_dir/ledger", "Journals of deliveries in progress."),
    Key("archive_dir", PATH, "$var_dir/archives", "What archivers keep."),
    Key("template_dir", PATH, "$var_dir/templates", "Notices of this site; they go before ours."),
    Key("caught_dir", PATH, "$var_dir/caught", "Maildir for outgoing = maildir."),
    Key("pid_file", PATH, "$run_dir/master.pid", "Process id of the master."),
    Key("lock_file", PATH, "$lock_dir/master.lck", "Lock of the master."),
)  # fmt: skip

DATABASE = (
    Key("uri", TEXT, "",
        "A zodburi (zconfig://…) of the storage; empty: a ZEO server that the master starts."),
    Key("zeo_socket", PATH, "$run_dir/zeo.sock", "Unix socket of that ZEO server."),
    Key("max_restarts", INT, "10", "How often that ZEO server is restarted."),
    Key("cache_objects", POSITIVE, "20000", "Objects that a connection keeps in memory."),
    Key("client_cache", SIZE, "100MB", "Size of the cache of a ZEO client."),
    Key("wait_timeout", DURATION, "30s", "How long a process waits for the storage at its start."),
    Key("pack_every", DURATION, "1d", "How often old object revisions are removed."),
    Key("pack_keep", DURATION, "1d", "Age from which they are; younger ones can be undone."),
)  # fmt: skip

WEBSERVICE = (
    Key("hostname", WORD, "localhost", "Address or name on which the REST API listens."),
    Key("port", PORT, "8001", "Its port."),
    Key("use_https", BOOL, "no", "Whether links say https, because a proxy before us does TLS."),
    Key("admin_user", WORD, "restadmin", "User of the REST API."),
    Key("admin_pass", SECRET, "", "Password of admin_user; without one the REST API stays down."),
    Key("threads", POSITIVE, "4", "Requests served at the same time."),
    Key("trusted_proxies", NETWORKS, "",
        "Proxies whose X-Forwarded-For, -Proto and -Host and X-Request-Id are believed."),
    Key("max_body", SIZE, "2MB",
        "Largest form or JSON body; a message for a queue may have max_message_bytes."),
    Key("login_failures", POSITIVE, "10",
        "Wrong logins after which a client's address has to wait between tries."),
    Key("login_delay", DURATION, "1s", "How long it waits at first; doubles with every failure …"),
    Key("login_delay_max", DURATION, "5m", "… up to this."),
    Key("login_memory", DURATION, "1h", "How long an address's last failure is remembered."),
)  # fmt: skip

STYLES = (Key("default", WORD, "legacy-default", "Style of a list created without one."),)

LOGGING = (
    Key("level", choice("debug", "info", "warning", "error", "critical"), "info",
        "Least severity that is logged."),
    Key("format", LOG_FORMAT,
        "%(asctime)s %(levelname)s (%(process)d) %(name)s: %(request)s%(message)s",
        "Form of a line; %(request)s is the id of the HTTP request, in brackets, or nothing."),
)  # fmt: skip

SECTIONS: dict[str, tuple[Key, ...]] = {
    "mmcore": MMCORE,
    "paths": PATHS,
    "database": DATABASE,
    **DELIVERY_SECTIONS,
    "webservice": WEBSERVICE,
    "styles": STYLES,
    **POST_SECTIONS,
    "logging": LOGGING,
}

#: Sections named `runner.NAME`.
RUNNER_PREFIX = "runner."
#: Runners that start unless told otherwise, in the order in which they start (slowest first).
STARTING_RUNNERS = (
    "rest", "lmtp", "in", "pipeline", "out", "virgin", "retry", "task", "command", "digest",
    "archive", "bounces",
)  # fmt: skip
OTHER_RUNNERS = ("nntp", "public")
RUNNER_NAMES = STARTING_RUNNERS + OTHER_RUNNERS
#: Runners that empty no queue: there is nothing to divide into slices.
UNDIVIDED_RUNNERS = ("lmtp", "public", "rest", "task")
_SLEEP_TIMES = {"retry": "1m", "task": "1m", "bounces": "2m"}


def runner_keys(name: str) -> tuple[Key, ...]:
    """The settings of the runner of this name."""
    return (
        Key("start", BOOL, "yes" if name in STARTING_RUNNERS else "no",
            "Whether the master starts it."),
        Key("instances", ONE if name in UNDIVIDED_RUNNERS else POWER_OF_TWO, "1",
            "Number of processes that share the queue, each with its slice."),
        Key("max_restarts", INT, "10", "How often a process that ends is restarted."),
        Key("sleep_time", DURATION, _SLEEP_TIMES.get(name, "1s"),
            "How long to wait for a wake-up before looking at the queue anyway."),
    )  # fmt: skip


#: Sections named `archiver.NAME`: these, and whatever a site adds.
ARCHIVER_PREFIX = "archiver."
ARCHIVER_NAMES = ("hyperkitty", "mail-archive", "mbox", "mhonarc", "prototype")


def archiver_keys(name: str) -> tuple[Key, ...]:
    """The settings of an archiver."""
    return (
        Key("class", TEXT, "",
            "Dotted name of the archiver's class; empty: the one that is known by the name."),
        Key("enable", BOOL, "no", "Whether lists may use it; those that meet it then do."),
        Key("configuration", TEXT, "", "A file of the archiver's own settings."),
        Key("clobber_date", choice("maybe", "always", "never"), "maybe",
            "Whether to archive a post under the time of its arrival: if its Date is strange …"),
        Key("clobber_skew", DURATION, "1d", "… which is one so far from the present."),
    )  # fmt: skip


#: Sections named `plugin.NAME`: only those that a site adds.
PLUGIN_PREFIX = "plugin."


def plugin_keys(name: str) -> tuple[Key, ...]:
    """The settings of a plugin."""
    return (
        Key("class", TEXT, "", "Dotted name of the plugin's class, which gets the engine."),
        Key("enabled", BOOL, "no", "Whether it is loaded."),
        Key("configuration", TEXT, "", "A file of the plugin's own settings."),
        Key("component_package", TEXT, "",
            "Package whose rules, handlers … and REST resources are added."),
    )  # fmt: skip


#: Families of sections to which an ini file may add, by the beginning of their names.
OPEN_FAMILIES: dict[str, Callable[[str], tuple[Key, ...]]] = {
    ARCHIVER_PREFIX: archiver_keys,
    PLUGIN_PREFIX: plugin_keys,
}
# It becomes a segment of URLs and the name of a parameter.
_FAMILY_NAME = re.compile(r"[A-Za-z0-9][-_A-Za-z0-9]*")


def sections(named: Iterable[str] = ()) -> dict[str, tuple[Key, ...]]:
    """All sections with their settings, in the order in which they are shown.

    `named` are those of an ini file: what belongs to an open family is added.
    """
    found = dict(SECTIONS)
    found |= {RUNNER_PREFIX + name: runner_keys(name) for name in RUNNER_NAMES}
    found |= {ARCHIVER_PREFIX + name: archiver_keys(name) for name in ARCHIVER_NAMES}
    for section in named:
        prefix, dot, name = section.partition(".")
        keys = OPEN_FAMILIES.get(prefix + dot)
        if section not in found and keys is not None and _FAMILY_NAME.fullmatch(name):
            found[section] = keys(name)
    return found
