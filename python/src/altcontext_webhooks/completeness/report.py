"""The result of a reconciliation."""

from dataclasses import dataclass
from typing import Any, Dict, List, NamedTuple, Optional, Sequence

from ..contract.completeness_limits import MAX_GAPS
from ..contract.instant import read_instant


class MissingEvent(NamedTuple):
    """One event that was delivered, and that the receiver did not have."""

    event_id: str
    made_after: Optional[str]
    """The hour in which it was made, ISO 8601, if its id holds it."""


class CompletenessGap(NamedTuple):
    """A span of time in which events are known to be missing. ISO 8601."""

    start: str
    end: str
    events: int


@dataclass(frozen=True)
class ReconcileReport:
    producer: str
    """The id of the outbox."""
    started_at: str
    """ISO 8601, by this machine's clock."""
    through: str
    """Everything accepted before this moment was compared."""
    compared: int
    """Events that were compared."""
    lost: List[MissingEvent]
    """Proven losses: the receiver stored them when they were sent again. With ``is_dry_run``, the events that would be sent again."""
    raced: List[str]
    """Ids that the receiver had after all: under another outbox's id, or in the meantime. Not losses."""
    unrepaired: List[MissingEvent]
    """Events that nobody could send again."""
    unexplained: List[str]
    """Ids that only the receiver has."""
    gaps: List[CompletenessGap]
    """Hours in which numbers are known to be incomplete. For ids that hold no time, the whole time that was compared."""
    is_dry_run: bool
    requests: int
    bytes_sent: int
    """The bodies of requests; ``bytes_received`` counts those of responses."""
    bytes_received: int
    duration_s: float

    @property
    def is_complete(self) -> bool:
        """Whether the receiver has everything, now that missing events have been sent again."""
        return not self.unrepaired and not self.gaps and not (self.is_dry_run and self.lost)

    def to_json(self) -> Dict[str, Any]:
        """The words of ``webhook-relay reconcile --json``."""
        return {
            "producer": self.producer,
            "startedAt": self.started_at,
            "through": self.through,
            "compared": self.compared,
            "lost": [_missing_to_json(event) for event in self.lost],
            "raced": self.raced,
            "unrepaired": [_missing_to_json(event) for event in self.unrepaired],
            "unexplained": self.unexplained,
            "gaps": gaps_to_json(self.gaps),
            "isDryRun": self.is_dry_run,
            "traffic": {
                "requests": self.requests,
                "bytesSent": self.bytes_sent,
                "bytesReceived": self.bytes_received,
            },
            "durationMs": round(self.duration_s * 1000),
        }


def limit_gaps(gaps: Sequence[CompletenessGap], max_gaps: int = MAX_GAPS) -> List[CompletenessGap]:
    """As many gaps as a proof may name, in order. If there are too many, the ones nearest to each other are merged: every missing
    event is counted, and lies in the span of its gap.
    """
    in_order = sorted(gaps)
    distances = sorted(
        (_ms_of(after.start) - _ms_of(before.end), position + 1)
        for position, (before, after) in enumerate(zip(in_order, in_order[1:]))
    )
    joined = {position for _distance, position in distances[: max(0, len(in_order) - max_gaps)]}
    limited: List[CompletenessGap] = []
    for position, gap in enumerate(in_order):
        if position in joined:
            last = limited[-1]
            limited[-1] = CompletenessGap(last.start, max(last.end, gap.end), last.events + gap.events)
        else:
            limited.append(gap)
    return limited


def gaps_to_json(gaps: Sequence[CompletenessGap]) -> List[Dict[str, Any]]:
    return [{"from": gap.start, "to": gap.end, "events": gap.events} for gap in gaps]


def _missing_to_json(event: MissingEvent) -> Dict[str, str]:
    return {"eventId": event.event_id, **({} if event.made_after is None else {"madeAfter": event.made_after})}


def _ms_of(instant: str) -> float:
    moment = read_instant(instant)
    return 0.0 if moment is None else moment.timestamp() * 1000
