"""Whether the sender sends, or has stopped because something is wrong with itself."""

import time
from typing import Optional, Sequence, Set

from .judge_response import SenderFault

# The longest wait before a sender with a wrong key checks again whether it is accepted, however long its time-out is.
_MAX_TRY_INTERVAL_S = 60.0
# An event that was refused is tried after those that were not, so that no single event can keep the sender paused.
_BEHIND_OTHERS_S = 0.05
# A pause begins with a few requests and goes on with one event at a time.
_MAX_REMEMBERED = 50_000


class SenderPause:
    """While it is paused, one event at a time is sent, and only when a try is due. The caller holds the sender's lock.

    ``timeout_s`` is that of one attempt: once the fault is corrected, the next try comes within it.
    """

    def __init__(self, first_delay_s: float, timeout_s: float) -> None:
        self._first_delay = first_delay_s
        self._longest_delay = max(first_delay_s, min(timeout_s, _MAX_TRY_INTERVAL_S))
        self._fault: Optional[SenderFault] = None
        self._since = 0.0
        self._next_try = 0.0
        self._tries = 0
        self._refused: Set[str] = set()
        self._disproved: Set[str] = set()

    @property
    def fault(self) -> Optional[SenderFault]:
        """Since its first response and until another response disproves it."""
        return self._fault

    def try_due_s(self) -> Optional[float]:
        """How long until the next try; None when the sender is not paused."""
        return None if self._fault is None else max(0.0, self._next_try - time.monotonic())

    def note_fault(self, fault: SenderFault, ids: Sequence[str], started: float) -> Optional[float]:
        """How long the events of a request that was blamed on the sender go back to the outbox, without counting an attempt.
        None when it is a failed attempt after all, because other events have been accepted since these were refused.
        """
        if any(id in self._disproved for id in ids):
            return None
        is_new = self._fault is None
        if is_new:
            self._since = time.monotonic()
            self._tries = 0
        self._fault = fault
        if len(self._refused) < _MAX_REMEMBERED:
            self._refused.update(ids)
        # Requests that were under way when it paused say nothing new.
        if is_new or started >= self._next_try:
            self._schedule_try(time.monotonic())
        return max(0.0, self._next_try - time.monotonic()) + _BEHIND_OTHERS_S

    def note_accepted(self, started: float) -> bool:
        """The receiver has said something about an event: nothing is wrong with the sender. Returns whether that ends a pause."""
        # A request that was sent before the refusal proves nothing about a key that was changed in between.
        if self._fault is None or started < self._since:
            return False
        self._fault = None
        self._disproved = self._refused
        self._refused = set()
        return True

    def note_inconclusive(self, started: float) -> None:
        """The event that was tried got no response that says anything about the sender (a network error, 503, 429)."""
        if self._fault is not None and started >= self._next_try:
            # Counted from its start: a receiver that swallows requests takes a whole time-out for each.
            self._schedule_try(started)

    def _schedule_try(self, since: float) -> None:
        # A power of two would overflow after a year of tries.
        self._next_try = since + min(self._first_delay * 2.0 ** min(self._tries, 30), self._longest_delay)
        self._tries += 1
