"""Sends events again, as a batch like any other. The receiver knows by their ids whether it has them."""

import threading
import time
from dataclasses import dataclass, field
from typing import Callable, List, Optional, Sequence

from ..contract.event_id import new_id
from ..delivery.judge_response import Divide, EventResults, Retry, judge_response
from ..delivery.webhook_body import fits_one_batch, to_batch_body
from ..options import EmitterOptions
from ..outbox.outbox import NewEvent
from ..transport.post_webhook import WebhookPoster
from .ask_receiver import LONGEST_WAIT_S, stop_if_closing

_MAX_ATTEMPTS = 5


@dataclass
class Repaired:
    """What the receiver said about events that were sent again."""

    stored: List[str] = field(default_factory=list)
    """It did not have them, and has them now."""
    duplicate: List[str] = field(default_factory=list)
    """It had them."""
    failed: List[str] = field(default_factory=list)
    """It refused them, or could not be reached."""


class RepairEvents:
    def __init__(self, options: EmitterOptions, poster: WebhookPoster, producer: str, stopping: threading.Event) -> None:
        self._options = options
        self._poster = poster
        self._producer = producer
        self._stopping = stopping
        self._repaired = Repaired()

    def run(self, events: Sequence[NewEvent], on_repaired: Optional[Callable[[int], None]] = None) -> Repaired:
        max_events = self._options.max_batch_events
        for start in range(0, len(events), max_events):
            self._send(events[start : start + max_events])
            if on_repaired is not None:
                on_repaired(min(len(events), start + max_events))
        return self._repaired

    def _send(self, events: Sequence[NewEvent], attempt: int = 1) -> None:
        stop_if_closing(self._stopping)
        ids = [event.id for event in events]
        if len(events) > 1 and not fits_one_batch(events, self._options.contract.limits.max_batch_body_bytes):
            return self._send_halves(events)
        body = to_batch_body(events, self._producer)
        response = self._poster.post(self._options.batch_url, new_id(), body, None)
        verdict = judge_response(response, ids, True, time.time())
        if isinstance(verdict, Divide) and len(events) > 1:
            return self._send_halves(events)
        again: List[NewEvent] = []
        if isinstance(verdict, EventResults):
            for event, result in zip(events, verdict.results):
                if result.status == "stored":
                    self._repaired.stored.append(event.id)
                elif result.status == "duplicate":
                    self._repaired.duplicate.append(event.id)
                elif result.status == "retry":
                    again.append(event)
                else:
                    self._repaired.failed.append(event.id)
        elif isinstance(verdict, Retry):
            again = list(events)
        else:
            self._repaired.failed.extend(ids)
        if not again:
            return
        if attempt == _MAX_ATTEMPTS:
            self._repaired.failed.extend(event.id for event in again)
            return
        asked_s = verdict.retry_after_s if isinstance(verdict, Retry) else None
        self._stopping.wait(min(2.0**attempt if asked_s is None else asked_s, LONGEST_WAIT_S))
        self._send(again, attempt + 1)

    def _send_halves(self, events: Sequence[NewEvent]) -> None:
        middle = -(-len(events) // 2)
        self._send(events[:middle])
        self._send(events[middle:])
