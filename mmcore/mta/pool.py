"""Connections that carry out what the scheduler hands out, each in a thread of its own.

One thread does the work while the server answers at once: Python runs one at a time anyway.
Others help while replies take their time, so that a slow or stalled one holds nobody up.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from mmcore.mta.deliver import Transport
from mmcore.mta.scheduling import Scheduler

#: An unused connection is closed after so many seconds: servers do the same.
IDLE_SECONDS = 5.0
#: How long to wait at the end for replies that are outstanding: the master kills who takes 10
#: seconds, and then results that are known already would have to be read from the journal.
_LONGEST_END = 7.0


class Pool:
    """See the docstring of the module."""

    def __init__(
        self,
        make: Callable[[], Transport],
        scheduler: Scheduler,
        most: int,
        notify: Callable[[], None],
    ) -> None:
        """`make` makes a transport, at most `most` are used; `notify` is called when one fails."""
        self._make = make
        self._scheduler = scheduler
        self._notify = notify
        self._threads: list[threading.Thread] = []
        self._most = most
        #: What ended a thread that should not have ended.
        self.failure: BaseException | None = None

    def tend(self) -> None:
        """Start threads that are of use now.  Raises what ended one of them."""
        if self.failure is not None:
            raise self.failure
        wanted = min(self._scheduler.connections, self._most)
        while len(self._threads) < wanted and not self._scheduler.stopping:
            number = len(self._threads)
            name = f"smtp-{number}"
            thread = threading.Thread(target=self._serve, args=(number,), name=name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def close(self) -> None:
        """End all connections after what they are doing; call `Scheduler.stop` first."""
        deadline = time.monotonic() + _LONGEST_END
        for thread in self._threads:
            # What is still under way then is in doubt, and the journal knows.
            thread.join(max(0.0, deadline - time.monotonic()))

    def _serve(self, number: int) -> None:
        try:
            self._work(number)
        except BaseException as error:
            # Such as a full disk under the journal: the runner has to end, in its own thread.
            self.failure = error
            self._scheduler.stop()
            self._notify()

    def _work(self, number: int) -> None:
        scheduler, transport = self._scheduler, self._make()
        try:
            while not scheduler.stopping:
                if self._wanted(number):
                    transport.run(scheduler.transactions(), scheduler)
                else:
                    transport.close()
        finally:
            transport.close()

    def _wanted(self, number: int) -> bool:
        """Wait for work for this thread; false if there was none for some time."""
        scheduler = self._scheduler

        def ready() -> bool:
            return scheduler.stopping or scheduler.has_work(number)

        with scheduler.changed:
            return scheduler.changed.wait_for(ready, IDLE_SECONDS)
