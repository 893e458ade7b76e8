"""Claimed events on their way: one request at a time, and what follows from its response."""

import time
from dataclasses import dataclass, field
from typing import List, NamedTuple, Optional, Protocol, Sequence, Tuple, Union

from ..contract.event_id import new_id
from ..options import EmitterOptions
from ..outbox.outbox import ClaimedEvent, DeadReason, NewEvent, Settlement
from ..outbox.outbox_completeness import OutboxCompleteness
from ..reports.observer import Observer
from ..reports.reports import AttemptOutcome, AttemptReport
from ..reports.trace_context import common_traceparent
from ..transport.post_webhook import Response, WebhookPoster
from .batch_route import BatchRoute
from .judge_response import Dead, Divide, EventResult, EventResults, NoBatchRoute, Retry, SenderFault, judge_response
from .retry_schedule import RetrySchedule
from .webhook_body import fits_one_batch, to_batch_body, to_single_body


@dataclass
class HeldEvent:
    """An event between its claim and its settlement."""

    event: NewEvent
    attempts: int
    """Failed attempts that count against the schedule."""
    requests: int
    """Requests that carried it, including those that do not count."""
    paced_s: float = 0
    """How long it has waited because the receiver asked for it."""

    @staticmethod
    def of(claimed: ClaimedEvent) -> "HeldEvent":
        return HeldEvent(claimed.event, claimed.attempts, claimed.attempts)


@dataclass(eq=False)
class Delivery:
    """Events that travel in the next request together."""

    events: List[HeldEvent]
    batch_id: str = field(default_factory=new_id)


class Next(NamedTuple):
    """What is sent next, and after how long."""

    delivery: Delivery
    delay_s: float = 0


class SenderControl(Protocol):
    """What a delivery tells the sender as a whole, from any thread."""

    def is_crowded(self) -> bool:
        """Whether so many deliveries are open that the outbox should hold those with long waits."""

    def pause(self, delay_s: float) -> None:
        """429: starts no request for this long."""

    def note_fault(self, fault: SenderFault, ids: Sequence[str], started: float) -> Optional[float]:
        """See ``SenderPause.note_fault``."""

    def note_inconclusive(self, started: float) -> None:
        """See ``SenderPause.note_inconclusive``."""

    def note_accepted(self, started: float) -> None:
        """See ``SenderPause.note_accepted``."""

    def settle(self, settlements: Sequence[Settlement], events: Sequence[HeldEvent]) -> None:
        """Records outcomes, then tells whoever waits for them. Never raises."""


