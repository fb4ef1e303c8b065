"""Building an engine for a trial, before every runner finds out by itself that it cannot.

Names in the ini file that nothing has, archivers without their settings, plugins that fail: only
who builds the engine notices.  That is done in a process that ends at once, because plugins may
open files and start threads when they are built, which the master must not.
"""

from __future__ import annotations

import os
import select
import signal
from functools import partial

from mmcore.app import compose
from mmcore.config import Settings
from mmcore.errors import ConfigurationError, MMCoreError
from mmcore.processes.fork import fork

#: Seconds that the trial may take; the start then goes on without an answer.
PATIENCE = 20.0
#: Bytes of an error that are told: a pipe takes them in one piece.
_MOST = 4000


def try_to_build(settings: Settings) -> None:
    """See whether an engine can be built; raises ConfigurationError if it cannot."""
    reading, writing = os.pipe()
    pid = fork(partial(_build, settings, writing))
    os.close(writing)
    with open(reading, "rb", buffering=0) as pipe:
        # Readable when there is something to tell, and when the child has ended.
        answered = bool(select.select([pipe], [], [], PATIENCE)[0])
        told = pipe.read(_MOST).decode("utf-8", "replace") if answered else ""
    if not answered:
        os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    if told:
        raise ConfigurationError(f"{settings.source}: {told}")
    if answered and status:
        raise ConfigurationError(
            f"{settings.source}: a part of the site fails when it is built;"
            " the traceback says which"
        )


def _build(settings: Settings, pipe: int) -> int:
    """In the child: build the engine, and write down what is wrong with the settings."""
    try:
        compose(settings, "trial").close()
    except MMCoreError as error:
        os.write(pipe, str(error).encode("utf-8", "replace")[:_MOST])
    return 0
