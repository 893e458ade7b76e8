"""Mistakes that somebody could make in the emitter, one at a time, so that the contract kit can show that it finds each."""

import logging
import time
from typing import Any, Callable, Dict, Optional

from altcontext_webhooks.contract import contract
from altcontext_webhooks.contract.event_id import new_id
from altcontext_webhooks.delivery import delivery, judge_response, sender, webhook_body
from altcontext_webhooks.delivery.judge_response import Dead, Divide, EventResult, EventResults, NoBatchRoute, Retry
from altcontext_webhooks.delivery.retry_schedule import RetrySchedule
from altcontext_webhooks.errors import EventIssue
from altcontext_webhooks.outbox.memory import MemoryOutbox
from altcontext_webhooks.outbox.outbox import Acceptance
from altcontext_webhooks.transport import connection
from altcontext_webhooks.transport.post_webhook import WebhookPoster

_judge = judge_response.judge_response
_post = WebhookPoster.post
_send = connection.HttpConnection.post
_short_delay = RetrySchedule.short_delay_s
_accept = MemoryOutbox.accept
_claim = MemoryOutbox.claim


def make_mistake(name: str) -> None:
    """Raises ``KeyError`` for an unknown mistake."""
    MISTAKES[name]()


def _judging(change: Callable[[Any, Any], Any]) -> Callable[[], None]:
    """A verdict that is changed; ``change`` gets it and the response."""

    def patch() -> None:
        def judge(response: Any, *rest: Any, **named: Any) -> Any:
            return change(_judge(response, *rest, **named), response)

        delivery.judge_response = judge  # type: ignore[attr-defined]

    return patch


def _posting(change: Callable[[Dict[str, Any]], None]) -> Callable[[], None]:
    """A request that is changed before it is signed."""

    def patch() -> None:
        def post(self: Any, url: Any, id: str, body: str, traceparent: Any) -> Any:
            message = {"self": self, "url": url, "id": id, "body": body, "traceparent": traceparent}
            change(message)
            return _post(**message)

        WebhookPoster.post = post  # type: ignore[method-assign]

    return patch


def _sending(change: Callable[[Dict[str, Any]], None]) -> Callable[[], None]:
    """A request that is changed after it was signed."""

    def patch() -> None:
        def send(self: Any, url: Any, headers: Any, body: Any, timeout_s: Any, most: Any) -> Any:
            request = {"url": url, "headers": dict(headers), "body": body, "timeout_s": timeout_s, "most": most}
            change(request)
            return _send(self, *request.values())

        connection.HttpConnection.post = send  # type: ignore[method-assign]

    return patch


def _waiting(delay: Callable[[RetrySchedule, int], Any]) -> Callable[[], None]:
    def patch() -> None:
        RetrySchedule.short_delay_s = delay  # type: ignore[assignment, method-assign]

    return patch


def _ignore_retry_after(dates_only: bool) -> Callable[[], None]:
    def patch() -> None:
        parse = judge_response.parse_retry_after  # type: ignore[attr-defined]
        judge_response.parse_retry_after = (  # type: ignore[attr-defined]
            lambda header, now_s: parse(header, now_s) if dates_only and (header or "").isdigit() else None
        )

    return patch


def _count_rate_limits(verdict: Any, _response: Any) -> Any:
    return Retry(verdict.error) if isinstance(verdict, Retry) and verdict.is_rate_limit else verdict


def _trust_any_success(verdict: Any, response: Any) -> Any:
    return EventResults([EventResult("stored")]) if response.status == 200 and isinstance(verdict, Retry) else verdict


def _duplicate_is_failure(verdict: Any, _response: Any) -> Any:
    if isinstance(verdict, EventResults) and verdict.results[0].status == "duplicate":
        return Retry("duplicate")
    return verdict


def _repeat_whole_batches(verdict: Any, _response: Any) -> Any:
    if isinstance(verdict, EventResults) and any(result.status == "retry" for result in verdict.results):
        return Retry("retry")
    return verdict


def _send_nothing_until(is_time: Callable[[MemoryOutbox], bool], max_events: Optional[int] = None) -> None:
    """However slowly events come, those of a mistake that needs several at once wait together."""

    def claim(self: MemoryOutbox, given: int, lease_s: float) -> Any:
        nonlocal has_begun
        has_begun = has_begun or is_time(self)
        return _claim(self, max_events or given, lease_s) if has_begun else []

    has_begun = False
    MemoryOutbox.claim = claim  # type: ignore[method-assign]


def _in_batches(mistake: Callable[[], None]) -> Callable[[], None]:
    """A mistake with batches: as many events as the kit emits at least travel together."""

    def patch() -> None:
        _send_nothing_until(lambda outbox: outbox.counts().pending >= 10)
        mistake()

    return patch


