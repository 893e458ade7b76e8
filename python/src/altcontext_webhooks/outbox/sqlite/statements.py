"""The statements on the events of a file. Each runs inside a transaction of the caller."""

import json
import sqlite3
from datetime import datetime, timezone
from typing import Dict, List, Optional, Sequence

from ...privacy.private_fields import erase_private_fields
from ..durable_options import DurableOptions, to_entry
from ..kept_body import kept_body_sql
from ..outbox import Acceptance, ClaimedEvent, NewEvent, OutboxCounts, Settlement
from .clock import now_to_write_ms
from .completeness import prune_events

MAX_AT_ONCE = 10_000

_APPEND_ENTRY = """json_insert(iif(json_array_length(history) < 50, history, json_remove(history, '$[0]')), '$[#]', json(?))"""


class Statements:
    def __init__(self, options: DurableOptions) -> None:
        self._options = options
        self._kept_body = kept_body_sql(options.contract, "events", _without_fields)

    def accept(self, database: sqlite3.Connection, event: NewEvent) -> None:
        now = now_to_write_ms(database)
        database.execute(
            "INSERT INTO events (id, event_type, body, traceparent, accepted_at, changed_at) VALUES (?, ?, ?, ?, ?, ?)",
            (*event, now, now),
        )
        count(database, "accepted")

    def accept_again(self, database: sqlite3.Connection, event: NewEvent, oldest_ms: int) -> Optional[Acceptance]:
        """What becomes of an event that is known already; None for one that is not."""
        known = database.execute("SELECT state, reason, accepted_at FROM events WHERE id = ?", (event.id,)).fetchone()
        if known is None:
            return None
        state, reason, accepted_at = known
        if state in ("pending", "delivered", "duplicate"):
            return Acceptance()
        now = now_to_write_ms(database)
        if accepted_at < oldest_ms:
            count(database, "accepted", "dropped:expired")
            return Acceptance("expired")
        # A dead event that is emitted again is replayed.
        database.execute(
            f"""UPDATE events SET state = 'pending', body = ?, reason = NULL, attempts = 0, due_at = 0, is_claimed = 0,
                changed_at = ?, is_erased = 0, history = {_APPEND_ENTRY} WHERE id = ?""",
            (event.body, now, _entry("replayed", 0, ""), event.id),
        )
        count(database, "dead" if state == "dead" else f"dropped:{reason}", by=-1)
        return Acceptance()

    def claim(self, database: sqlite3.Connection, max_events: int, lease_s: float, oldest_ms: int) -> List[ClaimedEvent]:
        now = now_to_write_ms(database)
        # The process that had claimed it may have sent it. An event that waited has not been claimed since.
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

    def release_all(self, database: sqlite3.Connection) -> None:
        """No other process delivers: whatever was claimed belonged to one that is gone. And waits were set by a clock that
        may have been set back since.
        """
        now = now_to_write_ms(database)
        database.execute(
            "UPDATE events SET due_at = 0, is_claimed = 0, is_compared = 1 WHERE state = 'pending' AND is_claimed = 1"
        )
        database.execute(
            """UPDATE events SET due_at = due_at - changed_at + ?
               WHERE state = 'pending' AND due_at > 0 AND changed_at > ?""",
            (now, now),
        )

    def renew(self, database: sqlite3.Connection, ids: Sequence[str], lease_s: float) -> None:
        due_at = now_to_write_ms(database) + int(lease_s * 1000)
        database.executemany(
            "UPDATE events SET due_at = ? WHERE id = ? AND state = 'pending' AND is_claimed = 1",
            [(due_at, id) for id in ids],
        )

    def settle(self, database: sqlite3.Connection, settlement: Settlement) -> None:
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
        # A duplicate at the first attempt was sent by somebody else.
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
            count(database, state)

    def counts(self, database: sqlite3.Connection) -> OutboxCounts:
        counters: Dict[str, int] = dict(database.execute("SELECT counter, events FROM ledger").fetchall())
        return OutboxCounts(
            accepted=counters.get("accepted", 0),
            delivered=counters.get("delivered", 0),
            duplicate=counters.get("duplicate", 0),
            pending=pending(database),
            dead=counters.get("dead", 0),
            dropped={name[8:]: events for name, events in counters.items() if name.startswith("dropped:") and events > 0},
        )

    def tidy(self, database: sqlite3.Connection, judged_ms: int) -> List[NewEvent]:
        """Drops events that waited too long, and returns them; erases private fields of dead events, and deletes old entries."""
        options, now = self._options, now_to_write_ms(database)
        expired = database.execute(
            """SELECT id, event_type, body, traceparent FROM events
               WHERE state = 'pending' AND is_claimed = 0 AND accepted_at < ? ORDER BY seq LIMIT ?""",
            (judged_ms - int(options.max_age_s * 1000), MAX_AT_ONCE),
        ).fetchall()
        for row in expired:
            database.execute(
                f"""UPDATE events SET state = 'dropped', reason = 'expired', body = NULL, changed_at = ?,
                    history = {_APPEND_ENTRY} WHERE id = ?""",
                (now, _entry("dropped", 0, "expired"), row[0]),
            )
        count(database, "dropped:expired", by=len(expired))
        unerased = database.execute(
            "SELECT id, body FROM events WHERE state = 'dead' AND is_erased = 0 AND changed_at < ? LIMIT ?",
            (judged_ms - int(options.dead_private_fields_s * 1000), MAX_AT_ONCE),
        ).fetchall()
        database.executemany(
            "UPDATE events SET body = ?, is_erased = 1 WHERE id = ?",
            [(erase_private_fields(options.contract, body), id) for id, body in unerased],
        )
        ages_s = (options.dead_retention_s, options.log_retention_s)
        prune_events(
            database,
            """FROM events WHERE seq IN (SELECT seq FROM events
               WHERE state <> 'pending' AND changed_at < iif(state = 'dead', ?, ?) LIMIT ?)""",
            (*(judged_ms - int(age_s * 1000) for age_s in ages_s), MAX_AT_ONCE),
        )
        return [NewEvent(*row) for row in expired]


def pending(database: sqlite3.Connection) -> int:
    return int(database.execute("SELECT count(*) FROM events WHERE state = 'pending'").fetchone()[0])


def count(database: sqlite3.Connection, *counters: str, by: int = 1) -> None:
    database.executemany(
        "INSERT INTO ledger VALUES (?, ?) ON CONFLICT (counter) DO UPDATE SET events = events + excluded.events",
        [(counter, by) for counter in counters],
    )


def _without_fields(body: str, fields: Sequence[str]) -> str:
    paths = ", ".join(f"'$.payload.\"{field.replace(chr(39), chr(39) * 2)}\"'" for field in fields)
    return f"iif(json_valid({body}), json_remove({body}, {paths}), NULL)"


def _entry(what: str, attempts: int, detail: str) -> str:
    at = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return json.dumps({"at": at, **to_entry(what, attempts, detail)})
