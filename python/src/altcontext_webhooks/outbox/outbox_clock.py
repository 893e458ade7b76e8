"""The time by which a durable outbox judges how old its events are."""

import logging
import time
from typing import NamedTuple, Optional, Protocol, Tuple

logger = logging.getLogger("altcontext_webhooks")

# A clock that is further than this from the time that has certainly passed is reported: it is wrong, or no process ran for so long.
_MAX_UNWATCHED_MS = 86_400_000
_MAX_DIFFERENCE_MS = 3_600_000
# The time is kept every minute. Events that were accepted after it was last kept still belong to it.
_MAX_UNKEPT_MS = 120_000
_MAX_READING_AGE_MS = 10_000


class KeptTime(NamedTuple):
    time_ms: float
    """Milliseconds since 1970."""
    is_confirmed: bool
    """Whether a second clock has ever agreed with it."""


class OutboxTimes(Protocol):
    """Where it is kept, and whose clock it is."""

    def read_clock(self) -> Tuple[float, Optional[KeptTime]]:
        """The clock of the machine or the database in milliseconds since 1970, and what was kept last."""

    def keep_time(self, kept: KeptTime) -> None:
        """Never goes back, and what is confirmed stays confirmed."""

    def correct_times(self, before_ms: float, by_ms: float, now_ms: float) -> None:
        """The kept time was wrong by ``by_ms``: it is ``now_ms``, and that is confirmed. When it was behind, the times of
        events that were accepted before ``before_ms`` are moved with it; when it was ahead, none is left in the future.
        """

    def release_future_waits(self) -> None:
        """The clock was set back, or may have been: events that wait for a moment by the old clock may be claimed now."""


class OutboxClock:
    """What is erased for its age is gone for good, and a clock may be years wrong, at one start or at several. So this time
    advances only on evidence: while a process runs, by the time that really passes; over a time in which none ran, only once the
    receiver's clock agrees with the outbox's own. The rules are those of the Node emitter's ``OutboxClock``.
    """

    def __init__(self, times: OutboxTimes) -> None:
        self._times = times
        # Moments minus the monotonic clock, so that they advance with it.
        self._own: Optional[float] = None
        self._read_at = 0.0
        self._receiver: Optional[float] = None
        self._certain: Optional[KeptTime] = None
        self._began_ms = 0.0
        self._is_told = False

    def advance_ms(self) -> float:
        """Advances the time, keeps it, and returns it: it is certainly at least this late."""
        now_ms, kept = self._read()
        ahead_ms = now_ms - kept.time_ms
        if self._receiver is not None and abs(self._receiver + _monotonic_ms() - now_ms) <= _MAX_DIFFERENCE_MS:
            self._is_told = False
            self._confirm(now_ms, kept)
            return now_ms
        if abs(ahead_ms) <= _MAX_UNWATCHED_MS:
            self._is_told = False
        elif not self._is_told:
            self._is_told = True
            logger.error(
                "The clock is %.1f days %s the last moment that the outbox is sure of: no event expires by it until the "
                "receiver's clock agrees. Check the clock.",
                abs(ahead_ms) / 86_400_000,
                "ahead of" if ahead_ms > 0 else "behind",
            )
        self._times.keep_time(kept)
        return kept.time_ms

    def latest_ms(self) -> float:
        """The latest that it may be, unless every clock is wrong. Events that are too old by it are not sent, and not erased yet."""
        now = _monotonic_ms()
        if self._own is None or self._certain is None or now - self._read_at > _MAX_READING_AGE_MS:
            self._read()
        assert self._own is not None and self._certain is not None
        clocks = [self._own] if self._receiver is None else [self._own, self._receiver]
        return max(self._certain.time_ms, min(clocks)) + _monotonic_ms()

    def note_receiver_time(self, time_ms: float) -> bool:
        """What the receiver's clock says at this moment. Returns whether that is news."""
        receiver = time_ms - _monotonic_ms()
        is_news = self._receiver is None or abs(self._receiver - receiver) > _MAX_DIFFERENCE_MS
        self._receiver = receiver
        return is_news

    def _read(self) -> Tuple[float, KeptTime]:
        now_ms, kept = self._times.read_clock()
        monotonic_ms = _monotonic_ms()
        if self._own is None or now_ms < self._own + monotonic_ms - _MAX_DIFFERENCE_MS:
            self._times.release_future_waits()
        self._own, self._read_at = now_ms - monotonic_ms, monotonic_ms
        if self._certain is None:
            self._began_ms = now_ms if kept is None else kept.time_ms
            self._certain = KeptTime(self._began_ms - monotonic_ms, kept is not None and kept.is_confirmed)
        if kept is not None:
            known = KeptTime(kept.time_ms - monotonic_ms, kept.is_confirmed)
            # Another process may know a later time.
            if (known.is_confirmed, known.time_ms) > (self._certain.is_confirmed, self._certain.time_ms):
                self._certain = known
        return now_ms, KeptTime(self._certain.time_ms + monotonic_ms, self._certain.is_confirmed)

    def _confirm(self, now_ms: float, kept: KeptTime) -> None:
        by_ms = now_ms - kept.time_ms
        # Two clocks agree that the kept time was wrong, or only one clock ever confirmed it. How long events had waited by it
        # is still known.
        if abs(by_ms) > _MAX_DIFFERENCE_MS and (by_ms < 0 or not kept.is_confirmed):
            self._times.correct_times(self._began_ms + _MAX_UNKEPT_MS, by_ms, now_ms)
        else:
            self._times.keep_time(KeptTime(now_ms, True))
        self._certain = KeptTime(now_ms - _monotonic_ms(), True)


def _monotonic_ms() -> float:
    return time.monotonic() * 1000
