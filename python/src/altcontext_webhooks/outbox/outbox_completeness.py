"""What a durable outbox can say about the events that it has delivered, to prove that the receiver has them:
docs/completeness.md. It may be read while another process delivers.
"""

from typing import List, NamedTuple, Optional, Protocol, Sequence

from ..contract.id_bucket import IdRange
from .outbox import NewEvent


class SealedBucket(NamedTuple):
    """The sum that is left of delivered events that were pruned."""

    bucket: str
    """Its first id."""
    size: int
    """How many events."""
    total: int
    """The sum of its ids' hashes, modulo 2^128."""


class AcceptedEvent(NamedTuple):
    id: str
    body: Optional[str]
    """None when it is gone."""


class OutboxProgress(NamedTuple):
    """Up to when everything is delivered."""

    now_ms: float
    """By the outbox's clock, in milliseconds since 1970."""
    oldest_pending_ms: Optional[float]
    """When the oldest of the waiting events was accepted."""


class OutboxCompleteness(Protocol):
    """SQLite and PostgreSQL alike. Any thread may call it."""

    def producer(self) -> str:
        """The outbox's own id, a UUID: created once and kept with the events."""

    def speaks_for_outbox(self) -> bool:
        """Whether this process sends heartbeats and compares by itself: of the processes that share a file, only the one that delivers."""

    def delivered_ids(self, range: IdRange, max_ids: int) -> List[str]:
        """The first delivered ids of a range, in order, except those that an older version sent without the outbox's id."""

    def other_ids(self, range: IdRange) -> List[str]:
        """Every other id of a range that the outbox knows: waiting, dead, dropped, or not compared."""

    def sealed_buckets(self) -> List[SealedBucket]:
        """The sums that are left of pruned delivered events, for each bucket, in order."""

    def delivered_events(self, ids: Sequence[str]) -> List[NewEvent]:
        """Those of these events that can be sent again, without private fields."""

    def stop_comparing(self, ids: Sequence[str]) -> None:
        """The receiver has these under another producer: they are not compared any more."""

    def accepted_events(self, since_ms: float, after: str, max_events: int) -> List[AcceptedEvent]:
        """Events that were accepted since a moment, whatever became of them, in the order of ids, after the id ``after``."""

    def take_turn(self, interval_s: float) -> bool:
        """Whether the last automatic comparison began that long ago, in whatever process; if it did, one begins now. Only one of
        several processes on an outbox gets the turn.
        """

    def progress(self) -> OutboxProgress:
        """Up to when everything is delivered."""
