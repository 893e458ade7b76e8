"""What one response means for the events of its request."""

import json
import re
from dataclasses import dataclass
from typing import Any, List, Literal, Optional, Sequence, Union

from ..contract.description_service import description_service_contract
from ..transport.post_webhook import Response
from .retry_after import parse_retry_after

# How far apart a receiver allows the two clocks to be.
_SIGNATURE_TOLERANCE_S = description_service_contract.limits.signature_tolerance_s


@dataclass(frozen=True)
class EventResult:
    """What the receiver says about one event."""

    status: Literal["stored", "duplicate", "invalid", "retry"]
    detail: str = ""


@dataclass(frozen=True)
class EventResults:
    """One result for each event, in the order of the request."""

    results: Sequence[EventResult]


@dataclass(frozen=True)
class Retry:
    error: str
    retry_after_s: Optional[float] = None
    """What the receiver asked for, before any ceiling."""
    is_rate_limit: bool = False
    """429: the sender is too fast; nothing is wrong with the event."""


@dataclass(frozen=True)
class Dead:
    """The receiver refuses this very event."""

    detail: str
    error: str


@dataclass(frozen=True)
class SenderFault:
    """The response says nothing about the events: the key, the address, the signature or the clock is wrong."""

    detail: str
    error: str


@dataclass(frozen=True)
class Divide:
    """Several events are refused as one: 413, or it is unknown which of them is at fault."""

    is_too_large: bool


@dataclass(frozen=True)
class NoBatchRoute:
    """404 or 405 to a batch."""


Verdict = Union[EventResults, Retry, Dead, SenderFault, Divide, NoBatchRoute]


def judge_response(response: Response, ids: Sequence[str], is_batch: bool, now_s: float) -> Verdict:
    """Network errors, time-outs, 408, 425, 429, 5xx and responses that are not ours are worth another attempt. Only what the
    receiver says about an event (400 with issues, 413, ``invalid``) makes that event dead. Every other response is the
    sender's fault. Nothing counts as delivered unless the receiver says so about this very event.
    """
    status = response.status
    if status is None:
        return Retry(response.error or "network_error")
    body = _parse_json(response.body)
    if 200 <= status <= 299:
        return _read_results(body, ids, is_batch)
    error = f"http_{status}"
    if status < 200:
        return Retry(error)
    if status in (408, 425, 429) or status >= 500:
        return Retry(error, parse_retry_after(response.retry_after, now_s), status == 429)
    if status == 413 or (status == 400 and _blames_event(body)):
        if is_batch and len(ids) > 1:
            return Divide(is_too_large=status == 413)
        return Dead(f"HTTP {status}{_describe_refusal(body)}", error)
    if is_batch and status in (404, 405):
        return NoBatchRoute()
    return SenderFault(f"HTTP {status}{_describe_refusal(body)}{_describe_skew(response, body, now_s)}", error)


def _read_results(body: Any, ids: Sequence[str], is_batch: bool) -> Union[EventResults, Retry]:
    if not isinstance(body, dict) or body.get("ok") is not True:
        return Retry("malformed_response")
    if not is_batch:
        if body.get("duplicate") not in (None, True) or not isinstance(body.get("eventId"), str):
            return Retry("malformed_response")
        if body["eventId"].lower() != ids[0]:
            return Retry("mismatched_ids")
        return EventResults([EventResult("duplicate" if body.get("duplicate") else "stored")])
    given = body.get("results")
    if not isinstance(given, list) or len(given) != len(ids):
        return Retry("malformed_response")
    results = [_read_result(item) for item in given]
    named = [_id_of(item) for item in given]
    if any(result is None for result in results):
        return Retry("malformed_response")
    by_id = {id: result for id, result in zip(named, results) if id is not None}
    # Unless every result has an id, those with one must be in the right position, and the others go by position.
    is_complete = len(by_id) == len(ids)
    matched = [
        by_id.get(id) if is_complete or named[index] == id else results[index] if named[index] is None else None
        for index, id in enumerate(ids)
    ]
    found = [result for result in matched if result is not None]
    return EventResults(found) if len(found) == len(ids) else Retry("mismatched_ids")


def _id_of(item: Any) -> Optional[str]:
    id = item.get("eventId") if isinstance(item, dict) else None
    return id.lower() if isinstance(id, str) else None


def _read_result(item: Any) -> Optional[EventResult]:
    if not isinstance(item, dict):
        return None
    status = item.get("status")
    if status in ("stored", "duplicate"):
        return EventResult(status) if isinstance(item.get("eventId"), str) else None
    if status in ("invalid", "retry") and isinstance(item.get("error"), str):
        return EventResult(status, _describe_issues(item["error"], item.get("issues")))
    return None


def _describe_skew(response: Response, body: Any, now_s: float) -> str:
    """If the clocks are apart, a signature is refused because of its timestamp."""
    is_signature = isinstance(body, dict) and body.get("error") == "invalid_signature"
    if not is_signature or response.receiver_time_s is None or abs(response.receiver_time_s - now_s) <= _SIGNATURE_TOLERANCE_S:
        return ""
    skew_s = response.receiver_time_s - now_s
    return f"; the receiver's clock is {abs(skew_s):.0f} s {'ahead of' if skew_s > 0 else 'behind'} this one"


def _blames_event(body: Any) -> bool:
    return isinstance(body, dict) and body.get("error") == "invalid_request" and bool(_paths_of(body.get("issues")))


def _describe_refusal(body: Any) -> str:
    return f" {_describe_issues(body['error'], body.get('issues'))}" if isinstance(body, dict) and "error" in body else ""


def _describe_issues(error: Any, issues: Any) -> str:
    """``invalid_request (payload.mediaCount)``: what a receiver says about an event, without any free text of its own."""
    is_code = isinstance(error, str) and re.fullmatch(r"[a-z][a-z0-9_]{0,63}", error) is not None
    code = error if is_code else "unknown_error"
    readable = [path for path in _paths_of(issues) if re.fullmatch(r"[A-Za-z0-9_.\[\]]{1,100}", path)]
    return f"{code} ({', '.join(readable[:5])})" if readable else str(code)


def _paths_of(issues: Any) -> List[str]:
    listed = issues if isinstance(issues, list) else []
    return [issue["path"] for issue in listed if isinstance(issue, dict) and isinstance(issue.get("path"), str)]


def _parse_json(body: Optional[bytes]) -> Any:
    try:
        return None if body is None else json.loads(body)
    except (ValueError, RecursionError):
        return None
