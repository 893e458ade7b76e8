"""Ends of processes, forks, and interpreters that can start no more threads."""

import os
import tempfile
import threading
from unittest import mock

from .emitting import SCAN, EmitterTestCase
from .postgres import new_schema, the_database
from .receiver import status

_EMIT = f"""
from altcontext_webhooks import Emitter
emitter = Emitter.from_env(delays_s=(0.1,), timeout_s=60)
for number in range(20):
    emitter.emit("scan.completed", {{**{SCAN!r}, "jobId": f"job-{{number}}"}})
"""


class ProcessesTest(EmitterTestCase):
    def test_a_program_that_just_ends_has_delivered_what_it_emitted(self) -> None:
        result = self.run_program(_EMIT)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertEqual(len(self.receiver.stored), 20)

    def test_an_exception_that_ends_the_program_does_not_lose_events(self) -> None:
        result = self.run_program(f"{_EMIT}\nraise SystemExit(3)")
        self.assertEqual(result.returncode, 3)
        self.assertEqual(len(self.receiver.stored), 20)

    def test_parent_and_children_of_a_fork_each_deliver_their_own_events_once(self) -> None:
        program = f"""
import os, sys
{_EMIT}
children = []
for child in range(3):
    pid = os.fork()
    if pid == 0:
        assert emitter.stats().accepted == 0, emitter.stats()
        for number in range(10):
            emitter.emit("scan.completed", {{**{SCAN!r}, "jobId": f"child-{{child}}-{{number}}"}})
        assert emitter.flush(60).is_complete
        os._exit(0)
    children.append(pid)
assert [os.waitpid(pid, 0)[1] for pid in children] == [0, 0, 0]
"""
        result = self.run_program(program)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        jobs = [event["payload"]["jobId"] for event in self.receiver.stored.values()]
        self.assertEqual(len(jobs), 50)
        self.assertEqual(len(set(jobs)), 50)
        sent = [id for request in self.receiver.requests for id in request.ids]
        self.assertEqual(len(sent), 50, "none was sent by two processes")

    def test_no_thread_of_the_sender_imports_what_a_fork_in_the_middle_would_leave_locked_in_the_child(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "outbox.db")
            self._assert_that_sending_imports_nothing("MemoryOutbox()", f"SqliteOutbox({path!r})")

    def test_no_thread_that_sends_from_postgres_imports_its_driver(self) -> None:
        self._assert_that_sending_imports_nothing(f"PostgresOutbox({the_database()!r}, schema={new_schema()!r})")

    def _assert_that_sending_imports_nothing(self, *outboxes: str) -> None:
        program = f"""
import sys
from altcontext_webhooks import Emitter, MemoryOutbox, PostgresOutbox, SqliteOutbox
for open_outbox in [{", ".join(f"lambda: {outbox}" for outbox in outboxes)}]:
    with Emitter.from_env(outbox=open_outbox(), timeout_s=60) as emitter:
        known = set(sys.modules)
        emitter.emit("scan.completed", {SCAN!r})
        assert emitter.flush(60).is_complete
        print(sorted(set(sys.modules) - known))
"""
        result = self.run_program(program)
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "[]\n" * len(outboxes), ""))

    def test_if_no_thread_can_be_started_close_itself_delivers(self) -> None:
        start = threading.Thread.start

        def refuse(thread: threading.Thread) -> None:
            if thread.name.startswith("webhook-"):
                raise RuntimeError("can't create new thread at interpreter shutdown")
            start(thread)

        with mock.patch.object(threading.Thread, "start", refuse):
            emitter = self.emitter()
            for _time in range(3):
                emitter.emit("scan.completed", SCAN)  # type: ignore[arg-type]
            self.receiver.plan(status(503))
            report = emitter.close(10)
        self.assertTrue(report.is_complete, report)
        self.assertEqual(len(self.receiver.stored), 3)
