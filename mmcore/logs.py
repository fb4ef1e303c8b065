"""Log files of a process, and reopening them.

All loggers are below `mmcore`; what happens at the smarthost and what bounces
can fill a disk and has files of its own.  Several processes append to one
file, line by line.

A line that is written while an HTTP request is served carries its id, so that
the lines of requests that were served side by side can be told apart.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable
from contextvars import ContextVar

from mmcore.config import Settings
from mmcore.queue.rehearsal import current as current_rehearsal

_FILES = {"mmcore": "mmcore.log", "mmcore.smtp": "smtp.log", "mmcore.bounce": "bounce.log"}
#: Loggers of libraries whose records go to our file, from this level on.
_BORROWED = {
    "": logging.WARNING,
    "mail.log": logging.WARNING,
    "waitress.queue": logging.ERROR,
    "ZEO": logging.WARNING,
    # An error for every client that goes: each command is one.
    "ZEO.asyncio": logging.CRITICAL,
    # Errors of those who signed, which are in what it returns as well.
    "dkimpy": logging.CRITICAL,
}

#: The id of the HTTP request that this thread serves; empty outside of requests.
request_id: ContextVar[str] = ContextVar("request_id", default="")

_files: list[logging.FileHandler] = []
_streams: list[logging.Handler] = []


def with_request_id(record: logging.LogRecord) -> bool:
    """Filter for handlers: gives records `request`, which is `[ID] ` or nothing.

    What happens in a rehearsal does not happen: only its warnings are written, and say so.
    """
    name = request_id.get()
    marks = f"[{name}] " if name else ""
    rehearsal = current_rehearsal() is not None
    record.request = f"{marks}[rehearsal] " if rehearsal else marks
    return not rehearsal or record.levelno >= logging.WARNING


def configure(settings: Settings, verbose: bool = False) -> None:
    """Send the records of this process to the log files, once.

    With `verbose` also to standard error, from the debug level on.
    """
    close()
    formatter = logging.Formatter(settings.logging.format)
    level = logging.getLevelName(settings.logging.level.upper())
    for name, file_name in _FILES.items():
        logger = logging.getLogger(name)
        handler = logging.FileHandler(
            settings.paths.log_dir / file_name, encoding="utf-8", delay=True
        )
        prepare((handler,), formatter)
        logger.addHandler(handler)
        logger.propagate = False
        _files.append(handler)
    logging.getLogger("mmcore").setLevel(logging.DEBUG if verbose else level)
    main = _files[0]
    for name, least in _BORROWED.items():
        logger = logging.getLogger(name)
        logger.setLevel(max(least, level))
        if not name:
            logger.addHandler(main)
    if verbose:
        _to_stderr(formatter)


def prepare(handlers: Iterable[logging.Handler], formatter: logging.Formatter) -> None:
    """Have handlers write lines of our form, with the ids of requests."""
    for handler in handlers:
        handler.addFilter(with_request_id)
        handler.setFormatter(formatter)


def adopt(settings: Settings) -> None:
    """Have the handlers that `pserve` has made write the ids of requests, too.

    Those of a section [loggers] keep their form, in which `%(request)s` may stand.
    """
    ours = logging.Formatter(settings.logging.format)
    for handler in logging.getLogger().handlers:
        form = handler.formatter
        plain = form is None or form._fmt == logging.BASIC_FORMAT
        prepare((handler,), ours if plain or form is None else form)


def _to_stderr(formatter: logging.Formatter) -> None:
    handler = logging.StreamHandler(sys.stderr)
    prepare((handler,), formatter)
    _streams.append(handler)
    for name in ("", *_FILES):
        logging.getLogger(name).addHandler(handler)


def reopen() -> None:
    """Go on in new files, after somebody has moved the old ones away."""
    for handler in _files:
        # The next record opens the file again, by its name.
        handler.close()


def close() -> None:
    """Stop logging."""
    handlers: list[logging.Handler] = [*_files, *_streams]
    for name in ("", *_FILES):
        logger = logging.getLogger(name)
        for handler in handlers:
            logger.removeHandler(handler)
    for handler in handlers:
        handler.close()
    _files.clear()
    _streams.clear()
