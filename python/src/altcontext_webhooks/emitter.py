"""The emitter: one call per event."""

import asyncio
import atexit
import os
import threading
import time
import weakref
from datetime import datetime
from types import TracebackType
from typing import Any, Awaitable, Callable, Dict, Literal, Mapping, NamedTuple, Optional, Sequence, Type, Union

from .completeness.options import CompletenessOptions, OnMissing
from .completeness.prover import create_completeness_prover, not_comparable_in_memory
from .completeness.reconcile import ReconcileProgress
from .completeness.report import ReconcileReport
from .contract.contract import Contract
from .contract.instant import read_moment
from .delivery.sender import Sender
from .delivery.verify_sender import SenderVerification, verify_sender
from .errors import EmitterError, describe_issues
from .events import EmitEvents
from .options import EmitterOptions, read_secret_list, resolve_options
from .outbox.outbox import DropReason, NewEvent, Outbox, OutboxCounts
from .outbox.session import insert_in_session, insert_in_session_async
from .prepare_event import prepare_event
from .reports.observer import Observer
from .reports.reports import AttemptReport, LostEvent
from .reports.trace_context import active_traceparent


class EmitReceipt(NamedTuple):
    """Whether an event was accepted."""

    event_id: str
    status: Literal["accepted", "dropped"]
    """``dropped`` is already counted, logged and passed to ``on_dead``; the caller still has the event."""
    reason: Optional[DropReason] = None


class DrainReport(NamedTuple):
    """What a drain left undone."""

    is_complete: bool
    """Whether nothing is left: nothing is pending, and closing dropped nothing."""
    pending: int
    """Events that still wait. With a durable outbox they survive the process."""
    dropped: int
    """Events that closing has dropped. Each was passed to ``on_dead``."""


