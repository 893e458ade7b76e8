"""An outbox in the product's own PostgreSQL."""

import contextlib
import threading
import time
from typing import Any, Callable, List, Optional, Sequence, TypeVar, Union

from ...errors import EmitterError
from ..durable_options import DurableOptions
from ..outbox import Acceptance, ClaimedEvent, DropListener, NewEvent, OutboxCounts, Settlement
from ..outbox_clock import OutboxClock
from .clock import PostgresTimes
from .completeness import PostgresCompleteness
from .connections import Connections
from .listener import Listener
from .migrate import migrate_outbox
from .names import checked_schema
from .statements import Statements

_TIDY_S = 60.0

Result = TypeVar("Result")


class PostgresOutbox:
    """The product inserts events in its transactions with ``emit(..., session=session)``, or with
    ``SELECT webhook_outbox_emit(...)`` in any language; any number of processes deliver them, including relays and Node
    emitters. The events of a process that dies are free again when their lease ends, within a minute.

    ``source``: a ``postgres://`` address (psycopg or psycopg2 is needed), a SQLAlchemy engine, or a function that opens a
    DB-API connection. ``schema``: where tables and functions are; created if missing (default ``public``).
    ``poll_interval_s``: how often to look for what others have committed, 0.01 to 60 (default 1), in addition to PostgreSQL's
    notices, which a process that delivers gets at once (not with an engine). ``options``: ages and
    retention. Tables are created or updated at the first use. Raises ``EmitterError`` ``invalid_options``.
    """

    is_durable = True
    is_blocking = True

    _migrating: threading.Lock
    _is_migrated: bool
    _statements: Statements
    _clock: OutboxClock
    _listener: Optional[Listener]
    _looked_at: float
    _tidy_at: float

    def __init__(
        self,
        source: Union[str, Callable[[], Any], Any],
        schema: str = "public",
        poll_interval_s: float = 1,
        options: DurableOptions = DurableOptions(),
    ) -> None:
        if not 0.01 <= poll_interval_s <= 60:
            raise EmitterError(
                "invalid_options",
                f"Failed to open the PostgreSQL outbox: poll_interval_s is {poll_interval_s!r}, expected 0.01 to 60. "
                "Correct the options.",
            )
        self.schema = checked_schema(schema)
        self._connections = Connections(source)
        self._has_pool = hasattr(source, "raw_connection")
        self._options = options
        self._poll_interval = poll_interval_s
        self._on_dropped: DropListener = lambda event, reason: None
        self._known = OutboxCounts()
        self.completeness = PostgresCompleteness(schema, self._run)
        self._begin()

    def open(self, on_dropped: DropListener) -> None:
        self._on_dropped = on_dropped

    def listen(self, on_ready: Callable[[], None]) -> None:
        """Calls ``on_ready`` when somebody has written into the outbox, from a thread and a connection of its own. Not with a
        SQLAlchemy engine, whose few connections are the product's."""
        if self._listener is None and not self._has_pool:
            self._listener = Listener(self._connections.open, f"webhook_outbox_{self.schema}", on_ready)

    def migrate(self) -> None:
        """Creates or updates tables and functions now; otherwise the first use does."""
        with self._migrating:
            if not self._is_migrated:
                migrate_outbox(self._connections, self.schema)
                self._is_migrated = True

    def accept(self, event: NewEvent) -> Acceptance:
        self._run(lambda cursor: self._statements.insert(cursor, event))
        return Acceptance()

    def claim(self, max_events: int, lease_s: float) -> List[ClaimedEvent]:
        self._looked_at = time.monotonic()
        if self._looked_at >= self._tidy_at:
            self._tidy_at = self._looked_at + _TIDY_S
            self._tidy()
        oldest_ms = self._clock.latest_ms() - self._options.max_age_s * 1000
        return self._run(lambda cursor: self._statements.claim(cursor, max_events, lease_s, oldest_ms))

    def renew(self, ids: Sequence[str], lease_s: float) -> None:
        if ids:
            self._run(lambda cursor: self._statements.renew(cursor, ids, lease_s))

    def settle(self, settlements: Sequence[Settlement]) -> None:
        if settlements:
            self._run(lambda cursor: self._statements.settle(cursor, settlements))

    def counts(self) -> OutboxCounts:
        """The database's ledger, for all processes; while the database is unavailable, the last one known."""
        # A driver may raise anything.
        with contextlib.suppress(Exception):
            self._known = self._run(self._statements.counts)
        return self._known

    def note_receiver_time(self, time_ms: float) -> None:
        if self._clock.note_receiver_time(time_ms):
            self._tidy_at = 0.0

    def next_look_s(self) -> Optional[float]:
        return max(0.0, self._looked_at + self._poll_interval - time.monotonic())

    def close(self) -> None:
        if self._listener is not None:
            self._listener.stop()
        self._connections.close()

    def after_fork(self) -> None:
        self._connections.forget()
        self._begin()

    def _begin(self) -> None:
        self._migrating = threading.Lock()
        self._is_migrated = False
        # After a fork the parent's thread does not exist here, and its connection is not ours.
        self._listener = None
        self._statements = Statements(self.schema, self._options)
        self._clock = OutboxClock(PostgresTimes(self.schema, self._run))
        self._looked_at = 0.0
        self._tidy_at = 0.0

    def _run(self, run: Callable[[Any], Result]) -> Result:
        self.migrate()
        return self._connections.transaction(run)

    def _tidy(self) -> None:
        now_ms = self._clock.advance_ms()
        while True:
            expired = self._run(lambda cursor: self._statements.drop_expired(cursor, now_ms))
            for event in expired:
                self._on_dropped(event, "expired")
            if not expired:
                break
        contract = self._options.contract
        self._run(lambda cursor: self._statements.erase_private_fields_of_dead(cursor, contract, now_ms))
        self._run(lambda cursor: self._statements.prune(cursor, now_ms))
