"""Says of each cause once a minute that it is there, and how often: a full disk would otherwise fill the log with itself."""

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
    """The first of a cause is written at once. Those of the minute after it are one line, with a count, at its end."""

    def __init__(self, write: Callable[[int, str], None]) -> None:
        self._write = write
        self._lock = threading.Lock()
        # In the order in which their minutes end, so one timer is enough.
        self._causes: Dict[object, _Cause] = {}
        self._timer: Optional[threading.Timer] = None
        self._is_closed = False

    def note(self, cause: object, level: int, line: str) -> None:
        """``cause`` is what two lines have in common that say the same."""
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
        """Writes what has been counted, and forgets every cause."""
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
        """Writes what has been counted. Of what is told afterwards, by a request that was under way, the first of each cause is
        written, and nobody waits for the end of its minute."""
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
            # The interpreter is ending and starts no thread any more: `flush` writes what is counted.
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
