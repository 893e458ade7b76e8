"""Compares what an outbox has delivered with what the receiver has, sends missing events again, and tells the receiver the
result: docs/completeness.md.
"""

import secrets
import threading
import time
from dataclasses import replace
from typing import Callable, Dict, List, Literal, NamedTuple, Optional, Sequence

from ..contract.completeness_limits import GRACE_S
from ..contract.id_bucket import IdRange, TimeSpan, bucket_span, first_id_of, instant_of
from ..options import EmitterOptions
from ..outbox.outbox import NewEvent
from ..outbox.outbox_completeness import OutboxCompleteness, OutboxProgress
from ..prepare_event import prepare_event
from ..transport.post_webhook import WebhookPoster
from .ask_receiver import AskReceiver
from .compare_sealed import CompareSealed, SealedDifferences, SealedGap
from .find_differences import FindDifferences
from .repair_events import Repaired, RepairEvents
from .report import CompletenessGap, MissingEvent, ReconcileReport, gaps_to_json, limit_gaps
from .sealed_zones import sealed_zones, whole_buckets, without_zones

_DAY_MS = 86_400_000
# Comparing a million events takes the receiver longer than storing one.
_LONGEST_RESPONSE_S = 60.0


class ReconcileProgress(NamedTuple):
    stage: Literal["comparing", "repairing"]
    events: int
    """So far."""


Compare = Callable[[Sequence[IdRange]], SealedDifferences]
CompareSums = Callable[[Sequence[IdRange], Compare], SealedDifferences]
"""Compares what has been pruned, or only the part of it that differed before."""


