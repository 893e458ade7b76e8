"""What has been learned about the receiver's batch route."""

import time

# While a receiver is deployed, something else may respond with 404 in its place, and sending one by one is slow. So a missing
# route is tried again after one time-out, then after twice as long each time, until it responds.
_FIRST_MISSING_S = 10.0
_REMEMBER_S = 300.0


class BatchRoute:
    """Whether it is missing (404, 405), or takes less than we send (413). This is forgotten after a while, because receivers
    are deployed again.
    """

    def __init__(self, max_events: int) -> None:
        self._max_events = max_events
        self._learned = max_events
        self._forget_at = float("-inf")
        self._missing_s = _FIRST_MISSING_S

    def max_events(self) -> int:
        """How many events to send together; 1 while the route is thought to be missing."""
        if self._learned < self._max_events and time.monotonic() >= self._forget_at:
            self._learned = self._max_events
        return self._learned

    def note_missing(self) -> None:
        # Another request was under way when this was learned.
        if self._learned == 1 and time.monotonic() < self._forget_at:
            return
        self._learn(1, self._missing_s)
        self._missing_s = min(self._missing_s * 2, _REMEMBER_S)

    def note_present(self) -> None:
        """The route exists: whatever said otherwise was not the receiver, or has been replaced."""
        self._missing_s = _FIRST_MISSING_S

    def note_too_large(self, events: int) -> None:
        self._learn(min(self._learned, -(-events // 2)), _REMEMBER_S)

    def _learn(self, max_events: int, for_s: float) -> None:
        self._learned = max(1, max_events)
        self._forget_at = time.monotonic() + for_s
