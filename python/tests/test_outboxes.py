"""Memory, SQLite and PostgreSQL keep the same rules."""

import os
import re
import sqlite3
import stat
import tempfile
from pathlib import Path

from altcontext_webhooks import DurableOptions, EmitterError, MemoryOutbox, PostgresOutbox, SqliteOutbox
from altcontext_webhooks.outbox.outbox import Outbox, Settlement
from altcontext_webhooks.outbox.postgres.connections import connect
from altcontext_webhooks.outbox.postgres.migrate import outbox_sql
from altcontext_webhooks.outbox.session import insert_in_session

from . import outbox_rules
from .emitting import SCAN, EmitterTestCase, wait_until
from .outbox_rules import new_event
from .postgres import new_schema, run_sql, the_database


class MemoryOutboxTest(outbox_rules.OutboxRules):
    def create(self) -> Outbox:
        return MemoryOutbox()

    def test_closing_drops_waiting_events_and_reports_them(self) -> None:
        (event,) = self.accept()
        self.outbox.close()
        self.assertEqual(self.dropped, [(event.id, "closed")])
        self.assert_counts(accepted=1, dropped={"closed": 1})


class SqliteOutboxTest(outbox_rules.OutboxRules):
    def create(self) -> Outbox:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = str(Path(folder.name) / "deep" / "outbox.db")
        return SqliteOutbox(self.path, poll_interval_s=0.05)

    def test_the_file_and_its_log_are_private(self) -> None:
        self.accept()
        for suffix in ("", "-wal"):
            self.assertEqual(stat.S_IMODE(os.stat(self.path + suffix).st_mode), 0o600)

    def test_a_second_process_only_writes_until_the_first_is_gone(self) -> None:
        (event,) = self.accept()
        self.assertEqual(self.claim_ids(lease_s=600), [event.id])
        # SQLite's locks are per process; a second connection in this one is kept out only by the exclusive transaction.
        second = SqliteOutbox(self.path)
        self.addCleanup(second.close)
        second.accept(new_event())
        self.assertEqual(second.claim(10, 60), [])
        self.outbox.close()
        self.assertEqual(len(second.claim(10, 60)), 2, "what the first had claimed is free at once")

    def test_a_delivered_body_is_erased_and_a_dead_one_loses_its_private_fields_later(self) -> None:
        outbox = SqliteOutbox(self.path + "2", options=DurableOptions(dead_private_fields_s=0))
        outbox.open(lambda event, reason: None)
        self.addCleanup(outbox.close)
        body = '{"eventType":"tenant.created","tenantId":"t","occurredAt":"x","payload":{"email":"ada@example.com"}}'
        stored, dead = (new_event()._replace(event_type="tenant.created", body=body) for _time in range(2))
        outbox.accept(stored)
        outbox.accept(dead)
        outbox.claim(10, 60)
        outbox.settle([Settlement(stored.id, "stored", 1), Settlement(dead.id, "dead", 1, reason="refused")])
        wait_until(lambda: self._erased(outbox, dead.id))
        outbox.close()
        for suffix in ("", "-wal"):
            content = Path(self.path + "2" + suffix)
            if content.exists():
                self.assertNotIn(b"ada@example.com", content.read_bytes())

    def _erased(self, outbox: SqliteOutbox, id: str) -> bool:
        outbox._tidy_at = 0
        outbox.claim(1, 60)
        with sqlite3.connect(self.path + "2") as reader:
            (body,) = reader.execute("SELECT body FROM events WHERE id = ?", (id,)).fetchone()
        return "ada@" not in body

    def test_a_full_outbox_refuses_and_another_programs_file_is_left_alone(self) -> None:
        small = SqliteOutbox(self.path + "3", max_events=2)
        self.addCleanup(small.close)
        reasons = [small.accept(new_event()).reason for _time in range(3)]
        self.assertEqual(reasons, [None, None, "queue_full"])
        foreign = self.path + "4"
        with sqlite3.connect(foreign) as other:
            other.execute("CREATE TABLE theirs (id INTEGER)")
        with self.assertRaises(EmitterError) as caught:
            SqliteOutbox(foreign).accept(new_event())
        self.assertEqual(caught.exception.code, "outbox_failed")


