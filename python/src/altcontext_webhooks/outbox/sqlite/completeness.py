"""What a file can say about its delivered events, and what is kept of them when they are pruned."""

import json
import sqlite3
from contextlib import AbstractContextManager
from typing import Callable, Dict, List, Sequence, Tuple

from ...contract.id_bucket import IdRange, bucket_of
from ...contract.id_digest import IdSum, to_sum_text
from ..outbox import NewEvent
from ..outbox_completeness import AcceptedEvent, OutboxProgress, SealedBucket
from .clock import now_to_write_ms

# Delivered, and stored with the id of this outbox: the result was stored, or duplicate after an earlier attempt of ours. An event
# that was a duplicate at once was sent by somebody else, or had been pruned here and was emitted again: its sum is kept already.
# So `is_compared` of a waiting event says that it may have been sent.
_IS_COMPARED = "state IN ('delivered', 'duplicate') AND is_compared = 1"
_IN_RANGE = "id >= ? AND id < ?"
# Higher than the beginning of any id.
_BEHIND_ALL_IDS = "g"
_SOME_IDS = "id IN (SELECT value FROM json_each(?))"


class SqliteCompleteness:
    """``reading`` lends the connection without a transaction, so that no writer has to wait; ``transaction`` opens one."""

    def __init__(
        self,
        reading: Callable[[], "AbstractContextManager[sqlite3.Connection]"],
        transaction: Callable[[], "AbstractContextManager[sqlite3.Connection]"],
        is_delivering: Callable[[], bool],
    ) -> None:
        self._reading = reading
        self._transaction = transaction
        self.speaks_for_outbox = is_delivering

    def producer(self) -> str:
        with self._reading() as database:
            return str(database.execute("SELECT id FROM producer").fetchone()[0])

    def delivered_ids(self, range: IdRange, max_ids: int) -> List[str]:
        statement = f"SELECT id FROM events WHERE {_IN_RANGE} AND {_IS_COMPARED} ORDER BY id LIMIT ?"
        with self._reading() as database:
            return [id for (id,) in database.execute(statement, (*_bounds(range), max_ids))]

    def other_ids(self, range: IdRange) -> List[str]:
        statement = f"SELECT id FROM events WHERE {_IN_RANGE} AND NOT ({_IS_COMPARED})"
        with self._reading() as database:
            return [id for (id,) in database.execute(statement, _bounds(range))]

    def sealed_buckets(self) -> List[SealedBucket]:
        with self._reading() as database:
            rows = database.execute("SELECT bucket, events, total FROM sealed ORDER BY bucket").fetchall()
        return [SealedBucket(bucket, count, int(total, 16)) for bucket, count, total in rows]

    def delivered_events(self, ids: Sequence[str]) -> List[NewEvent]:
        statement = f"SELECT id, event_type, body FROM events WHERE {_IS_COMPARED} AND body IS NOT NULL AND {_SOME_IDS}"
        with self._reading() as database:
            return [NewEvent(*row) for row in database.execute(statement, (json.dumps(list(ids)),))]

    def stop_comparing(self, ids: Sequence[str]) -> None:
        # The lock is for writing alone: it would hold up whoever delivers.
        if ids:
            with self._transaction() as database:
                database.execute(f"UPDATE events SET is_compared = 0 WHERE {_SOME_IDS}", (json.dumps(list(ids)),))

    def accepted_events(self, since_ms: float, after: str, max_events: int) -> List[AcceptedEvent]:
        statement = "SELECT id, body FROM events WHERE id > ? AND accepted_at >= ? ORDER BY id LIMIT ?"
        with self._reading() as database:
            return [AcceptedEvent(*row) for row in database.execute(statement, (after, since_ms, max_events))]

    def take_turn(self, interval_s: float) -> bool:
        def is_due(database: sqlite3.Connection, now_ms: int) -> bool:
            statement = "SELECT id FROM producer WHERE compared_at <= ? OR compared_at > ?"
            return database.execute(statement, (now_ms - int(interval_s * 1000), now_ms)).fetchone() is not None

        # The lock is for writing alone: it would hold up whoever delivers.
        with self._reading() as database:
            if not is_due(database, now_to_write_ms(database)):
                return False
        with self._transaction() as database:
            now_ms = now_to_write_ms(database)
            if not is_due(database, now_ms):
                return False
            database.execute("UPDATE producer SET compared_at = ?", (now_ms,))
            return True

    def progress(self) -> OutboxProgress:
        with self._reading() as database:
            (oldest,) = database.execute("SELECT min(accepted_at) FROM events WHERE state = 'pending'").fetchone()
            return OutboxProgress(now_to_write_ms(database), oldest)


def prune_events(database: sqlite3.Connection, selection: str, parameters: Sequence[object]) -> None:
    """Deletes the rows of ``selection``, the end of a SELECT from its FROM on, and keeps the sums of delivered ones. Inside a
    transaction of the caller.
    """
    sums: Dict[str, IdSum] = {}
    for (id,) in database.execute(f"SELECT id {selection} AND {_IS_COMPARED}", parameters):
        sums.setdefault(bucket_of(id).start, IdSum()).add([id])
    # First, so that a full file has room for the sums.
    database.execute(f"DELETE {selection}", parameters)
    for bucket, sum in sums.items():
        known = database.execute("SELECT events, total FROM sealed WHERE bucket = ?", (bucket,)).fetchone() or (0, "0")
        database.execute(
            """INSERT INTO sealed VALUES (?, ?, ?)
               ON CONFLICT (bucket) DO UPDATE SET events = excluded.events, total = excluded.total""",
            (bucket, known[0] + sum.count, to_sum_text(int(known[1], 16) + sum.total)),
        )


def _bounds(range: IdRange) -> Tuple[str, str]:
    return range.start, _BEHIND_ALL_IDS if range.end is None else range.end
