"""When an event is tried again."""

import random
from typing import Optional

from ..options import EmitterOptions

_JITTER = 0.2


class RetrySchedule:
    """``attempts`` is always the number of counted attempts that have failed so far."""

    def __init__(self, options: EmitterOptions) -> None:
        self._delays = options.delays_s
        self._long_delays = options.long_delays_s
        self._max_retry_after = options.max_retry_after_s

    def short_delay_s(self, attempts: int) -> Optional[float]:
        """The wait before the next short retry, while the emitter holds the event; None when there is none left."""
        return self._delays[attempts - 1] if 0 < attempts <= len(self._delays) else None

    def long_delay_s(self, attempts: int) -> Optional[float]:
        """The wait in the outbox before the next long retry, give or take 20 %; None when there is none left."""
        index = attempts - len(self._delays) - 1
        if not 0 <= index < len(self._long_delays):
            return None
        return self._long_delays[index] * random.uniform(1 - _JITTER, 1 + _JITTER)

    def paced_delay_s(self, step: int, retry_after_s: float) -> float:
        """The wait before an attempt that does not count: what the receiver asked for, and never less than the schedule's."""
        own = self._delays[min(step, len(self._delays) - 1)] if self._delays else 1.0
        return max(own, self.believed(retry_after_s))

    def believed(self, retry_after_s: float) -> float:
        """A ``Retry-After``, cut at its ceiling."""
        return min(retry_after_s, self._max_retry_after)
