"""Which events never arrived, and which never left."""

import os
import tempfile
import uuid
from typing import Any

from altcontext_webhooks import (
    CompletenessOptions,
    DurableOptions,
    EmitterError,
    MemoryOutbox,
    NaturalKey,
    PostgresOutbox,
    SqliteOutbox,
    find_never_emitted,
    never_emitted_sql,
)

from . import completeness_rules
from .emitting import SCAN, EmitterTestCase
from .postgres import new_schema, run_sql, the_database


class SqliteCompletenessTest(completeness_rules.CompletenessRules):
    def setUp(self) -> None:
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "outbox.db")

    def open_outbox(self, options: DurableOptions = DurableOptions()) -> Any:
        return SqliteOutbox(self.path, poll_interval_s=0.05, options=options)

    def test_only_the_process_that_delivers_from_a_file_sends_heartbeats_and_compares(self) -> None:
        emitter = self.start()
        emitter.emit("scan.completed", SCAN)  # type: ignore[arg-type]
        self.assertTrue(emitter.flush(60).is_complete)
        beside = self.open_outbox()
        self.addCleanup(beside.close)
        self.assertEqual(beside.completeness.producer(), self.outbox.completeness.producer())
        self.assertTrue(self.outbox.completeness.speaks_for_outbox())
        self.assertFalse(beside.completeness.speaks_for_outbox())


class PostgresCompletenessTest(completeness_rules.CompletenessRules):
    def setUp(self) -> None:
        super().setUp()
        self.database, self.schema = the_database(), new_schema()
        self.addCleanup(run_sql, self.database, f'DROP SCHEMA IF EXISTS "{self.schema}" CASCADE')

    def open_outbox(self, options: DurableOptions = DurableOptions()) -> Any:
        return PostgresOutbox(self.database, self.schema, poll_interval_s=0.05, options=options)

    def test_the_second_layer_is_one_statement_in_the_products_database(self) -> None:
        emitter = self.start()
        for minute in ("12:00", "12:02"):
            emitter.emit("scan.completed", SCAN, occurred_at=f"2026-02-13T{minute}:00.5Z")  # type: ignore[arg-type]
        self.assertTrue(emitter.flush(60).is_complete)
        keys = """SELECT 'scan.completed' AS event_type, 'tenant-1' AS tenant_id, occurred_at
                  FROM generate_series(timestamptz '2026-02-13T12:00:00.5Z', '2026-02-13T12:02:00.5Z', '1 minute') AS occurred_at"""
        rows = run_sql(self.database, never_emitted_sql(keys, self.schema))
        self.assertEqual([row[2].minute for row in rows], [1])


class MemoryCompletenessTest(EmitterTestCase):
    def test_an_outbox_in_memory_cannot_be_compared(self) -> None:
        emitter = self.emitter()
        for compare in (
            emitter.reconcile,
            lambda: find_never_emitted(MemoryOutbox(), [NaturalKey(event_id=str(uuid.uuid4()))], "2026-02-13T12:00:00Z"),
        ):
            with self.assertRaisesRegex(EmitterError, "memory") as raised:
                compare()
            self.assertEqual(raised.exception.code, "not_comparable")

    def test_intervals_out_of_range_are_refused(self) -> None:
        with self.assertRaisesRegex(EmitterError, "heartbeat_interval_s is 0.5, .*; reconcile_interval_s is 0, "):
            self.emitter(completeness=CompletenessOptions(0.5, 0))
