"""Where accepted events wait until a receiver has said what happened to them. This is all that the sender knows about memory,
SQLite or PostgreSQL.

Rules that every outbox keeps (``tests/outbox_rules.py`` checks them):

- An event is in exactly one state: pending (claimable, claimed or waiting for a retry), delivered, duplicate, dead or
  dropped. ``counts()`` balances at every moment.
- Two claims never hold the same event at the same time. A claim that is neither settled nor renewed within its lease is
  given back; a crash of its holder is thereby one more attempt, not a loss.
- Every method may be called from any thread.
- The private fields of an event are in its ``body``. An outbox erases them, or all of it, when the event is settled as stored or
  duplicate.
"""

from dataclasses import dataclass, field
from typing import Callable, Dict, List, Literal, NamedTuple, Optional, Protocol, Sequence

DeadReason = Literal["refused", "exhausted"]
"""Why an event was given up: the receiver refused it, or the last attempt of the schedule failed."""

DropReason = Literal["queue_full", "expired", "outbox_failed", "closed"]
"""Why an event was never given to the receiver, or not to the end: the outbox was at its size limit; it was older than the
outbox's age limit; the outbox could not take it; the emitter was closed first, and its outbox is memory."""


class NewEvent(NamedTuple):
    """An event as it is handed to an outbox."""

    id: str
    """A UUID in lower case; the ``webhook-id`` of every attempt."""
    event_type: str
    body: str
    """The envelope as it travels: one JSON object, without an ``id``; with its private fields."""
    traceparent: Optional[str] = None
    """The W3C trace context of the emit, kept so that attempts after a restart belong to the same trace."""


class ClaimedEvent(NamedTuple):
    """An event that is held by a claim."""

    event: NewEvent
    attempts: int
    """Attempts so far that counted against the schedule. 0 for a new event."""


class Acceptance(NamedTuple):
    """Whether an event was accepted. ``reason`` is None when it was."""

    reason: Optional[DropReason] = None


@dataclass(frozen=True)
class Settlement:
    """What became of one claimed event. ``retry`` gives it back, to be claimed again no earlier than ``delay_s`` from now."""

    id: str
    status: Literal["stored", "duplicate", "dead", "retry"]
    attempts: int
    reason: Optional[DeadReason] = None
    delay_s: float = 0
    detail: str = ""
    """For people and the delivery log: ``http_503 at attempt 4``."""


@dataclass(frozen=True)
class OutboxCounts:
    """The loss ledger: ``accepted = delivered + duplicate + pending + dead + sum(dropped)``, at every moment."""

    accepted: int = 0
    delivered: int = 0
    """The result was ``stored``."""
    duplicate: int = 0
    """The result was ``duplicate``: the receiver had it already."""
    pending: int = 0
    dead: int = 0
    dropped: Dict[str, int] = field(default_factory=dict)
    """By reason."""


DropListener = Callable[[NewEvent, DropReason], None]


class Outbox(Protocol):
    """Memory, SQLite and PostgreSQL alike. Durations are seconds; an outbox alone owns its clock."""

    @property
    def is_durable(self) -> bool:
        """Whether what was accepted survives the process. Only a durable outbox gets the long retry schedule."""

    @property
    def is_blocking(self) -> bool:
        """Whether ``accept`` waits for a disk or a network, so that an event loop calls it in a thread."""

    def open(self, on_dropped: DropListener) -> None:
        """Called once, by the emitter. Nothing is connected or read before the first use."""

    def accept(self, event: NewEvent) -> Acceptance:
        """Takes an event, as safely as this outbox can: returns after the commit, if there is one. If it raises, nothing was taken."""

    def claim(self, max_events: int, lease_s: float) -> List[ClaimedEvent]:
        """Up to ``max_events`` of the claimable events, the oldest first, held for ``lease_s``. Empty when there are none."""

    def renew(self, ids: Sequence[str], lease_s: float) -> None:
        """Holds claimed events for another ``lease_s`` from now. Ids that are no longer held are ignored."""

    def settle(self, settlements: Sequence[Settlement]) -> None:
        """Records what became of claimed events. Ids that are settled already are ignored."""

    def counts(self) -> OutboxCounts:
        """The ledger."""

    def note_receiver_time(self, time_ms: float) -> None:
        """The receiver's clock at this moment, in milliseconds since 1970, as its response says. An outbox that judges the age of
        events counts time in which no process ran only when this second clock agrees with its own."""

    def next_look_s(self) -> Optional[float]:
        """How long until something may be claimable without any notice of it: a wait or lease ends, or another process adds an
        event. None when there is nothing to wait for."""

    def close(self) -> None:
        """Closes what is open. Events that cannot survive are dropped with the reason ``closed``, and passed to the listener."""

    def after_fork(self) -> None:
        """Called in a child process: forgets what belongs to the parent, which goes on with it."""
