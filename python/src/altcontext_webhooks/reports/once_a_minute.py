"""Logs each cause once a minute, with how often it occurred: a full disk would otherwise flood the log."""

import threading
import time
from typing import Callable, Dict, List, Optional, Tuple

_MINUTE_S = 60.0


class _Cause:
    """What is known of a cause since its last line."""

    def __init__(self, level: int, line: str) -> None:
        self.level = level
        self.line = line
        self.count = 0
        self.ends_at = time.monotonic() + _MINUTE_S

    def take_line(self) -> Tuple[int, str]:
        line = f"{self.line} count={self.count}"
        self.count = 0
        return self.level, line


class OnceAMinute:
    """The first failure of a cause is logged at once. Those of the following minute become one line, with a count, at its end."""

    def __init__(self, write: Callable[[int, str], None]) -> None:
        self._write = write
        self._lock = threading.Lock()
        # In the order in which their minutes end, so one timer is enough.
        self._causes: Dict[object, _Cause] = {}
        self._timer: Optional[threading.Timer] = None
        self._is_closed = False

    def note(self, cause: object, level: int, line: str) -> None:
        """``cause`` is what lines about the same failure have in common."""
        with self._lock:
            known = self._causes.get(cause)
            if known is not None:
                known.level, known.line = level, line
                known.count += 1
                return
            self._causes[cause] = _Cause(level, line)
            self._await_next_end()
        self._write(level, line)

    def flush(self) -> None:
        """Logs what has been counted, and forgets every cause."""
        with self._lock:
            causes = list(self._causes.values())
            self._causes.clear()
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
        for known in causes:
            if known.count > 0:
                self._write(*known.take_line())

    def close(self) -> None:
        """Logs what has been counted. Of failures that follow, from requests that were under way, the first of each cause is
        logged, and nobody waits for the end of its minute."""
        self.flush()
        self._is_closed = True

    def _await_next_end(self) -> None:
        if self._timer is not None or self._is_closed or not self._causes:
            return
        first = next(iter(self._causes.values()))
        timer = threading.Timer(max(0.0, first.ends_at - time.monotonic()), self._end_minutes)
        timer.name = "webhook-causes"
        timer.daemon = True
        try:
            timer.start()
        except RuntimeError:
            # The interpreter is ending and can start no more threads: `flush` logs what is counted.
            return
        self._timer = timer

    def _end_minutes(self) -> None:
        lines: List[Tuple[int, str]] = []
        with self._lock:
            if self._timer is not threading.current_thread():
                return
            self._timer = None
            now = time.monotonic()
            for cause, known in list(self._causes.items()):
                if known.ends_at > now:
                    break
                del self._causes[cause]
                if known.count > 0:
                    lines.append(known.take_line())
                    known.ends_at = now + _MINUTE_S
                    self._causes[cause] = known
            self._await_next_end()
        for level, line in lines:
            self._write(level, line)
