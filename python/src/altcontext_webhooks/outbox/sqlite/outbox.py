"""An outbox in one SQLite file: what was accepted survives ``kill -9`` and a power cut."""

import ctypes
import json
import os
import sqlite3
import threading
import time
import weakref
from contextlib import contextmanager
from datetime import datetime, timezone
from typing import Dict, Iterator, List, Optional, Sequence

from ...errors import EmitterError
from ...privacy.private_fields import erase_private_fields
from ..durable_options import DurableOptions, to_entry
from ..kept_body import kept_body_sql
from ..outbox import Acceptance, ClaimedEvent, DropListener, NewEvent, OutboxCounts, Settlement
from ..outbox_clock import OutboxClock
from .clock import SqliteTimes, now_to_write_ms
from .completeness import SqliteCompleteness, prune_events
from .database import connect, make_private_file, open_database

_TIDY_S = 60.0
_MOST_AT_ONCE = 10_000

_APPEND_ENTRY = """json_insert(iif(json_array_length(history) < 50, history, json_remove(history, '$[0]')), '$[#]', json(?))"""


class SqliteOutbox:
    """Accepting returns after an fsync. One process at a time delivers from a file: the others that emit into it only write,
    and one of them goes on within a second when the first is gone, however it ended. Safe after a fork and in any thread.

    ``path``: the file; it and its folder are made when missing, readable by this user alone; ``-wal``, ``-shm`` and ``.lock``
    stand beside it. It belongs on a local disk. ``max_events``: the most that wait (default 1 000 000).
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
        self._kept_body = kept_body_sql(options.contract, "events", _without_fields)
        self.completeness = SqliteCompleteness(self._reading, self._transaction, lambda: self._delivery_lock is not None)
        self._begin()
        _known_outboxes.add(self)

    def open(self, on_dropped: DropListener) -> None:
        self._on_dropped = on_dropped

    def accept(self, event: NewEvent) -> Acceptance:
        oldest_ms = self._oldest_ms()
        with self._transaction(is_durable=True) as database:
            known = database.execute("SELECT state, reason, accepted_at FROM events WHERE id = ?", (event.id,)).fetchone()
            if known is not None:
                return self._accept_again(database, event, oldest_ms, *known)
            if self._room <= 0:
                # Counted once in a while: what waits is read for it.
                self._room = min(_MOST_AT_ONCE, self._max_events - _pending(database))
            if self._room <= 0:
                _count(database, "accepted", "dropped:queue_full")
                return Acceptance("queue_full")
            self._room -= 1
            now = now_to_write_ms(database)
            database.execute(
                "INSERT INTO events (id, event_type, body, traceparent, accepted_at, changed_at) VALUES (?, ?, ?, ?, ?, ?)",
                (*event, now, now),
            )
            _count(database, "accepted")
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
            now = now_to_write_ms(database)
            # Whoever had claimed it may have sent it. What has waited has not been claimed since.
            database.execute(
                """UPDATE events SET due_at = 0, is_compared = max(is_compared, is_claimed), is_claimed = 0
                   WHERE state = 'pending' AND due_at > 0 AND due_at <= ?""",
                (now,),
            )
            rows = database.execute(
                """UPDATE events SET due_at = ?, is_claimed = 1 WHERE seq IN (
                     SELECT seq FROM events WHERE state = 'pending' AND due_at = 0 AND accepted_at >= ? ORDER BY seq LIMIT ?)
                   RETURNING seq, id, event_type, body, traceparent, attempts""",
                (now + int(lease_s * 1000), oldest_ms, max_events),
            ).fetchall()
        return [ClaimedEvent(NewEvent(*row[1:5]), row[5]) for row in sorted(rows)]

    def renew(self, ids: Sequence[str], lease_s: float) -> None:
        with self._transaction() as database:
            due_at = now_to_write_ms(database) + int(lease_s * 1000)
            database.executemany(
                "UPDATE events SET due_at = ? WHERE id = ? AND state = 'pending' AND is_claimed = 1",
                [(due_at, id) for id in ids],
            )

    def settle(self, settlements: Sequence[Settlement]) -> None:
        # A lost settlement is one more attempt, which the receiver knows by its id: it does not pay for an fsync.
        with self._transaction() as database:
            for settlement in settlements:
                self._settle(database, settlement)

    def counts(self) -> OutboxCounts:
        """The file's ledger, of all processes; the last one known while the file cannot be read."""
        try:
            with self._transaction() as database:
                counters: Dict[str, int] = dict(database.execute("SELECT counter, events FROM ledger").fetchall())
                pending = _pending(database)
        except (sqlite3.Error, EmitterError):
            return self._known
        self._known = OutboxCounts(
            accepted=counters.get("accepted", 0),
            delivered=counters.get("delivered", 0),
            duplicate=counters.get("duplicate", 0),
            pending=pending,
            dead=counters.get("dead", 0),
            dropped={name[8:]: count for name, count in counters.items() if name.startswith("dropped:") and count > 0},
        )
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

    def _accept_again(
        self, database: sqlite3.Connection, event: NewEvent, oldest_ms: int, state: str, reason: Optional[str], accepted_at: int
    ) -> Acceptance:
        if state in ("pending", "delivered", "duplicate"):
            return Acceptance()
        now = now_to_write_ms(database)
        if accepted_at < oldest_ms:
            _count(database, "accepted", "dropped:expired")
            return Acceptance("expired")
        # Somebody emits a dead event again: that is a replay.
        database.execute(
            f"""UPDATE events SET state = 'pending', body = ?, reason = NULL, attempts = 0, due_at = 0, is_claimed = 0,
                changed_at = ?, is_erased = 0, history = {_APPEND_ENTRY} WHERE id = ?""",
            (event.body, now, _entry("replayed", 0, ""), event.id),
        )
        _count(database, "dead" if state == "dead" else f"dropped:{reason}", by=-1)
        return Acceptance()

    def _oldest_ms(self) -> int:
        """What was accepted before is not sent any more."""
        return int(self._clock.latest_ms() - self._options.max_age_s * 1000)

    def _settle(self, database: sqlite3.Connection, settlement: Settlement) -> None:
        now = now_to_write_ms(database)
        if settlement.status == "retry":
            due_at = now + int(settlement.delay_s * 1000) if settlement.delay_s > 0 else 0
            database.execute(
                f"""UPDATE events SET attempts = ?, is_claimed = 0, due_at = ?, changed_at = ?, history = {_APPEND_ENTRY}
                    WHERE id = ? AND state = 'pending'""",
                (settlement.attempts, due_at, now, _entry("retry", settlement.attempts, settlement.detail), settlement.id),
            )
            return
        state = {"stored": "delivered", "duplicate": "duplicate", "dead": "dead"}[settlement.status]
        # A duplicate at the first attempt is somebody else's event.
        is_ours = state == "delivered" or (state == "duplicate" and settlement.attempts > 1)
        changed = database.execute(
            f"""UPDATE events SET state = ?, reason = ?, body = iif(? = 'dead', body, {self._kept_body}), attempts = ?,
                is_compared = max(is_compared, ?), is_claimed = 0, due_at = 0, changed_at = ?, history = {_APPEND_ENTRY}
                WHERE id = ? AND state = 'pending'""",
            (
                *(state, settlement.reason, state, settlement.attempts, is_ours, now),
                *(_entry(state, settlement.attempts, settlement.detail), settlement.id),
            ),
        ).rowcount
        if changed == 1:
            _count(database, state)

    def _may_deliver(self) -> bool:
        """Takes the lock of the file's one deliverer. It is the operating system's, taken by SQLite on a file beside it: however
        the holder dies, it is free again at once.
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
                now = now_to_write_ms(database)
                # Nobody else delivers: whatever was claimed belonged to a process that is gone. And what waits was due by a
                # clock that may have been set back since.
                database.execute(
                    "UPDATE events SET due_at = 0, is_claimed = 0, is_compared = 1 WHERE state = 'pending' AND is_claimed = 1"
                )
                database.execute(
                    """UPDATE events SET due_at = due_at - changed_at + ?
                       WHERE state = 'pending' AND due_at > 0 AND changed_at > ?""",
                    (now, now),
                )
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
        options, judged_ms = self._options, int(self._clock.advance_ms())
        with self._transaction() as database:
            now = now_to_write_ms(database)
            expired = database.execute(
                """SELECT id, event_type, body, traceparent FROM events
                   WHERE state = 'pending' AND is_claimed = 0 AND accepted_at < ? ORDER BY seq LIMIT ?""",
                (judged_ms - int(options.max_age_s * 1000), _MOST_AT_ONCE),
            ).fetchall()
            for row in expired:
                database.execute(
                    f"""UPDATE events SET state = 'dropped', reason = 'expired', body = NULL, changed_at = ?,
                        history = {_APPEND_ENTRY} WHERE id = ?""",
                    (now, _entry("dropped", 0, "expired"), row[0]),
                )
            _count(database, "dropped:expired", by=len(expired))
            unerased = database.execute(
                "SELECT id, body FROM events WHERE state = 'dead' AND is_erased = 0 AND changed_at < ? LIMIT ?",
                (judged_ms - int(options.dead_private_fields_s * 1000), _MOST_AT_ONCE),
            ).fetchall()
            database.executemany(
                "UPDATE events SET body = ?, is_erased = 1 WHERE id = ?",
                [(erase_private_fields(options.contract, body), id) for id, body in unerased],
            )
            prune_events(
                database,
                """FROM events WHERE seq IN (SELECT seq FROM events
                   WHERE state <> 'pending' AND changed_at < iif(state = 'dead', ?, ?) LIMIT ?)""",
                (
                    *(judged_ms - int(age_s * 1000) for age_s in (options.dead_retention_s, options.log_retention_s)),
                    _MOST_AT_ONCE,
                ),
            )
        for row in expired:
            self._on_dropped(NewEvent(*row), "expired")
        with self._lock:
            # What was erased from a row is in the log until it is moved into the file.
            if self._database is not None:
                self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


_inherited: List[sqlite3.Connection] = []

# SQLite notes in the process's memory what is locked, and a child inherits the note without the lock: whatever a thread of the
# parent had locked at the moment of the fork, the child would wait for until its time-out. So a fork waits for the end of a
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


def _without_fields(body: str, fields: Sequence[str]) -> str:
    paths = ", ".join(f"'$.payload.\"{field.replace(chr(39), chr(39) * 2)}\"'" for field in fields)
    return f"iif(json_valid({body}), json_remove({body}, {paths}), NULL)"


def _pending(database: sqlite3.Connection) -> int:
    return int(database.execute("SELECT count(*) FROM events WHERE state = 'pending'").fetchone()[0])


def _count(database: sqlite3.Connection, *counters: str, by: int = 1) -> None:
    database.executemany(
        "INSERT INTO ledger VALUES (?, ?) ON CONFLICT (counter) DO UPDATE SET events = events + excluded.events",
        [(counter, by) for counter in counters],
    )


def _entry(what: str, attempts: int, detail: str) -> str:
    at = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return json.dumps({"at": at, **to_entry(what, attempts, detail)})
