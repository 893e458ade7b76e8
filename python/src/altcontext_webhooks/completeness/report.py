"""What a reconciliation has shown."""

from dataclasses import dataclass
from typing import Any, Dict, List, NamedTuple, Optional, Sequence

from ..contract.completeness_limits import MAX_GAPS
from ..contract.instant import read_instant


class MissingEvent(NamedTuple):
    """One event that was delivered, and that the receiver did not have."""

    event_id: str
    made_after: Optional[str]
    """The hour in which it was made, ISO 8601, as far as its id tells."""


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
    """What was accepted before was compared."""
    compared: int
    """Events that were compared."""
    lost: List[MissingEvent]
    """Losses, proven: the receiver stored them when they were sent again. With ``is_dry_run``, what would be sent again."""
    raced: List[str]
    """Ids that the receiver had after all: under another outbox's id, or in the meantime. No losses."""
    unrepaired: List[MissingEvent]
    """What nobody could send again."""
    unexplained: List[str]
    """Ids that only the receiver has."""
    gaps: List[CompletenessGap]
    """Hours over which numbers are known to be incomplete. Of ids that hold no time, all of the time that was compared."""
    is_dry_run: bool
    requests: int
    bytes_sent: int
    """Bodies of requests, as ``bytes_received`` of answers."""
    bytes_received: int
    duration_s: float

    @property
    def is_complete(self) -> bool:
        """Whether the receiver has everything, now that what was missing has been sent again."""
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


def limit_gaps(gaps: Sequence[CompletenessGap], most: int = MAX_GAPS) -> List[CompletenessGap]:
    """As many gaps as a proof may name, in order. Of too many, those are made one that are nearest to each other: every event that is
    missing is counted, and lies in the span of its gap.
    """
    in_order = sorted(gaps)
    distances = sorted(
        (_ms_of(after.start) - _ms_of(before.end), position + 1)
        for position, (before, after) in enumerate(zip(in_order, in_order[1:]))
    )
    joined = {position for _distance, position in distances[: max(0, len(in_order) - most)]}
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
