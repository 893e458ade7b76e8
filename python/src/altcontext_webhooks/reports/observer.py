"""Tells the log and the callbacks what happens. Whatever they do, delivery goes on."""

import contextlib
import json
import logging
import re
from typing import Any, Callable, Dict, Optional, Sequence

from ..completeness.report import ReconcileReport, gaps_to_json
from ..errors import EmitterError, EventIssue
from ..outbox.outbox import DropReason, NewEvent
from .once_a_minute import OnceAMinute
from .reports import AttemptReport, LostEvent

logger = logging.getLogger("altcontext_webhooks")
"""Failures: ``WARNING`` if there is another attempt, ``ERROR`` if something is lost, once per cause and minute with a count.
In addition every attempt: ``INFO`` if the event was taken, ``DEBUG`` if it failed.
"""

_LEVELS = {"stored": logging.INFO, "duplicate": logging.INFO, "retry": logging.DEBUG, "dead": logging.DEBUG}

_DROP_DETAILS: Dict[DropReason, str] = {
    "queue_full": "The outbox was full",
    "expired": "The event was older than the outbox allows",
    "outbox_failed": "The outbox could not take it",
    "closed": "The emitter was closed before it was delivered",
}


# How many are named in one line of the log; ``on_reconciled`` gets all of them.
_MAX_NAMED = 50


class Observer:
    def __init__(
        self,
        on_attempt: Optional[Callable[[AttemptReport], None]],
        on_dead: Optional[Callable[[LostEvent], None]],
        on_reconciled: Optional[Callable[[ReconcileReport], None]] = None,
    ) -> None:
        self._on_attempt = on_attempt
        self._on_dead = on_dead
        self._on_reconciled = on_reconciled
        self._troubles = OnceAMinute(_log)

    def is_told_of(self, outcome: str) -> bool:
        """Whether anybody would hear of an attempt with this outcome; otherwise no reports are made."""
        if outcome == "paused":
            return self._on_attempt is not None
        level = logging.WARNING if outcome == "retry" else _LEVELS[outcome]
        return self._on_attempt is not None or logger.isEnabledFor(level)

    def attempted(self, report: AttemptReport) -> None:
        # One line says that the sender is paused; a line for each waiting event would repeat it.
        if report.outcome != "paused":
            self._log_attempt(report)
        self._call("on_attempt", self._on_attempt, report)

    def _log_attempt(self, report: AttemptReport) -> None:
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
        if report.outcome == "retry":
            self._troubles.note(
                ("retry", report.error, report.status),
                logging.WARNING,
                "An event could not be delivered and will be tried again: "
                f"id={report.event_id} type={report.event_type} attempt={report.attempt} error={report.error}",
            )

    def dead(self, event: NewEvent, reason: str, detail: str) -> None:
        line = f"An event will not be delivered: id={event.id} type={event.event_type} reason={reason} ({detail})"
        _log(logging.DEBUG, line)
        self._troubles.note(("lost", reason, detail), logging.ERROR, line)
        self._tell_dead(event, reason, detail)

    def dropped(self, event: NewEvent, reason: DropReason) -> None:
        detail = _DROP_DETAILS[reason]
        # Events that the outbox could not take are counted in the line that says so.
        if reason == "outbox_failed":
            self._tell_dead(event, reason, detail)
        else:
            self.dead(event, reason, detail)

    def refused(self, event_type: str, issues: Sequence[EventIssue]) -> None:
        fields = ", ".join(path or "the event" for path, _message in issues)
        line = f"An event breaks the contract and was not accepted: type={event_type} fields={fields}"
        self._troubles.note(line, logging.ERROR, line)

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
        detail = str(error) if isinstance(error, EmitterError) else describe_error(error)
        # The free space in a message changes from one failure to the next; the cause does not.
        cause = ("outbox", operation, re.sub(r"\d+", "0", detail))
        self._troubles.note(cause, logging.ERROR, f"The outbox failed to {operation} events: {detail}")

    def reconciled(self, report: ReconcileReport) -> None:
        counts = (
            f"producer={report.producer} compared={report.compared} raced={len(report.raced)} "
            f"unexplained={len(report.unexplained)}"
        )
        missing = [event.event_id for event in (*report.lost, *report.unrepaired)]
        if not missing and not report.gaps:
            _log(logging.INFO, f"The receiver has everything that was delivered: {counts}")
        else:
            end = "nothing was sent" if report.is_dry_run else "it has stored the lost ones again"
            gaps = json.dumps(gaps_to_json(report.gaps[:_MAX_NAMED]))
            _log(
                logging.ERROR,
                f"The receiver had lost events that were delivered; {end}: {counts} lost={len(report.lost)} "
                f"unrepaired={len(report.unrepaired)} events={','.join(missing[:_MAX_NAMED])} gaps={gaps}",
            )
        self._call("on_reconciled", self._on_reconciled, report)

    def not_compared(self, error: BaseException) -> None:
        detail = str(error) if isinstance(error, EmitterError) else describe_error(error)
        _log(logging.WARNING, f"Delivered events could not be compared with the receiver: {detail}")

    def unexpected(self, where: str, error: BaseException) -> None:
        line = f"Unexpected {describe_error(error)} in {where}"
        self._troubles.note(line, logging.ERROR, line)

    def close(self) -> None:
        """Logs what has only been counted so far."""
        self._troubles.close()

    def after_fork(self) -> None:
        """In a child process: the parent reports what it has counted, and its timers run there."""
        self._troubles = OnceAMinute(_log)

    def _tell_dead(self, event: NewEvent, reason: str, detail: str) -> None:
        self._call("on_dead", self._on_dead, LostEvent(event.id, event.event_type, reason, detail, event.body))

    def _call(self, name: str, callback: Optional[Callable[[Any], None]], argument: Any) -> None:
        if callback is None:
            return
        try:
            callback(argument)
        except Exception as error:  # noqa: BLE001 - a product's callback may raise anything
            line = f"The callback {name} of the emitter raised {describe_error(error)}"
            self._troubles.note(line, logging.ERROR, line)


def describe_error(error: BaseException) -> str:
    """The class and code of an error: a driver's message may hold the row, and so the payload."""
    code = getattr(error, "pgcode", None) or getattr(error, "sqlstate", None) or getattr(error, "code", None)
    is_code = isinstance(code, str) and re.fullmatch(r"\w{1,64}", code) is not None
    return f"{type(error).__name__} {code}" if is_code else type(error).__name__


def _log(level: int, message: str, *args: object) -> None:
    # A broken handler cannot be reported in the log.
    with contextlib.suppress(Exception):
        logger.log(level, message, *args)