class Reconciliation:
    """``since_ms``: compares only events that were made since then, in milliseconds since 1970; ids that hold no time are all
    compared. ``is_dry_run``: names missing events and sends nothing. Raises ``EmitterError`` ``not_comparable`` when the receiver
    does not respond.
    """

    def __init__(
        self,
        outbox: OutboxCompleteness,
        options: EmitterOptions,
        stopping: threading.Event,
        since_ms: Optional[float] = None,
        is_dry_run: bool = False,
        on_progress: Optional[Callable[[ReconcileProgress], None]] = None,
        compare_sums: CompareSums = lambda zones, compare: compare(zones),
    ) -> None:
        self._outbox = outbox
        self._options = options
        self._stopping = stopping
        self._since_ms = since_ms
        self._is_dry_run = is_dry_run
        self._on_progress = on_progress or (lambda progress: None)
        self._compare_sums = compare_sums
        self._poster = WebhookPoster(replace(options, timeout_s=max(options.timeout_s, _LONGEST_RESPONSE_S)))

    def run(self) -> ReconcileReport:
        try:
            return self._run()
        finally:
            self._poster.close()

    def _run(self) -> ReconcileReport:
        started = time.monotonic()
        started_at = instant_of(time.time() * 1000)
        outbox, salt = self._outbox, secrets.token_hex(8)
        producer = outbox.producer()
        ask = AskReceiver(self._options, self._poster, producer, self._stopping)
        progress = outbox.progress()
        closed_ms = closed_moment_ms(progress)
        zones = sealed_zones([sealed.bucket for sealed in outbox.sealed_buckets()])

        counted = 0

        def on_compared(events: int) -> None:
            nonlocal counted
            counted += events
            self._on_progress(ReconcileProgress("comparing", counted))

        ranges = without_zones(self._compared_ranges(closed_ms, progress.now_ms), zones)
        by_ids = FindDifferences(outbox, ask, salt, on_compared=on_compared).run(ranges)

        def compare_zones(some: Sequence[IdRange]) -> SealedDifferences:
            return CompareSealed(outbox, ask, salt).run(some)

        # The receiver keeps only sums of these, and nothing is pruned here.
        sealed_there = compare_zones(whole_buckets([sealed.range for sealed in by_ids.sealed]))
        by_sums = SealedDifferences()
        if self._since_ms is None and zones:
            by_sums = self._compare_sums(zones, compare_zones)
        not_compared = by_ids.below_floor + sum(sealed.size for sealed in by_ids.sealed)
        missing = list(dict.fromkeys([*by_ids.missing, *sealed_there.missing, *by_sums.missing]))

        repaired = Repaired(stored=missing) if self._is_dry_run else self._repair(missing, producer)
        outbox.stop_comparing(repaired.duplicate)
        through = instant_of(closed_ms)
        left = _gaps_of(missing if self._is_dry_run else repaired.failed)
        unknown_hour = TimeSpan(instant_of(0), through)
        gaps = [CompletenessGap(*(span or unknown_hour), events) for span, events in [*sealed_there.gaps, *by_sums.gaps, *left]]
        report = ReconcileReport(
            producer=producer,
            started_at=started_at,
            through=through,
            compared=counted - not_compared + sealed_there.compared + by_sums.compared,
            lost=_to_missing_events(repaired.stored),
            raced=sorted(repaired.duplicate),
            unrepaired=_to_missing_events(repaired.failed),
            unexplained=sorted(by_ids.unexplained),
            gaps=limit_gaps(gaps),
            is_dry_run=self._is_dry_run,
            requests=ask.traffic.requests,
            bytes_sent=ask.traffic.bytes_sent,
            bytes_received=ask.traffic.bytes_received,
            duration_s=time.monotonic() - started,
        )
        # A partial comparison says nothing about the rest.
        if self._is_dry_run or self._since_ms is not None:
            return report
        ask.tell(_to_proof(report))
        return replace(
            report,
            requests=ask.traffic.requests,
            bytes_sent=ask.traffic.bytes_sent,
            bytes_received=ask.traffic.bytes_received,
            duration_s=time.monotonic() - started,
        )

    def _compared_ranges(self, closed_ms: float, now_ms: float) -> List[IdRange]:
        """Ids before the closed moment, and ids so high that they hold no time."""
        closed = first_id_of(max(0, closed_ms))
        start = "" if self._since_ms is None else first_id_of(max(0, self._since_ms))
        untimed = IdRange(first_id_of(now_ms + _DAY_MS), None)
        return [IdRange(start, closed), untimed] if start < closed else [untimed]

    def _repair(self, missing: Sequence[str], producer: str) -> Repaired:
        max_events = self._options.max_batch_events
        kept: List[NewEvent] = []
        for start in range(0, len(missing), max_events):
            kept.extend(self._outbox.delivered_events(missing[start : start + max_events]))
        found = {event.id for event in kept}
        supplied = self._supply([id for id in missing if id not in found])
        found.update(event.id for event in supplied)
        repaired = RepairEvents(self._options, self._poster, producer, self._stopping).run(
            [*kept, *supplied], lambda events: self._on_progress(ReconcileProgress("repairing", events))
        )
        repaired.failed.extend(id for id in missing if id not in found)
        return repaired

    def _supply(self, ids: Sequence[str]) -> List[NewEvent]:
        """What the product knows about events that the outbox has forgotten. An event that breaks the contract is not sent."""
        if self._options.on_missing is None or not ids:
            return []
        wanted = set(ids)
        events: List[NewEvent] = []
        for source in self._options.on_missing(list(ids)):
            event = prepare_event(
                self._options.contract, source.event_type, source.payload, source.occurred_at, source.event_id
            )
            if isinstance(event, NewEvent) and event.id in wanted:
                events.append(event)
        return events


def closed_moment_ms(progress: OutboxProgress) -> float:
    """Everything accepted before this moment is delivered, dead or dropped: a heartbeat says so, and a reconciliation compares it."""
    oldest_ms = progress.now_ms if progress.oldest_pending_ms is None else progress.oldest_pending_ms
    return max(0.0, min(oldest_ms, progress.now_ms) - GRACE_S * 1000)


def _gaps_of(ids: Sequence[str]) -> List[SealedGap]:
    """Hours of events that stay missing."""
    gaps: Dict[Optional[TimeSpan], int] = {}
    for id in ids:
        span = bucket_span(id)
        gaps[span] = gaps.get(span, 0) + 1
    return [SealedGap(span, events) for span, events in gaps.items()]


def _to_missing_events(ids: Sequence[str]) -> List[MissingEvent]:
    spans = [(id, bucket_span(id)) for id in sorted(ids)]
    return [MissingEvent(id, None if span is None else span.start) for id, span in spans]


def _to_proof(report: ReconcileReport) -> Dict[str, object]:
    return {
        "at": report.started_at,
        "through": report.through,
        "compared": report.compared,
        "lost": len(report.lost),
        "raced": len(report.raced),
        "unrepaired": len(report.unrepaired),
        "unexplained": len(report.unexplained),
        "gaps": gaps_to_json(report.gaps),
    }