def _drop_in_a_burst() -> None:
    def accept(self: MemoryOutbox, event: Any) -> Acceptance:
        nonlocal has_dropped
        if self.counts().pending < 50:
            return _accept(self, event)
        has_dropped = True
        return Acceptance("queue_full")

    has_dropped = False
    MemoryOutbox.accept = accept  # type: ignore[method-assign]
    _send_nothing_until(lambda outbox: has_dropped)


def _send_too_many() -> None:
    _send_nothing_until(lambda outbox: outbox.counts().pending > 500, max_events=2000)


def _drop_at_close() -> None:
    sender.Sender.wait_until_idle = lambda self, deadline: None  # type: ignore[method-assign, assignment]
    # More than are emitted: they wait for others until it closes.
    _send_nothing_until(lambda outbox: outbox.counts().pending > 100)


def _take_what_is_invalid() -> None:
    check = contract.compile_check({"type": "string"})

    def lenient(schema: Any) -> Any:
        def pass_through(value: Any, path: str, issues: "list[EventIssue]") -> Any:
            return value

        return check if schema.get("format") == "date-time" else pass_through

    from altcontext_webhooks import options
    from altcontext_webhooks.events import CONTRACT

    contract.compile_check = lenient  # type: ignore[assignment]
    options.description_service_contract = contract.read_contract(CONTRACT)  # type: ignore[attr-defined]


def _log_events(message: Dict[str, Any]) -> None:
    logging.getLogger("altcontext_webhooks").warning("%s", message["body"])


def _log_headers(request: Dict[str, Any]) -> None:
    logging.getLogger("altcontext_webhooks").warning("%s", request["headers"])


def _new_batch_ids() -> None:
    to_body = webhook_body.to_batch_body

    def renamed(events: Any, producer: Optional[str]) -> str:
        return to_body([event._replace(id=new_id()) for event in events], producer)

    delivery.to_batch_body = renamed  # type: ignore[attr-defined]
    # The response names the new ids, which nobody knows.
    _judging(lambda verdict, response: EventResults([EventResult("stored")] * 500) if response.status == 200 else verdict)()


MISTAKES: Dict[str, Callable[[], None]] = {
    "retries nothing": _waiting(lambda self, attempts: None),
    "retries at once": _waiting(lambda self, attempts: None if _short_delay(self, attempts) is None else 0.001),
    "retries forever": _waiting(lambda self, attempts: 0.3),
    "retries once less": _waiting(lambda self, attempts: _short_delay(self, attempts) if attempts < 3 else None),
    "gives up on 408": _judging(lambda verdict, response: Dead("HTTP 408", "x") if response.status == 408 else verdict),
    "gives up on a broken connection": _judging(
        lambda verdict, response: Dead("broken", "x") if response.status is None else verdict
    ),
    "ignores Retry-After": _ignore_retry_after(False),
    "ignores dates in Retry-After": _ignore_retry_after(True),
    "counts 429 as an attempt": _judging(_count_rate_limits),
    "trusts any 200": _judging(_trust_any_success),
    "takes a duplicate for a failure": _judging(_duplicate_is_failure),
    "repeats whole batches": _in_batches(_judging(_repeat_whole_batches)),
    "gives up without a batch route": _in_batches(
        _judging(lambda verdict, _response: Dead("HTTP 404", "x") if isinstance(verdict, NoBatchRoute) else verdict)
    ),
    "loses large batches": _in_batches(
        _judging(lambda verdict, _response: Dead("HTTP 413", "x") if isinstance(verdict, Divide) else verdict)
    ),
    "makes a new id for each attempt": _posting(lambda message: message.update(id=new_id())),
    "sends a text as id": _posting(lambda message: message.update(id="msg_1")),
    "strips the payload": _posting(
        lambda message: message.update(body=message["body"].replace('"durationMs":3200', '"durationMs":0'))
    ),
    "logs the event": _posting(_log_events),
    "logs the headers": _sending(_log_headers),
    "stamps milliseconds": _sending(
        lambda request: request["headers"].update({"webhook-timestamp": str(int(time.time() * 1000))})
    ),
    "signs something else": _sending(lambda request: request.update(body=request["body"] + b" ")),
    "sends without the key": _sending(lambda request: request["headers"].pop("x-admin-key")),
    "has no timeout": _sending(lambda request: request.update(timeout_s=300)),
    "sends what is invalid": _take_what_is_invalid,
    "drops what waits when it closes": _drop_at_close,
    "drops events in a burst": _drop_in_a_burst,
    "sends batches that are too large": _send_too_many,
    "makes new ids for a repeated batch": _in_batches(_new_batch_ids),
}
