"""The statements on the events of a database, each a transaction of its own together with its ledger entries. They are the
same as the Node emitter's, which drains the same tables.
"""

import json
import random
import uuid
from typing import Any, Dict, List, Sequence

from ...contract.contract import Contract
from ...privacy.private_fields import erase_private_fields
from ..durable_options import DurableOptions, to_entry
from ..kept_body import kept_body_sql, sql_literal
from ..outbox import ClaimedEvent, NewEvent, OutboxCounts, Settlement
from .completeness import sealing_ctes
from .names import identifier

_STATES = {"stored": "delivered", "duplicate": "duplicate", "dead": "dead", "retry": "pending"}
_NOW = """jsonb_build_object('at', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))"""
_SLOTS = 16
_MAX_AT_ONCE = 5000


class Statements:
    """``holder`` identifies this process among those that drain; only the holder of a claim may give it a wait or renew it."""

    def __init__(self, schema: str, options: DurableOptions) -> None:
        self._schema = identifier(schema)
        self._events = f"{self._schema}.webhook_outbox"
        self._ledger = f"{self._schema}.webhook_outbox_ledger"
        self._options = options
        self._kept_body = kept_body_sql(options.contract, "event", self._without_fields)
        self._holder = str(uuid.uuid4())
        self._slot = random.randrange(_SLOTS)

    def insert(self, cursor: Any, event: NewEvent) -> None:
        envelope = json.dumps({"id": event.id, **json.loads(event.body)}, ensure_ascii=False)
        function = f"{self._schema}.webhook_outbox_emit"
        cursor.execute(f"SELECT {function}(CAST(%s AS jsonb), CAST(%s AS text))", (envelope, event.traceparent))

    def claim(self, cursor: Any, max_events: int, lease_s: float, oldest_ms: float) -> List[ClaimedEvent]:
        """Claims none that was accepted before ``oldest_ms``."""
        function = f"{self._schema}.webhook_outbox_claim"
        cursor.execute(
            f"""SELECT seq, id::text, event_type, body, traceparent, attempts
                FROM {function}(CAST(%s AS int), CAST(%s AS float8), CAST(%s AS uuid),
                  CAST(extract(epoch FROM now()) AS float8) * 1000 - CAST(%s AS float8))""",
            (max_events, lease_s * 1000, self._holder, oldest_ms),
        )
        rows = sorted(cursor.fetchall())
        return [ClaimedEvent(NewEvent(id, type, body, trace), attempts) for _seq, id, type, body, trace, attempts in rows]

    def renew(self, cursor: Any, ids: Sequence[str], lease_s: float) -> None:
        cursor.execute(
            f"""UPDATE {self._events} SET due_at = now() + CAST(%s AS float8) * interval '1 second'
                WHERE id = ANY(CAST(%s AS uuid[])) AND {_is_pending("state")} AND holder = CAST(%s AS uuid)
                  AND due_at > now()""",
            (lease_s, list(ids), self._holder),
        )

    def settle(self, cursor: Any, settlements: Sequence[Settlement]) -> None:
        cursor.execute(
            f"""WITH settled AS (
                  SELECT event.id, said.state, said.attempts, said.reason, said.delay_s, said.entry
                  FROM unnest(CAST(%s AS uuid[]), CAST(%s AS text[]), CAST(%s AS int[]), CAST(%s AS text[]),
                              CAST(%s AS float8[]), CAST(CAST(%s AS text[]) AS jsonb[]))
                    AS said (id, state, attempts, reason, delay_s, entry)
                  JOIN {self._events} AS event USING (id)
                  -- Again, because a backlog that PostgreSQL has not counted yet is read as a whole for the join alone.
                  WHERE event.id = ANY(CAST(%s AS uuid[])) AND {_is_pending("event.state")}
                    AND (said.state <> 'pending' OR event.holder = CAST(%s AS uuid))
                  -- In one order everywhere: two settlements of the same events must not wait for each other.
                  ORDER BY event.id FOR UPDATE OF event
                ), changed AS (
                  UPDATE {self._events} AS event SET state = settled.state, attempts = settled.attempts,
                    reason = settled.reason,
                    body = CASE WHEN settled.state IN ('delivered', 'duplicate') THEN {self._kept_body} ELSE event.body END,
                    due_at = now() + settled.delay_s * interval '1 second', holder = NULL, changed_at = now(),
                    is_compared = event.is_compared OR settled.state = 'delivered'
                      OR (settled.state = 'duplicate' AND settled.attempts > 1),
                    history = CASE WHEN settled.entry IS NULL THEN event.history
                      ELSE (CASE WHEN jsonb_array_length(event.history) < 50 THEN event.history ELSE event.history - 0 END)
                        || jsonb_build_array(settled.entry || {_NOW}) END
                  FROM settled WHERE event.id = settled.id
                  RETURNING event.state
                )
                {self._book("SELECT CAST(%s AS smallint), state, count(*) FROM changed WHERE state <> 'pending' GROUP BY state")}""",
            (
                [settlement.id for settlement in settlements],
                [_STATES[settlement.status] for settlement in settlements],
                [settlement.attempts for settlement in settlements],
                [settlement.reason for settlement in settlements],
                [settlement.delay_s for settlement in settlements],
                [_entry_of(settlement) for settlement in settlements],
                [settlement.id for settlement in settlements],
                self._holder,
                self._slot,
            ),
        )

    def drop_expired(self, cursor: Any, now_ms: float) -> List[NewEvent]:
        """Some of the events that have waited too long and are not being sent; empty when there are no more."""
        cursor.execute(
            f"""WITH expired AS (
                  SELECT id, event_type, body, traceparent FROM {self._events}
                  WHERE state = 'pending' AND accepted_at < to_timestamp(CAST(%s AS float8) / 1000)
                    AND (holder IS NULL OR due_at <= now())
                  ORDER BY seq LIMIT {_MAX_AT_ONCE} FOR UPDATE SKIP LOCKED
                ), changed AS (
                  UPDATE {self._events} AS event SET state = 'dropped', reason = 'expired', body = NULL, changed_at = now()
                  FROM expired WHERE event.id = expired.id RETURNING event.id
                ), booked AS (
                  {self._book("SELECT CAST(%s AS smallint), 'dropped:expired', count(*) FROM changed HAVING count(*) > 0")}
                )
                SELECT expired.id::text, event_type, body, traceparent FROM expired JOIN changed USING (id)""",
            (now_ms - self._options.max_age_s * 1000, self._slot),
        )
        return [NewEvent(*row) for row in cursor.fetchall()]

    def erase_private_fields_of_dead(self, cursor: Any, contract: Contract, now_ms: float) -> None:
        cursor.execute(
            f"""SELECT id::text, body FROM {self._events} WHERE state = 'dead' AND NOT is_erased
                AND {_is_before("CAST(%s AS float8)")} LIMIT {_MAX_AT_ONCE}""",
            (now_ms - self._options.dead_private_fields_s * 1000,),
        )
        rows = cursor.fetchall()
        if rows:
            cursor.execute(
                f"""UPDATE {self._events} AS event SET body = erased.body, is_erased = true
                    FROM unnest(CAST(%s AS uuid[]), CAST(%s AS text[])) AS erased (id, body)
                    WHERE event.id = erased.id AND event.state = 'dead'""",
                ([id for id, _body in rows], [erase_private_fields(contract, body) for _id, body in rows]),
            )

    def prune(self, cursor: Any, now_ms: float) -> None:
        settled_ms, dead_ms = (
            now_ms - age_s * 1000 for age_s in (self._options.log_retention_s, self._options.dead_retention_s)
        )
        before = "CASE state WHEN 'dead' THEN CAST(%s AS float8) ELSE CAST(%s AS float8) END"
        cursor.execute(
            f"""WITH deleted AS (
                  DELETE FROM {self._events} WHERE id IN (
                    SELECT id FROM {self._events} WHERE state <> 'pending'
                      AND changed_at < to_timestamp(CAST(%s AS float8) / 1000) AND {_is_before(before)}
                    LIMIT {_MAX_AT_ONCE} FOR UPDATE SKIP LOCKED)
                  RETURNING id, state, is_compared
                ), {sealing_ctes("deleted", self._schema)}
                SELECT""",
            (max(settled_ms, dead_ms), dead_ms, settled_ms),
        )

    def counts(self, cursor: Any) -> OutboxCounts:
        """``accepted`` is the sum of the others: a counter of its own would make the product's transactions wait for each
        other.
        """
        cursor.execute(
            f"""SELECT counter, CAST(sum(events) AS bigint) FROM {self._ledger} GROUP BY counter
                UNION ALL SELECT 'pending', count(*) FROM {self._events} WHERE state = 'pending'"""
        )
        counters: Dict[str, int] = dict(cursor.fetchall())
        dropped = {name[len("dropped:") :]: count for name, count in counters.items() if name.startswith("dropped:")}
        return OutboxCounts(
            accepted=sum(counters.values()),
            delivered=counters.get("delivered", 0),
            duplicate=counters.get("duplicate", 0),
            pending=counters.get("pending", 0),
            dead=counters.get("dead", 0),
            dropped={name: count for name, count in dropped.items() if count > 0},
        )

    def _without_fields(self, body: str, fields: Sequence[str]) -> str:
        return f"{self._schema}.webhook_outbox_without_fields({body}, ARRAY[{', '.join(map(sql_literal, fields))}])"

    def _book(self, counted: str) -> str:
        return f"""INSERT INTO {self._ledger} AS known (slot, counter, events) {counted}
                   ON CONFLICT (slot, counter) DO UPDATE SET events = known.events + excluded.events"""


def _is_before(ms: str) -> str:
    """SQL: whether an event has not changed since. A clock that is behind may give too early a moment for the change, which
    cannot be before the event was accepted.
    """
    return f"greatest(changed_at, accepted_at) < to_timestamp(({ms}) / 1000)"


def _is_pending(state: str) -> str:
    """SQL that is true for waiting events, written so that no index serves it. A few rows are looked up by their ids; a backlog
    that PostgreSQL has not counted yet also looks like a few rows, and it would read that index for all of them.
    """
    return f"CASE WHEN {state} = 'pending' THEN true END"


def _entry_of(settlement: Settlement) -> "str | None":
    # That an event was delivered is in the row's own columns; writing it twice would cost a tenth of the throughput.
    if settlement.status in ("stored", "duplicate"):
        return None
    return json.dumps(to_entry(settlement.status, settlement.attempts, settlement.detail))