class PostgresOutboxTest(outbox_rules.OutboxRules):
    def create(self) -> Outbox:
        self.url = the_database()
        self.schema = new_schema()
        self.addCleanup(run_sql, self.url, f'DROP SCHEMA IF EXISTS "{self.schema}" CASCADE')
        return PostgresOutbox(self.url, self.schema, poll_interval_s=0.05)

    def test_two_drainers_share_the_events_and_the_ledger(self) -> None:
        self.accept(20)
        second = PostgresOutbox(self.url, self.schema)
        self.addCleanup(second.close)
        first_ids, second_ids = self.claim_ids(8), [claimed.event.id for claimed in second.claim(20, 60)]
        self.assertEqual((len(first_ids), len(second_ids)), (8, 12))
        self.assertEqual(set(first_ids) & set(second_ids), set())
        self.outbox.settle([Settlement(id, "stored", 1) for id in first_ids])
        second.settle([Settlement(id, "duplicate", 1) for id in second_ids])
        self.assert_counts(accepted=20, delivered=8, duplicate=12)

    def test_a_schema_whose_name_needs_quoting_stays_a_name(self) -> None:
        # In identifiers, in texts, in identifiers within texts, and in the bodies of functions; in a script and in sessions.
        schema = f'it\'s "{self.schema}"; {{schema}}:x --'
        quoted = '"{}"'.format(schema.replace('"', '""'))
        self.addCleanup(run_sql, self.url, f"DROP SCHEMA IF EXISTS {quoted} CASCADE")
        outbox = PostgresOutbox(self.url, schema)
        self.addCleanup(outbox.close)
        written, in_session = new_event(), new_event()
        outbox.accept(written)
        run_sql(self.url, re.sub(r"^(BEGIN|COMMIT);\n", "", outbox_sql(schema), flags=re.MULTILINE).replace("%", "%%"))
        connection = connect(self.url)
        self.addCleanup(connection.close)
        insert_in_session(connection, in_session, schema)
        connection.commit()
        self.assertEqual({claimed.event.id for claimed in outbox.claim(10, 60)}, {written.id, in_session.id})
        outbox.settle([Settlement(written.id, "stored", 1)])
        self.assertEqual((outbox.counts().delivered, outbox.counts().pending), (1, 1))

    def test_a_schema_whose_name_would_end_the_body_of_a_function_is_refused(self) -> None:
        for wrong in (
            "a$$; DROP TABLE leads; --",
            "a$webhook_outbox$",
            "a\0b",
            "a\nCOMMIT;\n",
            "100%s",
            "",
            "x" * 49,
            "ä" * 25,
        ):
            for name_it in (outbox_sql, lambda name: PostgresOutbox(self.url, name)):
                with self.assertRaises(EmitterError) as caught:
                    name_it(wrong)
                self.assertEqual(caught.exception.code, "invalid_options")

    def test_events_that_waited_too_long_are_dropped_and_reported(self) -> None:
        (event,) = self.accept()
        run_sql(self.url, f"UPDATE \"{self.schema}\".webhook_outbox SET accepted_at = now() - interval '61 days'")
        self.assertEqual(self.claim_ids(), [])
        self.assertEqual(self.dropped, [(event.id, "expired")])
        self.assert_counts(accepted=1, dropped={"expired": 1})

    def test_connections_that_the_server_has_ended_are_replaced(self) -> None:
        self.accept(3)
        run_sql(
            self.url,
            """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
               WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '%%webhook_outbox%%'""",
        )
        self.assertEqual(len(self.claim_ids()), 3)


class DurableEmitterTest(EmitterTestCase):
    def setUp(self) -> None:
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = str(Path(folder.name) / "outbox.db")

    def test_events_that_sqlite_accepted_survive_kill_9(self) -> None:
        program = f"""
import os, signal
from altcontext_webhooks import Emitter, SqliteOutbox
emitter = Emitter.from_env({{**os.environ, "WEBHOOK_URL": "http://127.0.0.1:9/hooks"}}, outbox=SqliteOutbox({self.path!r}))
for number in range(25):
    print(emitter.emit("scan.completed", {SCAN!r}).event_id, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
        result = self.run_program(program)
        self.assertEqual(result.returncode, -9, result.stderr)
        ids = result.stdout.split()
        self.assertEqual(len(ids), 25)
        with self.emitter(outbox=SqliteOutbox(self.path, poll_interval_s=0.05)) as emitter:
            self.receiver.wait(lambda receiver: len(receiver.stored) == 25)
            self.assertEqual(set(self.receiver.stored), set(ids))
            wait_until(lambda: emitter.stats().pending == 0)
            self.assertEqual(emitter.stats().accepted, 25)

    def test_parent_and_children_of_a_fork_share_the_file_and_each_event_arrives_once(self) -> None:
        program = f"""
import os
from altcontext_webhooks import Emitter, SqliteOutbox
emitter = Emitter.from_env(outbox=SqliteOutbox({self.path!r}, poll_interval_s=0.05))
def emit(name):
    for number in range(10):
        assert emitter.emit("scan.completed", {{**{SCAN!r}, "jobId": f"{{name}}-{{number}}"}}).status == "accepted"
emit("parent")
children = []
for child in range(3):
    pid = os.fork()
    if pid == 0:
        emit(f"child-{{child}}")
        emitter.flush(5)
        os._exit(0)
    children.append(pid)
assert [os.waitpid(pid, 0)[1] for pid in children] == [0, 0, 0]
emitter.flush(60)
"""
        result = self.run_program(program)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        with self.emitter(outbox=SqliteOutbox(self.path, poll_interval_s=0.05)):
            self.receiver.wait(lambda receiver: len(receiver.stored) >= 40)
        jobs = [event["payload"]["jobId"] for event in self.receiver.stored.values()]
        self.assertEqual((len(jobs), len(set(jobs))), (40, 40))

    def test_an_outbox_that_fails_is_a_dropped_event_and_never_an_exception(self) -> None:
        emitter = self.emitter(outbox=PostgresOutbox("postgres://nobody@127.0.0.1:9/none"))
        receipt = emitter.emit("scan.completed", SCAN)  # type: ignore[arg-type]
        self.assertEqual((receipt.status, receipt.reason), ("dropped", "outbox_failed"))
        self.assertEqual(emitter.stats().dropped, {"outbox_failed": 1})
        self.assert_balanced(emitter.stats())