class Emitter:
    """Checks events, keeps them in an outbox and delivers them in threads of its own.

    It never blocks the product on the network and never raises because of it: ``emit`` raises ``EmitterError`` for an event
    that breaks the contract (``invalid_event``), after ``close()`` (``closed``), and for a session that it cannot write
    with. It may be created before a fork and used in every process after it, and by any number of threads.

    ==========================  ===========================================================================================
    url                         the receiver's route; ``https:``, or ``http:`` to loopback. Batches go to ``<url>/batch``
    admin_key                   sent as ``x-admin-key``; at least 24 characters
    signing_secret              Standard Webhooks secrets (``whsec_...``); each signs every request. Default: unsigned
    outbox                      where events wait; the emitter closes it. Default: ``MemoryOutbox()``
    contract                    the events that may be emitted. Default: the description service's
    max_batch_events            how many travel together, 1 (no batches) to 500. Default: 500
    max_concurrent_requests     1 to 64. Default: 4
    timeout_s                   how long one attempt may take, to the last byte of its response, 0.001 to 300. Default: 10
    delays_s                    the waits before the first retries. Default: 1, 5, 30
    long_delays_s               the waits after that, in a durable outbox, each give or take 20 %. Default: 2, 5, 15 and 30
                                minutes, 1, 2, 4, 8 and 24 hours; none in memory
    max_retry_after_s           the longest ``Retry-After`` that is obeyed. Default: 300
    retry_after_budget_s        how long an event may wait for the receiver without using up attempts. Default: 3600
    on_attempt, on_dead         called for every attempt; for every event that will not be delivered. In other threads
    completeness                with a durable outbox: how often the receiver is told up to when everything is delivered, and
                                compared with; of processes that share an outbox, one compares. ``False`` for neither.
                                Default: every minute, every hour
    on_missing                  supplies events that the receiver lost and whose bodies the outbox no longer has
    on_reconciled               called after every reconciliation; ``lost`` names the events that the receiver had lost
    ==========================  ===========================================================================================
    """

    emit: EmitEvents[EmitReceipt]
    """Checks an event and hands it to the outbox. Returns when the outbox has it; delivery continues in the background.

    ``occurred_at``: when it happened; default: the payload's own timestamp, else now. ``event_id``: a UUID, the same id
    emitted twice is stored once; default: a new UUIDv7. ``session``: a SQLAlchemy session or connection, or a psycopg one:
    the event is written in its transaction, sent if that commits and not at all if it is rolled back.
    """

    emit_async: EmitEvents[Awaitable[EmitReceipt]]
    """``emit`` for coroutines: a durable outbox does not hold up the event loop, and ``session`` may be an async one."""

    def __init__(
        self,
        *,
        url: str,
        admin_key: str,
        signing_secret: Union[str, Sequence[str], None] = None,
        outbox: Optional[Outbox] = None,
        contract: Optional[Contract] = None,
        max_batch_events: int = 500,
        max_concurrent_requests: int = 4,
        timeout_s: float = 10,
        delays_s: Sequence[float] = (1, 5, 30),
        long_delays_s: Optional[Sequence[float]] = None,
        max_retry_after_s: float = 300,
        retry_after_budget_s: float = 3600,
        on_attempt: Optional[Callable[[AttemptReport], None]] = None,
        on_dead: Optional[Callable[[LostEvent], None]] = None,
        completeness: Union[CompletenessOptions, Literal[False]] = CompletenessOptions(),
        on_missing: Optional[OnMissing] = None,
        on_reconciled: Optional[Callable[[ReconcileReport], None]] = None,
        _names: Mapping[str, str] = {},
    ) -> None:
        self._options: EmitterOptions = resolve_options(
            url=url,
            admin_key=admin_key,
            signing_secret=signing_secret,
            contract=contract,
            outbox=outbox,
            max_batch_events=max_batch_events,
            max_concurrent_requests=max_concurrent_requests,
            timeout_s=timeout_s,
            delays_s=delays_s,
            long_delays_s=long_delays_s,
            max_retry_after_s=max_retry_after_s,
            retry_after_budget_s=retry_after_budget_s,
            on_attempt=on_attempt,
            on_dead=on_dead,
            completeness=completeness,
            on_missing=on_missing,
            on_reconciled=on_reconciled,
            names=_names,
        )
        self._outbox = self._options.outbox
        self._observer = Observer(on_attempt, on_dead, on_reconciled)
        self._lock = threading.Lock()
        self._failed_accepts = 0
        self._closing: Optional[DrainReport] = None
        self._is_closed = False
        self._begin()
        self._outbox.open(self._observer.dropped)
        self.emit = self._emit
        self.emit_async = self._emit_async
        _live.add(self)

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ, **overrides: Any) -> "Emitter":
        """An emitter from ``WEBHOOK_URL``, ``ADMIN_API_KEY`` and, optionally, ``WEBHOOK_SIGNING_SECRET`` (several, for a
        rotation, separated by spaces or commas). ``overrides`` are options that replace them or are added to them.
        Raises ``EmitterError`` ``invalid_options``, naming every variable that is missing or wrong.
        """
        variables = {"url": "WEBHOOK_URL", "admin_key": "ADMIN_API_KEY", "signing_secret": "WEBHOOK_SIGNING_SECRET"}
        options: Dict[str, Any] = {
            "url": env.get("WEBHOOK_URL", "").strip(),
            "admin_key": env.get("ADMIN_API_KEY", "").strip(),
            "signing_secret": read_secret_list(env.get("WEBHOOK_SIGNING_SECRET")),
        }
        names = {option: variable for option, variable in variables.items() if option not in overrides}
        options.update(overrides, _names=names)
        return cls(**options)

    def stats(self) -> OutboxCounts:
        """The loss ledger: ``accepted = delivered + duplicate + pending + dead + sum(dropped)``, at every moment."""
        counts = self._outbox.counts()
        failed = self._failed_accepts
        if failed == 0:
            return counts
        dropped = {**counts.dropped, "outbox_failed": counts.dropped.get("outbox_failed", 0) + failed}
        return OutboxCounts(counts.accepted + failed, counts.delivered, counts.duplicate, counts.pending, counts.dead, dropped)

    @property
    def paused_because(self) -> Optional[str]:
        """What is wrong with this sender (``HTTP 401 unauthorized``): its events are kept until it is corrected. None: nothing."""
        fault = self._sender.fault
        return None if fault is None else fault.detail

    def verify(self) -> SenderVerification:
        """Asks the receiver whether address, key and signature are correct, and sends no event. For a start-up check or a
        deployment script: one request, within ``timeout_s``, without retries.
        """
        return verify_sender(self._options)

    async def verify_async(self) -> SenderVerification:
        """``verify`` for coroutines."""
        return await asyncio.get_running_loop().run_in_executor(None, self.verify)

    def reconcile(
        self,
        since: Union[str, datetime, None] = None,
        is_dry_run: bool = False,
        on_progress: Optional[Callable[[ReconcileProgress], None]] = None,
    ) -> ReconcileReport:
        """Proves that the receiver has what was delivered: compares, and sends missing events again. An emitter with a durable
        outbox does so every hour by itself.

        ``since``: compares only events that were made since then; default: all. ``is_dry_run``: names missing events and sends
        nothing. ``on_progress``: called as it goes on. Raises ``EmitterError`` ``not_comparable`` when the receiver is unavailable or
        cannot compare, or the outbox is memory, and ``invalid_options`` for a ``since`` that is not a time.
        """
        if self._prover is None:
            raise not_comparable_in_memory()
        since_ms = None if since is None else read_moment(since, "reconcile", "since").timestamp() * 1000
        return self._prover.reconcile(since_ms, is_dry_run, on_progress)

    async def reconcile_async(
        self,
        since: Union[str, datetime, None] = None,
        is_dry_run: bool = False,
        on_progress: Optional[Callable[[ReconcileProgress], None]] = None,
    ) -> ReconcileReport:
        """``reconcile`` for coroutines."""
        return await asyncio.get_running_loop().run_in_executor(None, self.reconcile, since, is_dry_run, on_progress)

    def start(self) -> None:
        """Looks into a durable outbox for events that an earlier process has left. ``emit`` does so too."""
        self._wake()

    def flush(self, timeout_s: float = 60) -> DrainReport:
        """Waits until everything that was emitted is settled, or left to the long retries of a durable outbox, for
        ``timeout_s`` at most. It does not wait while the receiver refuses this sender (``paused_because``).
        """
        self._sender.wait_until_idle(time.monotonic() + timeout_s)
        pending = self.stats().pending
        return DrainReport(pending == 0, pending, 0)

    def close(self, timeout_s: float = 10) -> DrainReport:
        """Accepts nothing more, flushes for ``timeout_s``, then ends what is under way: a durable outbox keeps it, memory drops
        it. Events that were being sent at that moment may have arrived. Called again, it returns the first report.
        Called at exit for every emitter that is not closed yet.
        """
        with self._lock:
            if self._closing is not None:
                return self._closing
            self._is_closed = True
        deadline = time.monotonic() + timeout_s
        if self._sender.has_started or self.stats().pending > 0:
            self._sender.wait_until_idle(deadline)
        self._sender.stop(deadline)
        if self._prover is not None:
            self._prover.stop()
        dropped_before = self.stats().dropped.get("closed", 0)
        self._outbox.close()
        counts = self.stats()
        dropped = counts.dropped.get("closed", 0) - dropped_before
        self._observer.close()
        with self._lock:
            if self._closing is None:
                self._closing = DrainReport(counts.pending == 0 and dropped == 0, counts.pending, dropped)
            _live.discard(self)
            return self._closing

    async def flush_async(self, timeout_s: float = 60) -> DrainReport:
        """``flush`` for coroutines."""
        return await asyncio.get_running_loop().run_in_executor(None, self.flush, timeout_s)

    async def close_async(self, timeout_s: float = 10) -> DrainReport:
        """``close`` for coroutines."""
        return await asyncio.get_running_loop().run_in_executor(None, self.close, timeout_s)

    def __enter__(self) -> "Emitter":
        self.start()
        return self

    def __exit__(
        self,
        _kind: Optional[Type[BaseException]],
        _error: Optional[BaseException],
        _traceback: Optional[TracebackType],
    ) -> None:
        self.close()

    async def __aenter__(self) -> "Emitter":
        self.start()
        return self

    async def __aexit__(
        self,
        _kind: Optional[Type[BaseException]],
        _error: Optional[BaseException],
        _traceback: Optional[TracebackType],
    ) -> None:
        await self.close_async()

    def _emit(
        self,
        event_type: str,
        payload: Mapping[str, object],
        *,
        occurred_at: Any = None,
        event_id: Any = None,
        session: Any = None,
    ) -> EmitReceipt:
        event = self._prepare(event_type, payload, occurred_at, event_id)
        if session is None:
            return self._accept(event)
        insert_in_session(session, event, self._schema)
        self._look_for_commits()
        return EmitReceipt(event.id, "accepted")

    async def _emit_async(
        self,
        event_type: str,
        payload: Mapping[str, object],
        *,
        occurred_at: Any = None,
        event_id: Any = None,
        session: Any = None,
    ) -> EmitReceipt:
        event = self._prepare(event_type, payload, occurred_at, event_id)
        if session is not None:
            await insert_in_session_async(session, event, self._schema)
            self._look_for_commits()
            return EmitReceipt(event.id, "accepted")
        if self._outbox.is_blocking:
            return await asyncio.get_running_loop().run_in_executor(None, self._accept, event)
        return self._accept(event)

    def _look_for_commits(self) -> None:
        """This process may deliver what its sessions commit; with another outbox a relay or another process does."""
        if hasattr(self._outbox, "schema"):
            self._wake()

    def _wake(self) -> None:
        self._sender.wake()
        if self._prover is not None:
            self._prover.start()

    def _begin(self) -> None:
        self._sender = Sender(self._options, self._observer)
        self._prover = create_completeness_prover(self._options, self.stats, self._observer)

    @property
    def _schema(self) -> str:
        return str(getattr(self._outbox, "schema", "public"))

    def _prepare(self, event_type: str, payload: object, occurred_at: Any, event_id: Any) -> NewEvent:
        contract = self._options.contract
        # A caller may pass anything as a type, so it is repeated only if the contract knows it.
        name = str(event_type) if event_type in contract.events else "an event of an unknown type"
        if self._is_closed:
            raise EmitterError("closed", f"Failed to emit {name}: the emitter is closed. Emit before close().")
        event = prepare_event(contract, event_type, payload, occurred_at, event_id)
        if isinstance(event, NewEvent):
            return event._replace(traceparent=active_traceparent())
        self._observer.refused(name, event)
        raise EmitterError("invalid_event", f"Failed to emit {name}: {describe_issues(event)}. Correct the caller.", event)

    def _accept(self, event: NewEvent) -> EmitReceipt:
        try:
            reason = self._outbox.accept(event).reason
        except Exception as error:  # noqa: BLE001 - a disk or database that fails never breaks the product
            self._observer.outbox_failed("accept", error)
            with self._lock:
                self._failed_accepts += 1
            reason = "outbox_failed"
        if reason is None:
            self._wake()
            return EmitReceipt(event.id, "accepted")
        self._observer.dropped(event, reason)
        return EmitReceipt(event.id, "dropped", reason)

    def _after_fork(self) -> None:
        """In a child process: the parent keeps what it has, and the child begins with nothing."""
        self._lock = threading.Lock()
        self._failed_accepts = 0
        self._observer.after_fork()
        self._outbox.after_fork()
        self._begin()


_live: "weakref.WeakSet[Emitter]" = weakref.WeakSet()


def _close_all() -> None:
    for emitter in list(_live):
        emitter.close()


def _after_fork_in_child() -> None:
    for emitter in list(_live):
        emitter._after_fork()


atexit.register(_close_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
