"""The LMTP runner: accepts mail for lists (RFC 2033).

Takes from: LMTP.
Calls: `mmcore/message/addresses.py` to find out what a recipient is.
Leaves in: `in`, `command` or `bounces`, by way of the intake log
(`mmcore/queue/intake.py`): what was answered with 250 is on disk.

An internal fault is answered with 451, so that the sender keeps the message.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from typing import Any

from aiosmtpd.smtp import Envelope, Session

from mmcore import __version__
from mmcore.database import UNAVAILABLE
from mmcore.directives import runner
from mmcore.message.addresses import split_list_address
from mmcore.message.arriving import arrive, host_name
from mmcore.queue.intake import Accepted, IntakeLog
from mmcore.services.mailboxes import mailbox
from runners.base import Runner
from runners.lmtp_protocol import LMTPServer

log = logging.getLogger("mmcore.smtp")

OK = "250 2.1.5 Ok"
ACCEPTED = "250 2.0.0 Ok"
NO_MAILBOX = "550 5.1.1 Requested action not taken: mailbox unavailable"
FAULT = "451 4.3.0 Requested action aborted: error in processing"
CLOSING = "421 4.3.2 The service is shutting down, please try again later"
NO_MESSAGE_ID = "550 5.6.0 The message has no Message-ID header field (RFC 5322); please add one"


class Handler:
    """Answers one LMTP session after the other; lives in the server's loop."""

    def __init__(self, owner: LMTPRunner) -> None:
        self.owner = owner
        self._waiting: list[tuple[Accepted, asyncio.Future]] = []
        self._closing = False
        #: How many messages are written and not answered yet.
        self._unanswered = 0

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
        self, server: Any, session: Session, envelope: Envelope, hostname: str, responses: list
    ) -> list[str]:
        """LHLO: say what the server can do on top of aiosmtpd's own."""
        session.host_name = hostname
        return [
            *responses[:-1],
            "250-PIPELINING",
            "250-ENHANCEDSTATUSCODES",
            responses[-1],
        ]

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: Any, session: Session, envelope: Envelope, address: str, options: list
    ) -> str:
        """RCPT TO: is there such a list or sub-address?"""
        try:
            target = self.owner.target(address)
        except UNAVAILABLE as error:
            log.warning("RCPT TO:<%s>: storage away: %s", address, error)
            return FAULT
        except Exception:
            # Whatever is wrong with us is not the sender's fault.
            log.exception("RCPT TO:<%s>", address)
            return FAULT
        if target is None:
            return NO_MAILBOX
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        targets = session.__dict__.setdefault("targets", {})
        targets[address] = target
        return OK

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: Any, session: Session, envelope: Envelope
    ) -> str:
        """End of DATA: one reply for each recipient, in the order of RCPT."""
        count = len(envelope.rcpt_tos)
        if self._closing:
            return "\r\n".join([CLOSING] * count)
        self._unanswered += 1
        try:
            replies = await self._accept(session, envelope)
        except Exception:
            # Nothing was promised yet: the sender keeps the message.
            log.exception("DATA from <%s>", envelope.mail_from)
            replies = [FAULT] * count
        finally:
            self._unanswered -= 1
        return "\r\n".join(replies)

    async def finish(self) -> None:
        """Answer what has been written, refuse what follows.

        A message in the log without its reply would be entered at the next
        start, and be sent again by its sender as well.
        """
        self._closing = True
        while self._unanswered or self._waiting:
            await asyncio.sleep(0)
        sessions = asyncio.all_tasks() - {asyncio.current_task()}
        for task in sessions:
            task.cancel()
        await asyncio.gather(*sessions, return_exceptions=True)

    async def _accept(self, session: Session, envelope: Envelope) -> list[str]:
        owner = self.owner
        received = time.time()
        content = envelope.original_content or b""
        reject = owner.settings.mmcore.missing_message_id == "reject"
        msg = arrive(content, envelope.mail_from or "", None if reject else owner.hostname)
        if msg is None:
            return [NO_MESSAGE_ID] * len(envelope.rcpt_tos)
        common = {"original_size": len(content), "received_time": received}
        targets: list[tuple[str, dict]] = []
        for address in envelope.rcpt_tos:
            queue, metadata = session.targets[address]  # type: ignore[attr-defined]
            target = (queue, {**metadata, **common})
            # The same mailbox in two spellings gets the message once.
            if target not in targets:
                targets.append(target)
        accepted = owner.intake.append(msg.as_pieces(), targets)
        await self._durable(accepted)
        log.debug("accepted %s for %s", msg["message-id"], ", ".join(envelope.rcpt_tos))
        return [ACCEPTED] * len(envelope.rcpt_tos)

    async def _durable(self, accepted: Accepted) -> None:
        """Wait for the fdatasync that makes a record durable.

        Sessions that come here in the same turn of the loop share one.
        """
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        self._waiting.append((accepted, future))
        if len(self._waiting) == 1:
            loop.call_soon(self._sync)
        await future

    def _sync(self) -> None:
        waiting, self._waiting = self._waiting, []
        try:
            self.owner.intake.sync([accepted for accepted, _ in waiting])
        except OSError as error:
            for _, future in waiting:
                if not future.cancelled():
                    future.set_exception(error)
            return
        for _, future in waiting:
            if not future.cancelled():
                future.set_result(None)


