"""The default outbox: a bounded queue in memory."""

import threading
import time
from collections import deque
from typing import Deque, Dict, List, Literal, Optional, Sequence

from ..errors import EmitterError
from .outbox import Acceptance, ClaimedEvent, DropListener, DropReason, NewEvent, OutboxCounts, Settlement

Overflow = Literal["drop-newest", "drop-oldest"]


class _Entry:
    __slots__ = ("event", "attempts", "state", "due")

    def __init__(self, event: NewEvent) -> None:
        self.event = event
        self.attempts = 0
        self.state: Literal["ready", "claimed", "waiting", "settled"] = "ready"
        self.due = 0.0
        """When a lease ends or a retry is due, on the monotonic clock: a wall clock that jumps moves nothing."""


class MemoryOutbox:
    """What is in it when the process dies is lost; use a durable outbox if that matters.

    ``max_events``: how many may wait at once, including those being sent (default 100 000). ``overflow``: what happens to
    an event that finds it full. ``drop-newest`` (default) refuses it while the caller still has it; ``drop-oldest`` makes
    room by dropping the one that has waited longest and is not being sent. Either way it is counted, logged and passed to
    ``on_dead``. Raises ``EmitterError`` ``invalid_options``.
    """

    is_durable = False
    is_blocking = False

    _lock: threading.Lock
    _entries: Dict[str, _Entry]
    _ready: Deque[_Entry]
    _next_due: float
    _accepted: int
    _delivered: int
    _duplicate: int
    _dead: int
    _dropped: Dict[str, int]

    def __init__(self, max_events: int = 100_000, overflow: Overflow = "drop-newest") -> None:
        problems = []
        if not isinstance(max_events, int) or isinstance(max_events, bool) or max_events < 1:
            problems.append(f"max_events is {max_events!r}, expected a whole number of at least 1")
        if overflow not in ("drop-newest", "drop-oldest"):
            problems.append(f'overflow is {overflow!r}, expected "drop-newest" or "drop-oldest"')
        if problems:
            raise EmitterError(
                "invalid_options", f"Failed to create a memory outbox: {'; '.join(problems)}. Correct the options."
            )
        self._max_events = max_events
        self._overflow = overflow
        self._on_dropped: DropListener = lambda event, reason: None
        self.after_fork()

    def open(self, on_dropped: DropListener) -> None:
        self._on_dropped = on_dropped

    def accept(self, event: NewEvent) -> Acceptance:
        dropped: Optional[_Entry] = None
        with self._lock:
            if event.id in self._entries:
                return Acceptance()
            self._accepted += 1
            if len(self._entries) >= self._max_events:
                dropped = self._next_ready() if self._overflow == "drop-oldest" else None
                if dropped is None:
                    self._count_dropped("queue_full")
                    return Acceptance("queue_full")
                self._drop(dropped, "queue_full")
            entry = _Entry(event)
            self._entries[event.id] = entry
            self._ready.append(entry)
        if dropped is not None:
            self._on_dropped(dropped.event, "queue_full")
        return Acceptance()

    def claim(self, max_events: int, lease_s: float) -> List[ClaimedEvent]:
        with self._lock:
            now = time.monotonic()
            if self._next_due <= now:
                self._release(now)
            claimed: List[ClaimedEvent] = []
            while len(claimed) < max_events:
                entry = self._next_ready()
                if entry is None:
                    break
                entry.state = "claimed"
                entry.due = now + lease_s
                claimed.append(ClaimedEvent(entry.event, entry.attempts))
            if claimed:
                self._next_due = min(self._next_due, now + lease_s)
            return claimed

    def renew(self, ids: Sequence[str], lease_s: float) -> None:
        with self._lock:
            due = time.monotonic() + lease_s
            for id in ids:
                entry = self._entries.get(id)
                if entry is not None and entry.state == "claimed":
                    entry.due = due

    def settle(self, settlements: Sequence[Settlement]) -> None:
        with self._lock:
            for settlement in settlements:
                entry = self._entries.get(settlement.id)
                if entry is None:
                    continue
                if settlement.status == "retry":
                    entry.attempts = settlement.attempts
                    if settlement.delay_s > 0:
                        entry.state = "waiting"
                        entry.due = time.monotonic() + settlement.delay_s
                        self._next_due = min(self._next_due, entry.due)
                    else:
                        entry.state = "ready"
                        self._ready.append(entry)
                    continue
                del self._entries[settlement.id]
                entry.state = "settled"
                if settlement.status == "stored":
                    self._delivered += 1
                elif settlement.status == "duplicate":
                    self._duplicate += 1
                else:
                    self._dead += 1

    def counts(self) -> OutboxCounts:
        with self._lock:
            return OutboxCounts(
                self._accepted, self._delivered, self._duplicate, len(self._entries), self._dead, dict(self._dropped)
            )

    def note_receiver_time(self, time_ms: float) -> None:
        """Nothing in memory expires."""

    def next_look_s(self) -> Optional[float]:
        with self._lock:
            if not self._entries or self._next_due == _NEVER:
                return None
            return max(0.0, self._next_due - time.monotonic())

    def close(self) -> None:
        with self._lock:
            left = list(self._entries.values())
            for entry in left:
                self._drop(entry, "closed")
        for entry in left:
            self._on_dropped(entry.event, "closed")

    def after_fork(self) -> None:
        self._lock = threading.Lock()
        self._entries = {}
        self._ready = deque()
        self._next_due = _NEVER
        self._accepted = self._delivered = self._duplicate = self._dead = 0
        self._dropped = {}

    def _next_ready(self) -> Optional[_Entry]:
        while self._ready:
            entry = self._ready.popleft()
            if entry.state == "ready":
                return entry
        return None

    def _release(self, now: float) -> None:
        self._next_due = _NEVER
        for entry in self._entries.values():
            if entry.state == "ready":
                continue
            if entry.due <= now:
                entry.state = "ready"
                self._ready.append(entry)
            else:
                self._next_due = min(self._next_due, entry.due)

    def _drop(self, entry: _Entry, reason: DropReason) -> None:
        del self._entries[entry.event.id]
        entry.state = "settled"
        self._count_dropped(reason)

    def _count_dropped(self, reason: DropReason) -> None:
        self._dropped[reason] = self._dropped.get(reason, 0) + 1


_NEVER = float("inf")
