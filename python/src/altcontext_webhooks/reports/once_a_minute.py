"""Says of each cause once a minute that it is there, and how often: a full disk would otherwise fill the log with itself."""

import threading
from typing import Callable, Dict, Optional

_MINUTE_S = 60.0


class _Cause:
    """What is known of a cause since its last line."""

    def __init__(self, level: int, line: str) -> None:
        self.level = level
        self.line = line
        self.count = 0
        self.timer: Optional[threading.Timer] = None

    def take_line(self) -> str:
        line = f"{self.line} count={self.count}"
        self.count = 0
        return line


class OnceAMinute:
    """The first of a cause is written at once. Those of the minute after it are one line, with a count, at its end."""

    def __init__(self, write: Callable[[int, str], None]) -> None:
        self._write = write
        self._lock = threading.Lock()
        self._causes: Dict[object, _Cause] = {}

    def note(self, cause: object, level: int, line: str) -> None:
        """``cause`` is what two lines have in common that say the same."""
        with self._lock:
            known = self._causes.get(cause)
            if known is not None:
                known.level, known.line = level, line
                known.count += 1
                return
            known = self._causes[cause] = _Cause(level, line)
            self._begin_minute(cause, known)
        self._write(level, line)

    def flush(self) -> None:
        """Writes what has been counted, and forgets every cause."""
        with self._lock:
            causes = list(self._causes.values())
            self._causes.clear()
        for known in causes:
            if known.timer is not None:
                known.timer.cancel()
            if known.count > 0:
                self._write(known.level, known.take_line())

    def _begin_minute(self, cause: object, known: _Cause) -> None:
        timer = threading.Timer(_MINUTE_S, self._end_minute, (cause, known))
        timer.daemon = True
        try:
            timer.start()
        except RuntimeError:
            # The interpreter is ending and starts no thread any more: `flush` writes what is counted.
            return
        known.timer = timer

    def _end_minute(self, cause: object, known: _Cause) -> None:
        with self._lock:
            if self._causes.get(cause) is not known:
                return
            if known.count == 0:
                del self._causes[cause]
                return
            line = known.take_line()
            self._begin_minute(cause, known)
        self._write(known.level, line)
