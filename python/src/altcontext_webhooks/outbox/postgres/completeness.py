"""What the outbox in a database can say about its delivered events."""

from typing import Any, Callable, List, Optional, Sequence, Tuple, TypeVar

from ...contract.id_bucket import IdRange, pad_bound
from ...contract.id_sql import ID_TOTAL_MODULUS, id_bucket_sql, id_hash_sql, id_total_sql
from ..outbox import NewEvent
from ..outbox_completeness import AcceptedEvent, OutboxProgress, SealedBucket
from .names import identifier

Result = TypeVar("Result")

# Delivered, and stored with the id of this outbox. The SQLite outbox explains which events are, and which are not.
_IS_COMPARED = "state IN ('delivered', 'duplicate') AND is_compared"
_IN_RANGE = "id >= CAST(%s AS uuid) AND (CAST(%s AS uuid) IS NULL OR id < CAST(%s AS uuid))"
_SOME_IDS = "id = ANY(CAST(%s AS uuid[]))"


class PostgresCompleteness:
    """``run`` runs statements on a cursor, as a transaction."""

    def __init__(self, schema: str, run: Callable[[Callable[[Any], Any]], Any]) -> None:
        self._schema = identifier(schema)
        self._events = f"{self._schema}.webhook_outbox"
        self._run = run

    def producer(self) -> str:
        ((id,),) = self._read(f"SELECT id::text FROM {self._schema}.webhook_outbox_producer")
        return str(id)

    def speaks_for_outbox(self) -> bool:
        """Every process that delivers from the table does."""
        return True

    def delivered_ids(self, range: IdRange, max_ids: int) -> List[str]:
        statement = f"SELECT id::text FROM {self._events} WHERE {_IN_RANGE} AND {_IS_COMPARED} ORDER BY id LIMIT %s"
        return [id for (id,) in self._read(statement, *_bounds(range), max_ids)]

    def other_ids(self, range: IdRange) -> List[str]:
        statement = f"SELECT id::text FROM {self._events} WHERE {_IN_RANGE} AND NOT ({_IS_COMPARED})"
        return [id for (id,) in self._read(statement, *_bounds(range))]

    def sealed_buckets(self) -> List[SealedBucket]:
        rows = self._read(f"SELECT bucket::text, events, total::text FROM {self._schema}.webhook_outbox_sealed ORDER BY bucket")
        return [SealedBucket(bucket, count, int(total)) for bucket, count, total in rows]

    def delivered_events(self, ids: Sequence[str]) -> List[NewEvent]:
        rows = self._read(
            f"SELECT id::text, event_type, body FROM {self._events} WHERE {_SOME_IDS} AND {_IS_COMPARED} AND body IS NOT NULL",
            list(ids),
        )
        return [NewEvent(*row) for row in rows]

    def stop_comparing(self, ids: Sequence[str]) -> None:
        if ids:
            self._run(
                lambda cursor: cursor.execute(f"UPDATE {self._events} SET is_compared = false WHERE {_SOME_IDS}", (list(ids),))
            )

    def accepted_events(self, since_ms: float, after: str, max_events: int) -> List[AcceptedEvent]:
        rows = self._read(
            f"""SELECT id::text, body FROM {self._events} WHERE (CAST(%s AS uuid) IS NULL OR id > CAST(%s AS uuid))
                AND accepted_at >= to_timestamp(CAST(%s AS float8) / 1000) ORDER BY id LIMIT %s""",
            *(after or None, after or None, since_ms, max_events),
        )
        return [AcceptedEvent(*row) for row in rows]

    def take_turn(self, interval_s: float) -> bool:
        rows = self._read(
            f"""UPDATE {self._schema}.webhook_outbox_producer SET compared_at = now()
                WHERE compared_at <= now() - CAST(%s AS float8) * interval '1 second' OR compared_at > now() RETURNING true""",
            interval_s,
        )
        return len(rows) > 0

    def progress(self) -> OutboxProgress:
        ((now_ms, oldest_ms),) = self._read(
            f"""SELECT CAST(extract(epoch FROM now()) AS float8) * 1000,
                  (SELECT CAST(extract(epoch FROM min(accepted_at)) AS float8) * 1000 FROM {self._events} WHERE state = 'pending')"""
        )
        return OutboxProgress(now_ms, oldest_ms)

    def _read(self, statement: str, *parameters: object) -> List[Tuple[Any, ...]]:
        def read(cursor: Any) -> List[Tuple[Any, ...]]:
            cursor.execute(statement, parameters)
            return list(cursor.fetchall())

        rows: List[Tuple[Any, ...]] = self._run(read)
        return rows


def sealing_ctes(deleted: str, schema: str) -> str:
    """SQL: CTEs that keep the sums of the delivered events among the rows of another, which has ``id``, ``state`` and
    ``is_compared``. For the statement that deletes them.
    """
    return f"""hashed AS MATERIALIZED (
        SELECT CAST({id_bucket_sql("id::text")} AS uuid) AS bucket, {id_hash_sql("id::text")} AS hash FROM {deleted} WHERE {_IS_COMPARED}
      ), sealed AS (
        INSERT INTO {schema}.webhook_outbox_sealed AS known (bucket, events, total)
        SELECT bucket, count(*), {id_total_sql("hash")} FROM hashed GROUP BY bucket ORDER BY bucket
        ON CONFLICT (bucket) DO UPDATE SET events = known.events + excluded.events,
          total = mod(known.total + excluded.total, {ID_TOTAL_MODULUS})
      )"""


def _bounds(range: IdRange) -> Tuple[str, Optional[str], Optional[str]]:
    end = None if range.end is None else pad_bound(range.end)
    return pad_bound(range.start), end, end
