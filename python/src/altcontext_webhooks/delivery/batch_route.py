"""What has been learnt about the receiver's batch route."""

import time

_REMEMBER_S = 300.0


class BatchRoute:
    """That it is not there (404, 405), or that it takes less than we send (413). Forgotten after five minutes, because
    receivers are deployed again.
    """

    def __init__(self, max_events: int) -> None:
        self._most = max_events
        self._learnt = max_events
        self._forget_at = 0.0

    def max_events(self) -> int:
        """How many events to send together; 1 while the route is thought to be missing."""
        if self._learnt < self._most and time.monotonic() >= self._forget_at:
            self._learnt = self._most
        return self._learnt

    def note_missing(self) -> None:
        self._learn(1)

    def note_too_large(self, events: int) -> None:
        self._learn(min(self._learnt, -(-events // 2)))

    def _learn(self, most: int) -> None:
        self._learnt = max(1, most)
        self._forget_at = time.monotonic() + _REMEMBER_S
