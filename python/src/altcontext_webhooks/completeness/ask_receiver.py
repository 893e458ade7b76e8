"""Requests to ``POST <path>/reconcile``, sent again while the receiver says that it may respond later."""

import json
import threading
import time
from dataclasses import dataclass
from typing import Any, Dict, List, NamedTuple, Sequence

from ..contract.event_id import new_id
from ..contract.id_bucket import IdRange
from ..delivery.judge_response import Retry, judge_response
from ..errors import EmitterError
from ..options import EmitterOptions
from ..transport.post_webhook import Response, WebhookPoster
from .range_result import RangeResult, read_range_results

_MAX_ATTEMPTS = 5
LONGEST_WAIT_S = 60.0


class ComparedRange(NamedTuple):
    """What the producer has delivered in a range."""

    range: IdRange
    size: int
    """How many events."""
    sum: str
    is_listed: bool = False
    """Asks for the ids themselves instead of their hashes, to name what only the receiver has."""


@dataclass
class ReconcileTraffic:
    """What a reconciliation cost."""

    requests: int = 0
    bytes_sent: int = 0
    """The bodies of requests; ``bytes_received`` counts those of responses."""
    bytes_received: int = 0


class AskReceiver:
    """Raises ``EmitterError`` ``not_comparable`` when there is no response that follows this protocol."""

    def __init__(self, options: EmitterOptions, poster: WebhookPoster, producer: str, stopping: threading.Event) -> None:
        self._url = options.reconcile_url
        self._poster = poster
        self._producer = producer
        self._stopping = stopping
        self.traffic = ReconcileTraffic()

    def ranges(self, salt: str, ranges: Sequence[ComparedRange]) -> List[RangeResult]:
        """One result for each range, in order."""
        return self._ask({"salt": salt, "ranges": [_to_json(range) for range in ranges]}, [one.range for one in ranges])

    def tell(self, proof: Dict[str, Any]) -> None:
        """What a reconciliation has shown."""
        self._ask({"salt": "", "ranges": [], "proof": proof}, [])

    def _ask(self, request: Dict[str, Any], ranges: Sequence[IdRange]) -> List[RangeResult]:
        body = json.dumps({"producer": self._producer, **request}, separators=(",", ":"))
        for attempt in range(1, _MAX_ATTEMPTS + 1):
            stop_if_closing(self._stopping)
            self.traffic.requests += 1
            self.traffic.bytes_sent += len(body)
            response = self._poster.post(self._url, new_id(), body, None)
            self.traffic.bytes_received += len(response.body or b"")
            results = read_range_results(response.body, ranges) if response.status == 200 else None
            if results is not None:
                return results
            verdict = judge_response(response, (), False, time.time())
            if not isinstance(verdict, Retry) or attempt == _MAX_ATTEMPTS:
                break
            asked_s = 2.0**attempt if verdict.retry_after_s is None else verdict.retry_after_s
            self._stopping.wait(min(asked_s, LONGEST_WAIT_S))
        raise EmitterError("not_comparable", f"Failed to compare events with the receiver: {_words_of(response)}.")


def stop_if_closing(stopping: threading.Event) -> None:
    if stopping.is_set():
        raise EmitterError("not_comparable", "Failed to compare events with the receiver: the emitter is closing.")


def _to_json(compared: ComparedRange) -> Dict[str, Any]:
    value: Dict[str, Any] = {
        "from": compared.range.start,
        "to": compared.range.end,
        "count": compared.size,
        "sum": compared.sum,
    }
    return {**value, "list": True} if compared.is_listed else value


def _words_of(response: Response) -> str:
    if response.status is None:
        return f"{response.error}. Try again when it can be reached"
    if response.status == 404:
        return "it responded with HTTP 404. Update it to a version that compares, or correct the address"
    if response.status == 200:
        return "its response does not follow this protocol. Update it"
    return f"it responded with HTTP {response.status}. Check whether events are delivered, and why not"
