"""``python -m altcontext_webhooks reconcile``: prints the same as ``webhook-relay reconcile``."""

import json
import re
import sys
from datetime import datetime, timedelta, timezone
from typing import Callable, List, Optional, Sequence

from .completeness.reconcile import ReconcileProgress
from .completeness.report import MissingEvent, ReconcileReport
from .contract.instant import read_instant
from .emitter import Emitter
from .errors import EmitterError
from .outbox.outbox import Outbox

_UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_MAX_LINES = 50
# A line for each page of events would mean thousands.
_PROGRESS_EVENTS = 100_000


def run_reconcile(outbox: Outbox, since: Optional[str], is_dry_run: bool, is_json: bool) -> int:
    """Returns 0 when the receiver has everything, now that missing events have been sent again."""
    moment = None if since is None else parse_moment(since, datetime.now(timezone.utc))
    emitter = Emitter.from_env(outbox=outbox, completeness=False)
    try:
        report = emitter.reconcile(moment, is_dry_run, None if is_json else _progress_lines())
    finally:
        outbox.close()
    print(json.dumps(report.to_json()) if is_json else format_reconciliation(report))
    return 0 if report.is_complete else 1


def parse_moment(text: str, now: datetime) -> datetime:
    """``12h`` before now, or a date. Raises ``EmitterError`` ``invalid_options``."""
    duration = re.fullmatch(r"(\d{1,9})([smhdw])", text.strip(), re.ASCII)
    if duration is not None:
        try:
            return now - timedelta(seconds=int(duration[1]) * _UNITS_S[duration[2]])
        except OverflowError:
            pass
    is_date = re.fullmatch(r"\d{4}-\d\d-\d\d", text.strip(), re.ASCII) is not None
    moment = read_instant(f"{text.strip()}T00:00:00Z" if is_date else text.strip())
    if moment is None:
        raise EmitterError(
            "invalid_options",
            f'Failed to read the time: --since is "{text}". Give a duration such as 12h or 7d, or a date.',
        )
    return moment


def format_reconciliation(report: ReconcileReport) -> str:
    """For people: first the result, then the events that it names."""
    missing = len(report.lost) + len(report.unrepaired)
    lost = "would be sent again" if report.is_dry_run else "lost, and stored when they were sent again"
    return "\n".join(
        [
            f"{report.compared} events delivered before {report.through} were compared (outbox {report.producer}).",
            "The receiver has all of them."
            if missing == 0 and not report.gaps
            else f"The receiver had lost {missing} of them.",
            *_named(lost, [_describe(event) for event in report.lost]),
            *_named("lost, and no longer in the outbox", [_describe(event) for event in report.unrepaired]),
            *_named(
                "hours with events known to be missing",
                [f"{gap.start} to {gap.end}: {gap.events}" for gap in report.gaps],
            ),
            *_named("stored under another outbox, or stored meanwhile", report.raced),
            *_named("only the receiver has", report.unexplained),
            f"{report.requests} requests, {report.bytes_sent} bytes sent, {report.bytes_received} bytes received, "
            f"{report.duration_s:.1f} s.",
        ]
    )


def _progress_lines() -> Callable[[ReconcileProgress], None]:
    told = 0

    def tell(progress: ReconcileProgress) -> None:
        nonlocal told
        if progress.stage == "repairing" or progress.events - told >= _PROGRESS_EVENTS:
            told = progress.events
            what = "Compared" if progress.stage == "comparing" else "Sent again"
            print(f"{what} {progress.events} events so far …", file=sys.stderr)

    return tell


def _named(what: str, lines: Sequence[str]) -> List[str]:
    if not lines:
        return []
    more = [f"  … and {len(lines) - _MAX_LINES} more; --json names all"] if len(lines) > _MAX_LINES else []
    return [f"{len(lines)} {what}:", *(f"  {line}" for line in lines[:_MAX_LINES]), *more]


def _describe(event: MissingEvent) -> str:
    return event.event_id if event.made_after is None else f"{event.event_id}  made in the hour of {event.made_after}"
