"""Says every minute up to when everything is delivered, and proves every hour that the receiver has what was delivered."""

import json
import random
import threading
import time
from typing import Callable, Optional, Sequence

from ..contract.event_id import new_id
from ..contract.id_bucket import IdRange, instant_of
from ..errors import EmitterError
from ..options import EmitterOptions
from ..outbox.outbox import OutboxCounts
from ..outbox.outbox_completeness import OutboxCompleteness
from ..reports.observer import Observer
from ..transport.post_webhook import WebhookPoster
from .compare_sealed import SealedDifferences
from .reconcile import Compare, ReconcileProgress, Reconciliation, closed_moment_ms
from .report import ReconcileReport

_DAY_S = 86_400.0
# So that many processes that start together do not always ask at the same moment.
_JITTER = 0.1


class CompletenessProver:
    """Two daemon threads that start with ``start``. Pruned events are compared once a day, and those that differed every hour:
    the receiver counts them again from its rows.
    """

    def __init__(
        self,
        outbox: OutboxCompleteness,
        options: EmitterOptions,
        counts: Callable[[], OutboxCounts],
        observer: Observer,
    ) -> None:
        self._outbox = outbox
        self._options = options
        self._counts = counts
        self._observer = observer
        self._stopping = threading.Event()
        self._has_started = options.completeness is None
        self._sums: Optional[SealedDifferences] = None
        self._sums_at = 0.0

    def start(self) -> None:
        if self._has_started or self._stopping.is_set():
            return
        self._has_started = True
        for name, run in (("webhook-heartbeat", self._beat_for_ever), ("webhook-reconciler", self._reconcile_for_ever)):
            try:
                threading.Thread(target=run, name=name, daemon=True).start()
            except RuntimeError:
                # The interpreter is ending and can start no more threads.
                return

    def stop(self) -> None:
        """A comparison under way ends at its next step."""
        self._stopping.set()

    def reconcile(
        self,
        since_ms: Optional[float] = None,
        is_dry_run: bool = False,
        on_progress: Optional[Callable[[ReconcileProgress], None]] = None,
    ) -> ReconcileReport:
        """Compares now, whatever the intervals are."""
        asked = Reconciliation(self._outbox, self._options, self._stopping, since_ms, is_dry_run, on_progress)
        return self._told(asked.run())

    def _told(self, report: ReconcileReport) -> ReconcileReport:
        self._observer.reconciled(report)
        return report

    def _reconcile_for_ever(self) -> None:
        assert self._options.completeness is not None
        interval_s = self._options.completeness.reconcile_interval_s
        # The outbox decides whether it is due: it knows about earlier processes, and about those that run beside this one.
        look_s = min(interval_s, self._options.completeness.heartbeat_interval_s)
        while not self._stopping.wait(_jittered(look_s)):
            try:
                if self._outbox.speaks_for_outbox() and self._outbox.take_turn(interval_s):
                    self._told(
                        Reconciliation(
                            self._outbox, self._options, self._stopping, compare_sums=self._compare_sums_of_today
                        ).run()
                    )
            except Exception as error:  # noqa: BLE001 - an unavailable receiver, or an older version: there is a next time
                if not self._stopping.is_set():
                    self._observer.not_compared(error)

    def _compare_sums_of_today(self, zones: Sequence[IdRange], compare: Compare) -> SealedDifferences:
        now = time.monotonic()
        if self._sums is None or now - self._sums_at > _DAY_S:
            self._sums, self._sums_at = compare(zones), now
            return self._sums
        # What differed is checked every hour: it may have been repaired.
        again = compare(self._sums.differing)
        again.compared = self._sums.compared
        self._sums = again
        return again

    def _beat_for_ever(self) -> None:
        assert self._options.completeness is not None
        interval_s = self._options.completeness.heartbeat_interval_s
        poster = WebhookPoster(self._options)
        while not self._stopping.is_set():
            try:
                if self._outbox.speaks_for_outbox():
                    # The receiver notices a missing heartbeat by itself, which is what heartbeats are for.
                    poster.post(self._options.heartbeat_url, new_id(), self._heartbeat(interval_s), None)
            except Exception as error:  # noqa: BLE001 - a disk or database that fails: there is a next time
                if not self._stopping.is_set():
                    self._observer.outbox_failed("identify", error)
            self._stopping.wait(_jittered(interval_s))
        poster.close()

    def _heartbeat(self, interval_s: float) -> str:
        progress, counts = self._outbox.progress(), self._counts()
        oldest_ms = progress.oldest_pending_ms
        return json.dumps(
            {
                "producer": self._outbox.producer(),
                "sentAt": instant_of(time.time() * 1000),
                "intervalMs": round(interval_s * 1000),
                "closedThrough": instant_of(closed_moment_ms(progress)),
                "oldestPendingMs": None if oldest_ms is None else max(0, round(progress.now_ms - oldest_ms)),
                "ledger": {
                    "accepted": counts.accepted,
                    "delivered": counts.delivered,
                    "duplicate": counts.duplicate,
                    "pending": counts.pending,
                    "dead": counts.dead,
                    "dropped": counts.dropped,
                },
            }
        )


def _jittered(interval_s: float) -> float:
    return interval_s * random.uniform(1 - _JITTER, 1)


def create_completeness_prover(
    options: EmitterOptions, counts: Callable[[], OutboxCounts], observer: Observer
) -> Optional[CompletenessProver]:
    """None for an outbox in memory, which forgets what it has delivered."""
    outbox: Optional[OutboxCompleteness] = getattr(options.outbox, "completeness", None)
    return None if outbox is None else CompletenessProver(outbox, options, counts, observer)


def not_comparable_in_memory() -> EmitterError:
    return EmitterError(
        "not_comparable",
        "Failed to compare events with the receiver: this outbox is memory, which forgets what it has delivered. Give a durable one.",
    )
