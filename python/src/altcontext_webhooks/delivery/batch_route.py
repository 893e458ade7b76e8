"""What has been learnt about the receiver's batch route."""

import time

# A page with 404 may come from whoever answers while a receiver is deployed, and one by one is slow. So a route that is
# missing for the first time is asked for again after one time-out, then after twice as long each time, until it answers.
_FIRST_MISSING_S = 10.0
_REMEMBER_S = 300.0


class BatchRoute:
    """That it is not there (404, 405), or that it takes less than we send (413). Forgotten after a while, because
    receivers are deployed again.
    """

    def __init__(self, max_events: int) -> None:
        self._most = max_events
        self._learnt = max_events
        self._forget_at = float("-inf")
        self._missing_s = _FIRST_MISSING_S

    def max_events(self) -> int:
        """How many events to send together; 1 while the route is thought to be missing."""
        if self._learnt < self._most and time.monotonic() >= self._forget_at:
            self._learnt = self._most
        return self._learnt

    def note_missing(self) -> None:
        # Another request that was under way when it was learnt.
        if self._learnt == 1 and time.monotonic() < self._forget_at:
            return
        self._learn(1, self._missing_s)
        self._missing_s = min(self._missing_s * 2, _REMEMBER_S)

    def note_answered(self) -> None:
        """It is there: whatever said otherwise was not the receiver, or has been replaced."""
        self._missing_s = _FIRST_MISSING_S

    def note_too_large(self, events: int) -> None:
        self._learn(min(self._learnt, -(-events // 2)), _REMEMBER_S)

    def _learn(self, most: int, for_s: float) -> None:
        self._learnt = max(1, most)
        self._forget_at = time.monotonic() + for_s