@runner
class LMTPRunner(Runner):
    """See `IRunner`."""

    name = "lmtp"

    def open(self) -> None:
        """See `Runner`.  What a predecessor accepted is entered before anything else."""
        super().open()
        self.hostname = host_name()
        self.lookups = self.database.session()
        self.intake = IntakeLog(self.database, self.engine.content, self.engine.waker)
        self.intake.recover()
        self.intake.start()
        self._serve()

    def _serve(self) -> None:
        """Bind in this thread, so that a port in use is an error of ours; serve in another."""
        self.loop = asyncio.new_event_loop()
        handler = self.handler = Handler(self)
        wanted = self.settings.mta

        def session() -> LMTPServer:
            return LMTPServer(
                handler,
                data_size_limit=self.settings.mmcore.max_message_bytes,
                enable_SMTPUTF8=True,
                decode_data=False,
                hostname=self.hostname,
                ident=f"mmcore {__version__} LMTP",
                timeout=300,
                loop=self.loop,
            )

        def bind() -> asyncio.Server:
            return self.loop.run_until_complete(
                self.loop.create_server(session, wanted.lmtp_host, wanted.lmtp_port, backlog=200)
            )

        self.server = self.listen(bind, f"{wanted.lmtp_host}:{wanted.lmtp_port}")
        self.thread = threading.Thread(target=self.loop.run_forever, name="lmtp", daemon=True)
        self.thread.start()

    def iterate(self) -> bool:
        """The server works in a thread of its own; see that it does."""
        if not self.thread.is_alive() or not self.intake.is_alive():
            raise RuntimeError("the LMTP server has ended")
        return False

    def close(self) -> None:
        """See `Runner`.  What was accepted is entered into the queues first."""
        self.loop.call_soon_threadsafe(self.server.close)
        with contextlib.suppress(TimeoutError):
            asyncio.run_coroutine_threadsafe(self.handler.finish(), self.loop).result(3)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(5)
        if not self.thread.is_alive():
            self.loop.close()
        self.intake.stop()
        self.lookups.close()
        super().close()

    def target(self, address: str) -> tuple[str, dict] | None:
        """(queue, metadata) of a recipient, None if there is no such mailbox.

        What other processes committed is seen as soon as the storage has told
        us, half a millisecond later; before a recipient is refused, it is asked.
        Raises StorageUnavailableError.
        """
        for fresh in (False, True):
            self.lookups.abort()
            self.lookups.begin(fresh)
            found = self._find(address)
            if found is not None:
                break
        return found

    def _find(self, address: str) -> tuple[str, dict] | None:
        site = self.lookups.site
        delimiter = self.settings.mta.verp_delimiter
        local, _, host = address.strip("<>").partition("@")
        canonical = f"{local}@{site.domains.resolve_alias(host)}"
        for posting_address, subaddress in split_list_address(canonical, delimiter):
            list_id = site.lists.list_id_of(posting_address)
            if list_id is not None:
                return mailbox(self.settings, list_id, subaddress)
        return None
