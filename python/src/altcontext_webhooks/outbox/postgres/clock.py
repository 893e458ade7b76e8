"""What the outbox knows about the time, kept in the database for every process that delivers from it. The clock is PostgreSQL's."""

from typing import Any, Callable, Optional, Tuple

from ..outbox_clock import KeptTime
from .names import identifier


class PostgresTimes:
    """``run`` runs statements on a cursor, as a transaction."""

    def __init__(self, schema: str, run: Callable[[Callable[[Any], Any]], Any]) -> None:
        self._clock = f"{identifier(schema)}.webhook_outbox_clock"
        self._events = f"{identifier(schema)}.webhook_outbox"
        self._run = run

    def read_clock(self) -> Tuple[float, Optional[KeptTime]]:
        def read(cursor: Any) -> Tuple[float, Optional[KeptTime]]:
            cursor.execute(
                f"""SELECT CAST(extract(epoch FROM now()) AS float8) * 1000, CAST(extract(epoch FROM mark) AS float8) * 1000,
                      is_confirmed FROM (SELECT) AS once LEFT JOIN {self._clock} ON true"""
            )
            now_ms, mark_ms, is_confirmed = cursor.fetchone()
            return now_ms, None if mark_ms is None else KeptTime(mark_ms, is_confirmed)

        result: Tuple[float, Optional[KeptTime]] = self._run(read)
        return result

    def keep_time(self, kept: KeptTime) -> None:
        self._write(
            f"""INSERT INTO {self._clock} AS known (mark, is_confirmed)
                VALUES (to_timestamp(CAST(%s AS float8) / 1000), %s)
                ON CONFLICT (is_only) DO UPDATE SET mark = greatest(known.mark, excluded.mark),
                  is_confirmed = known.is_confirmed OR excluded.is_confirmed""",
            *kept,
        )

    def correct_times(self, before_ms: float, by_ms: float, now_ms: float) -> None:
        moved = f"+ CAST({max(by_ms, 0)!r} AS float8) * interval '1 millisecond'"
        self._write(
            # If two processes do this, the second waits for the first one's row, and finds the time corrected.
            f"""WITH corrected AS (
                  UPDATE {self._clock} SET mark = to_timestamp(CAST(%s AS float8) / 1000), is_confirmed = true
                  WHERE NOT is_confirmed OR mark > to_timestamp(CAST(%s AS float8) / 1000) + interval '1 hour' RETURNING 1
                )
                UPDATE {self._events} SET accepted_at = least(accepted_at {moved}, now()),
                  changed_at = least(changed_at {moved}, now())
                WHERE EXISTS (SELECT FROM corrected) AND
                  (CAST(%s AS float8) > 0 AND accepted_at < to_timestamp(CAST(%s AS float8) / 1000)
                   OR greatest(accepted_at, changed_at) > now())""",
            now_ms,
            now_ms,
            by_ms,
            before_ms,
        )

    def release_future_waits(self) -> None:
        self._write(
            f"""UPDATE {self._events} SET due_at = now(), changed_at = least(changed_at, now())
                WHERE state = 'pending' AND due_at > now() + interval '1 hour'
                  AND (holder IS NOT NULL OR changed_at > now() + interval '1 minute')"""
        )

    def _write(self, statement: str, *parameters: object) -> None:
        self._run(lambda cursor: cursor.execute(statement, parameters))
