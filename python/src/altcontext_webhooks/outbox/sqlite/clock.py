"""What the outbox knows about the time, kept in its file. The clock is this machine's."""

import sqlite3
import time
from contextlib import AbstractContextManager
from typing import Callable, Optional, Tuple

from ..outbox_clock import KeptTime

# The wall clock at the start, plus the time that has really passed since: when somebody sets the clock, no lease ends early
# and no retry waits for hours.
_START_S = time.time() - time.monotonic()


class SqliteTimes:
    """``transaction`` opens one."""

    def __init__(self, transaction: Callable[[], "AbstractContextManager[sqlite3.Connection]"]) -> None:
        self._transaction = transaction

    def read_clock(self) -> Tuple[float, Optional[KeptTime]]:
        with self._transaction() as database:
            mark, is_confirmed = database.execute("SELECT mark, is_confirmed FROM clock").fetchone()
        # Read again, because the value that the process began with may have been corrected since.
        return time.time() * 1000, KeptTime(mark, bool(is_confirmed)) if mark > 0 else None

    def keep_time(self, kept: KeptTime) -> None:
        with self._transaction() as database:
            database.execute(
                "UPDATE clock SET mark = max(mark, ?), is_confirmed = max(is_confirmed, ?)",
                (round(kept.time_ms), kept.is_confirmed),
            )

    def correct_times(self, before_ms: float, by_ms: float, now_ms: float) -> None:
        with self._transaction() as database:
            now = round(now_ms)
            # Waits end by the time that is written in the row, which may be ahead of the one that was kept.
            values = {"by": round(by_ms), "before": round(before_ms), "now": now, "ahead": now_to_write_ms(database) - now}
            database.execute(
                """UPDATE events SET accepted_at = min(accepted_at + max(:by, 0), :now),
                     changed_at = min(changed_at + max(:by, 0), :now),
                     due_at = iif(due_at > :now AND :by < 0, max(due_at - :ahead, 1), due_at)
                   WHERE :by > 0 AND accepted_at < :before OR max(accepted_at, changed_at) > :now""",
                values,
            )
            database.execute("UPDATE clock SET mark = ?, is_confirmed = 1", (now,))

    def release_future_waits(self) -> None:
        """Done when the file is opened for delivery."""


def now_to_write_ms(database: sqlite3.Connection) -> int:
    """Never behind what the file knows."""
    (mark,) = database.execute("SELECT mark FROM clock").fetchone()
    return max(int((_START_S + time.monotonic()) * 1000), int(mark))