class DeliveryStep:
    """Sends one request and settles what its response decides. Keeps nothing between two steps."""

    def __init__(
        self,
        options: EmitterOptions,
        poster: WebhookPoster,
        batch_route: BatchRoute,
        observer: Observer,
        control: SenderControl,
    ) -> None:
        self._options = options
        self._poster = poster
        self._batch_route = batch_route
        self._observer = observer
        self._schedule = RetrySchedule(options)
        self._control = control
        self._producer: Optional[str] = None

    def run(self, delivery: Delivery) -> List[Next]:
        """Returns what to send next: the events that are still open, after their wait, or halves of a batch at once."""
        events = delivery.events
        is_batch = len(events) > 1
        # The route may have become known as missing while this delivery waited for its turn.
        if is_batch and self._batch_route.max_events() == 1:
            return _one_by_one(events)
        if not fits_one_batch([held.event for held in events], self._options.contract.limits.max_batch_body_bytes):
            return _halves(events)
        started = time.monotonic()
        response = self._send(delivery)
        duration_s = time.monotonic() - started
        if response.receiver_time_s is not None:
            self._options.outbox.note_receiver_time(response.receiver_time_s * 1000)
        for held in events:
            held.requests += 1
        verdict = judge_response(response, [held.event.id for held in events], is_batch, time.time())
        if isinstance(verdict, NoBatchRoute):
            self._batch_route.note_missing()
            return _one_by_one(events)
        if isinstance(verdict, Divide):
            if verdict.is_too_large:
                self._batch_route.note_too_large(len(events))
            return _halves(events)
        if isinstance(verdict, SenderFault):
            delay_s = self._control.note_fault(verdict, [held.event.id for held in events], started)
            if delay_s is not None:
                self._give_back(events, verdict, delay_s, response, duration_s)
                return []
            if is_batch:
                return _halves(events)
            verdict = Retry(verdict.error)
        elif isinstance(verdict, Retry):
            self._control.note_inconclusive(started)
        else:
            self._control.note_accepted(started)
            if is_batch and isinstance(verdict, EventResults):
                self._batch_route.note_present()
        settlements, failed, delay_s = self._conclude(events, verdict)
        self._report(events, verdict, settlements, delay_s, response, duration_s)
        self._control.settle(settlements, events)
        if not failed:
            return []
        # The same batch keeps its id, so that the receiver can recognise it; another set of events is another batch.
        return [Next(Delivery(failed, delivery.batch_id) if len(failed) == len(events) else Delivery(failed), delay_s)]

    def _send(self, delivery: Delivery) -> Response:
        events = [held.event for held in delivery.events]
        traceparent = common_traceparent(event.traceparent for event in events)
        producer = self._identify()
        if len(events) == 1:
            body = to_single_body(events[0], producer, self._options.contract.limits.max_body_bytes)
            return self._poster.post(self._options.url, events[0].id, body, traceparent)
        return self._poster.post(self._options.batch_url, delivery.batch_id, to_batch_body(events, producer), traceparent)

    def _identify(self) -> Optional[str]:
        """The id of a durable outbox. An event that travels without it arrives, but is not compared."""
        completeness: Optional[OutboxCompleteness] = getattr(self._options.outbox, "completeness", None)
        if self._producer is None and completeness is not None:
            try:
                self._producer = completeness.producer()
            except Exception as error:  # noqa: BLE001 - events are sent even if the disk or database fails
                self._observer.outbox_failed("identify", error)
        return self._producer

    def _conclude(
        self, events: List[HeldEvent], verdict: Union[EventResults, Retry, Dead]
    ) -> Tuple[List[Settlement], List[HeldEvent], float]:
        """Turns a verdict into settlements, the events to send again, and the wait before that."""
        if isinstance(verdict, Dead):
            dead = [_dead(held, held.attempts + 1, "refused", verdict.detail) for held in events]
            return dead, [], 0
        if isinstance(verdict, Retry) and (verdict.is_rate_limit or verdict.retry_after_s is not None):
            delay_s = self._schedule.paced_delay_s(_step_of(events, verdict), verdict.retry_after_s or 0)
            # How often these have failed says nothing about the others: those wait only as long as the receiver asked.
            if verdict.is_rate_limit:
                asked_s = verdict.retry_after_s
                self._control.pause(delay_s if asked_s is None else self._schedule.believed(asked_s))
            if all(held.paced_s + delay_s <= self._options.retry_after_budget_s for held in events):
                for held in events:
                    held.paced_s += delay_s
                return [], events, delay_s
        settlements: List[Settlement] = []
        failed: List[HeldEvent] = []
        floor_s = self._schedule.believed(verdict.retry_after_s or 0) if isinstance(verdict, Retry) else 0
        delay_s = floor_s
        longest_s = self._options.timeout_s if self._is_left_to_outbox() else float("inf")
        for index, held in enumerate(events):
            result = verdict.results[index] if isinstance(verdict, EventResults) else None
            if result is not None and result.status != "retry":
                settlements.append(_settlement(held, result))
                continue
            held.attempts += 1
            short_delay_s = self._schedule.short_delay_s(held.attempts)
            if short_delay_s is None:
                settlements.append(self._after_short_retries(held, floor_s, _error_of(verdict, index) or "retry"))
            elif short_delay_s > longest_s:
                error = _error_of(verdict, index) or "retry"
                settlements.append(_retry(held, max(short_delay_s, floor_s), error))
            else:
                delay_s = max(delay_s, short_delay_s)
                failed.append(held)
        return settlements, failed, delay_s

    def _after_short_retries(self, held: HeldEvent, floor_s: float, error: str) -> Settlement:
        delay_s = self._schedule.long_delay_s(held.attempts)
        if delay_s is None:
            return _dead(held, held.attempts, "exhausted", f"{error} at attempt {held.attempts}")
        return _retry(held, max(delay_s, floor_s), error)

    def _is_left_to_outbox(self) -> bool:
        return self._options.outbox.is_durable and self._control.is_crowded()

    def _give_back(
        self, events: List[HeldEvent], fault: SenderFault, delay_s: float, response: Response, duration_s: float
    ) -> None:
        settlements = [
            Settlement(held.event.id, "retry", held.attempts, delay_s=delay_s, detail=fault.detail) for held in events
        ]
        self._report(events, Retry(fault.error), settlements, delay_s, response, duration_s, is_paused=True)
        self._control.settle(settlements, events)

    def _report(
        self,
        events: List[HeldEvent],
        verdict: Union[EventResults, Retry, Dead],
        settlements: Sequence[Settlement],
        delay_s: float,
        response: Response,
        duration_s: float,
        is_paused: bool = False,
    ) -> None:
        by_id = {settlement.id: settlement for settlement in settlements}
        for index, held in enumerate(events):
            settlement = by_id.get(held.event.id)
            status = "retry" if settlement is None else settlement.status
            outcome: AttemptOutcome = "paused" if is_paused else status
            if not self._observer.is_told_of(outcome):
                continue
            next_delay_s = delay_s if settlement is None else settlement.delay_s if status == "retry" else None
            self._observer.attempted(
                AttemptReport(
                    held.event.id,
                    held.event.event_type,
                    held.requests,
                    len(events),
                    outcome,
                    response.status,
                    _error_of(verdict, index),
                    duration_s,
                    next_delay_s,
                )
            )


def _one_by_one(events: List[HeldEvent]) -> List[Next]:
    return [Next(Delivery([held])) for held in events]


def _halves(events: List[HeldEvent]) -> List[Next]:
    middle = -(-len(events) // 2)
    return [Next(Delivery(part)) for part in (events[:middle], events[middle:]) if part]


def _dead(held: HeldEvent, attempts: int, reason: DeadReason, detail: str) -> Settlement:
    return Settlement(held.event.id, "dead", attempts, reason=reason, detail=detail)


def _retry(held: HeldEvent, delay_s: float, error: str) -> Settlement:
    detail = f"{error} at attempt {held.attempts}"
    return Settlement(held.event.id, "retry", held.attempts, delay_s=delay_s, detail=detail)


def _settlement(held: HeldEvent, result: EventResult) -> Settlement:
    if result.status == "invalid":
        return _dead(held, held.attempts + 1, "refused", result.detail)
    return Settlement(held.event.id, "stored" if result.status == "stored" else "duplicate", held.attempts + 1)


def _error_of(verdict: Union[EventResults, Retry, Dead], index: int) -> Optional[str]:
    if isinstance(verdict, EventResults):
        return verdict.results[index].detail or None
    return verdict.error


def _step_of(events: Sequence[HeldEvent], verdict: Retry) -> int:
    """If the receiver says how long to wait, that is obeyed; otherwise requests become less and less frequent."""
    if verdict.retry_after_s is not None:
        return max(held.attempts for held in events)
    return max(held.requests - 1 for held in events)
