"""A wrong clock expires nothing, however often a process starts with it."""

import sqlite3
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace
from unittest import mock
from urllib.parse import quote

from altcontext_webhooks import PostgresOutbox, SqliteOutbox
from altcontext_webhooks.outbox.outbox import Outbox
from altcontext_webhooks.outbox.sqlite import clock

from . import clock_rules
from .postgres import new_schema, run_sql, the_database


class SqliteClockTest(clock_rules.ClockRules):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = str(Path(folder.name) / "outbox.db")
        super().setUp()

    def create(self) -> Outbox:
        return SqliteOutbox(self.path)

    def set_clock(self, ahead_s: float) -> None:
        moved = SimpleNamespace(time=lambda: time.time() + ahead_s, monotonic=time.monotonic)
        for name, value in (("time", moved), ("_START_S", time.time() + ahead_s - time.monotonic())):
            patch = mock.patch.object(clock, name, value)
            patch.start()
            self.addCleanup(patch.stop)

    def test_a_file_of_an_older_version_is_brought_up_to_date(self) -> None:
        waiting, _dead = self.begin()
        with sqlite3.connect(self.path) as older:
            older.executescript(
                "DROP TABLE clock; DROP TABLE producer; DROP TABLE sealed; ALTER TABLE events DROP COLUMN is_compared; PRAGMA user_version = 1"
            )
        older.close()
        outbox = self.start(70 * clock_rules.DAY_S)
        self.assertEqual(self.claim_ids(outbox, 0), [waiting])
        self.assertEqual(self.dropped, [])


class PostgresClockTest(clock_rules.ClockRules):
    """Every statement finds a ``now()`` of ours before PostgreSQL's own."""

    def setUp(self) -> None:
        self.url = the_database()
        self.schema = new_schema()
        self.addCleanup(run_sql, self.url, f'DROP SCHEMA IF EXISTS "{self.schema}" CASCADE')
        run_sql(self.url, f'CREATE SCHEMA "{self.schema}"')
        run_sql(self.url, f'CREATE TABLE "{self.schema}".ahead (ahead FLOAT8)')
        run_sql(self.url, f'INSERT INTO "{self.schema}".ahead VALUES (0)')
        run_sql(
            self.url,
            f"""CREATE FUNCTION "{self.schema}".now() RETURNS timestamptz LANGUAGE sql STABLE AS
                'SELECT pg_catalog.now() + ahead * interval ''1 second'' FROM "{self.schema}".ahead'""",
        )
        super().setUp()

    def create(self) -> Outbox:
        settings = quote(f"-c search_path={self.schema},pg_catalog")
        separator = "&" if "?" in self.url else "?"
        return PostgresOutbox(f"{self.url}{separator}options={settings}", self.schema)

    def set_clock(self, ahead_s: float) -> None:
        run_sql(self.url, f'UPDATE "{self.schema}".ahead SET ahead = %s', ahead_s)
