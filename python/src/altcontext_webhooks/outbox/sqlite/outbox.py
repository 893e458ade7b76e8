"""An outbox in one SQLite file: what was accepted survives ``kill -9`` and a power cut."""

import ctypes
import os
import sqlite3
import threading
import time
import weakref
from contextlib import contextmanager
from typing import Iterator, List, Optional, Sequence

from ...errors import EmitterError
from ..durable_options import DurableOptions
from ..outbox import Acceptance, ClaimedEvent, DropListener, NewEvent, OutboxCounts, Settlement
from ..outbox_clock import OutboxClock
from .clock import SqliteTimes
from .completeness import SqliteCompleteness
from .database import connect, make_private_file, open_database
from .statements import MAX_AT_ONCE, Statements, count, pending

_TIDY_S = 60.0


class SqliteOutbox:
    """Accepting returns after an fsync. One process at a time delivers from a file: the others that emit into it only write,
    and one of them takes over within a second when the first is gone, however it ended. Safe after a fork and in any thread.

    ``path``: the file; it and its folder are created if missing, readable only by this user; ``-wal``, ``-shm`` and ``.lock``
    are beside it. It belongs on a local disk. ``max_events``: how many may wait (default 1 000 000).
    ``poll_interval_s``: how often to look for what other processes did (default 1). ``options``: ages and retention.
    Nothing is opened before the first use. Raises ``EmitterError`` ``invalid_options``.
    """

    is_durable = True
    is_blocking = True

    _lock: threading.RLock
    _database: Optional[sqlite3.Connection]
    _delivery_lock: Optional[sqlite3.Connection]
    _synchronous: str
    _room: int
    _looked_at: float
    _tidy_at: float
    _known: OutboxCounts
    _clock: OutboxClock

    def __init__(
        self,
        path: str,
        max_events: int = 1_000_000,
        poll_interval_s: float = 1,
        options: DurableOptions = DurableOptions(),
    ) -> None:
        problems = []
        if not isinstance(path, str) or path == "" or path == ":memory:" or path.startswith("file:"):
            problems.append("path is not the path of a file")
        if not isinstance(max_events, int) or isinstance(max_events, bool) or max_events < 1:
            problems.append(f"max_events is {max_events!r}, expected a whole number of at least 1")
        if not 0.01 <= poll_interval_s <= 60:
            problems.append(f"poll_interval_s is {poll_interval_s!r}, expected 0.01 to 60")
        if problems:
            raise EmitterError(
                "invalid_options", f"Failed to open the SQLite outbox: {'; '.join(problems)}. Correct the options."
            )
        self._path = path
        self._max_events = max_events
        self._poll_interval = poll_interval_s
        self._options = options
        self._on_dropped: DropListener = lambda event, reason: None
        self._statements = Statements(options)
        self.completeness = SqliteCompleteness(self._reading, self._transaction, lambda: self._delivery_lock is not None)
        self._begin()
        _known_outboxes.add(self)

    def open(self, on_dropped: DropListener) -> None:
        self._on_dropped = on_dropped

    def accept(self, event: NewEvent) -> Acceptance:
        oldest_ms = self._oldest_ms()
        with self._transaction(is_durable=True) as database:
            known = self._statements.accept_again(database, event, oldest_ms)
            if known is not None:
                return known
            if self._room <= 0:
                # Counted only now and then: counting reads everything that waits.
                self._room = min(MAX_AT_ONCE, self._max_events - pending(database))
            if self._room <= 0:
                count(database, "accepted", "dropped:queue_full")
                return Acceptance("queue_full")
            self._room -= 1
            self._statements.accept(database, event)
            return Acceptance()

    def claim(self, max_events: int, lease_s: float) -> List[ClaimedEvent]:
        self._looked_at = time.monotonic()
        if not self._may_deliver():
            return []
        if self._looked_at >= self._tidy_at:
            self._tidy_at = self._looked_at + _TIDY_S
            self._tidy()
        oldest_ms = self._oldest_ms()
        with self._transaction() as database:
            return self._statements.claim(database, max_events, lease_s, oldest_ms)

    def renew(self, ids: Sequence[str], lease_s: float) -> None:
        with self._transaction() as database:
            self._statements.renew(database, ids, lease_s)

    def settle(self, settlements: Sequence[Settlement]) -> None:
        # A lost settlement costs one more attempt, which the receiver recognises by its id: that is not worth an fsync.
        with self._transaction() as database:
            for settlement in settlements:
                self._statements.settle(database, settlement)

    def counts(self) -> OutboxCounts:
        """The file's ledger, for all processes; while the file cannot be read, the last one known."""
        try:
            with self._transaction() as database:
                self._known = self._statements.counts(database)
        except (sqlite3.Error, EmitterError):
            pass
        return self._known

    def note_receiver_time(self, time_ms: float) -> None:
        if self._clock.note_receiver_time(time_ms):
            self._tidy_at = 0.0

    def next_look_s(self) -> Optional[float]:
        return max(0.0, self._looked_at + self._poll_interval - time.monotonic())

    def close(self) -> None:
        with self._lock:
            for connection in (self._database, self._delivery_lock):
                if connection is not None:
                    connection.close()
            self._database = self._delivery_lock = None

    def after_fork(self) -> None:
        # SQLite forbids a connection to be used or closed in a child: it is kept for ever, so that nothing closes it.
        for connection in (self._database, self._delivery_lock):
            if connection is not None:
                _inherited.append(connection)
                ctypes.pythonapi.Py_IncRef(ctypes.py_object(connection))
        self._begin()

    def _begin(self) -> None:
        self._lock = threading.RLock()
        self._database = None
        self._delivery_lock = None
        self._synchronous = ""
        self._room = 0
        self._looked_at = 0.0
        self._tidy_at = 0.0
        self._known = OutboxCounts()
        self._clock = OutboxClock(SqliteTimes(self._transaction))

    def _oldest_ms(self) -> int:
        """Events that were accepted before this are not sent any more."""
        return int(self._clock.latest_ms() - self._options.max_age_s * 1000)

    def _may_deliver(self) -> bool:
        """Takes the lock of the one process that delivers from the file. It is a lock of the operating system, taken by SQLite on a
        file beside it: however the holder dies, it is free again at once.
        """
        with self._lock:
            if self._delivery_lock is not None:
                return True
            lock_path = f"{self._path}.lock"
            make_private_file(lock_path)
            lock = connect(lock_path, 0)
            try:
                lock.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError:
                lock.close()
                return False
            self._delivery_lock = lock
            if self._database is not None:
                self._database.execute("PRAGMA wal_autocheckpoint = 2000")
            with self._transaction() as database:
                self._statements.release_all(database)
            return True

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            if self._database is None:
                self._database = open_database(self._path, self._delivery_lock is not None)
                self._synchronous = ""
            yield self._database

    @contextmanager
    def _transaction(self, is_durable: bool = False) -> Iterator[sqlite3.Connection]:
        """One transaction, on the disk when it ends (``is_durable``) or with the next one that is."""
        with self._reading() as database:
            synchronous = "FULL" if is_durable else "NORMAL"
            if synchronous != self._synchronous:
                database.execute(f"PRAGMA synchronous = {synchronous}")
                self._synchronous = synchronous
            database.execute("BEGIN IMMEDIATE")
            try:
                yield database
                database.execute("COMMIT")
            except BaseException:
                if database.in_transaction:
                    database.execute("ROLLBACK")
                raise

    def _tidy(self) -> None:
        judged_ms = int(self._clock.advance_ms())
        with self._transaction() as database:
            expired = self._statements.tidy(database, judged_ms)
        for event in expired:
            self._on_dropped(event, "expired")
        with self._lock:
            # What was erased from a row is still in the log until the log is moved into the file.
            if self._database is not None:
                self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


_inherited: List[sqlite3.Connection] = []

# SQLite notes in the process's memory what is locked, and a child inherits the note without the lock: the child would wait
# until its time-out for whatever a thread of the parent had locked at the moment of the fork. So a fork waits for the end of a
# transaction. The child begins with locks of its own (``after_fork``).
_known_outboxes: "weakref.WeakSet[SqliteOutbox]" = weakref.WeakSet()
_held: List[threading.RLock] = []


def _hold_all() -> None:
    for outbox in list(_known_outboxes):
        outbox._lock.acquire()
        _held.append(outbox._lock)


def _release_all() -> None:
    while _held:
        _held.pop().release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_hold_all, after_in_parent=_release_all, after_in_child=_held.clear)
