"""Tells the log and the callbacks what happens. Whatever they do, delivery goes on."""

import logging
import re
import time
from typing import Any, Callable, Dict, Optional, Sequence, Tuple

from ..errors import EmitterError, EventIssue
from ..outbox.outbox import DropReason, NewEvent
from .reports import AttemptReport, LostEvent

logger = logging.getLogger("altcontext_webhooks")
"""Every attempt of every event: ``INFO`` when it was taken, ``WARNING`` when it is tried again, ``ERROR`` when it is lost."""

_LEVELS = {"stored": logging.INFO, "duplicate": logging.INFO, "retry": logging.WARNING, "dead": logging.ERROR}

_MINUTE_S = 60.0

_DROP_DETAILS: Dict[DropReason, str] = {
    "queue_full": "The outbox was full",
    "expired": "The event was older than the outbox allows",
    "outbox_failed": "The outbox could not take it",
    "closed": "The emitter was closed before it was delivered",
}


class Observer:
    def __init__(
        self,
        on_attempt: Optional[Callable[[AttemptReport], None]],
        on_dead: Optional[Callable[[LostEvent], None]],
    ) -> None:
        self._on_attempt = on_attempt
        self._on_dead = on_dead
        self._told_at: Dict[Tuple[str, str], float] = {}

    def is_told_of(self, outcome: str) -> bool:
        """Whether anybody would hear of an attempt that ended so; reports of a burst are not made for nobody."""
        return self._on_attempt is not None or logger.isEnabledFor(_LEVELS[outcome])

    def attempted(self, report: AttemptReport) -> None:
        _log(
            _LEVELS[report.outcome],
            "Attempted to deliver an event: id=%s type=%s attempt=%d outcome=%s status=%s error=%s batch=%d took=%.3fs next=%s",
            report.event_id,
            report.event_type,
            report.attempt,
            report.outcome,
            report.status,
            report.error,
            report.batch_size,
            report.duration_s,
            None if report.next_delay_s is None else f"{report.next_delay_s:.1f}s",
        )
        self._call("on_attempt", self._on_attempt, report)

    def dead(self, event: NewEvent, reason: str, detail: str) -> None:
        _log(logging.ERROR, "An event will not be delivered: id=%s type=%s reason=%s (%s)", *event[:2], reason, detail)
        self._call("on_dead", self._on_dead, LostEvent(event.id, event.event_type, reason, detail, event.body))

    def dropped(self, event: NewEvent, reason: DropReason) -> None:
        self.dead(event, reason, _DROP_DETAILS[reason])

    def refused(self, event_type: str, issues: Sequence[EventIssue]) -> None:
        fields = ", ".join(path or "the event" for path, _message in issues)
        _log(logging.ERROR, "An event breaks the contract and was not accepted: type=%s fields=%s", event_type, fields)

    def paused(self, detail: str, delay_s: float) -> None:
        _log(
            logging.ERROR,
            "The receiver refuses this sender (%s): every event is kept, and one is tried again in %.0fs. "
            "Check WEBHOOK_URL, ADMIN_API_KEY, WEBHOOK_SIGNING_SECRET and the clock.",
            detail,
            delay_s,
        )

    def resumed(self) -> None:
        _log(logging.WARNING, "The receiver takes events from this sender again.")

    def outbox_failed(self, operation: str, error: BaseException) -> None:
        """One line per cause and minute: a database that is away is asked again every second."""
        cause = (operation, str(error) if isinstance(error, EmitterError) else describe_error(error))
        now = time.monotonic()
        if now - self._told_at.get(cause, float("-inf")) >= _MINUTE_S:
            self._told_at[cause] = now
            _log(logging.ERROR, "The outbox failed to %s events: %s", *cause)

    def unexpected(self, where: str, error: BaseException) -> None:
        _log(logging.ERROR, "Unexpected %s in %s", describe_error(error), where)

    def _call(self, name: str, callback: Optional[Callable[[Any], None]], argument: Any) -> None:
        if callback is None:
            return
        try:
            callback(argument)
        except Exception as error:  # noqa: BLE001 - a product's callback may raise anything
            _log(logging.ERROR, "The callback %s of the emitter raised %s", name, describe_error(error))


def describe_error(error: BaseException) -> str:
    """The class and code of an error: the message of a driver's may hold the row, which is the payload."""
    code = getattr(error, "pgcode", None) or getattr(error, "sqlstate", None) or getattr(error, "code", None)
    is_code = isinstance(code, str) and re.fullmatch(r"\w{1,64}", code) is not None
    return f"{type(error).__name__} {code}" if is_code else type(error).__name__


def _log(level: int, message: str, *args: object) -> None:
    try:
        logger.log(level, message, *args)
    except Exception:  # noqa: BLE001 - a broken handler cannot be told of in the log
        pass
