"""The code of the README is run as it is."""

import asyncio
import contextlib
import importlib.util
import io
import os
import re
import tempfile
from pathlib import Path
from typing import Any, Dict
from unittest import mock

from .emitting import EmitterTestCase, program_environment
from .postgres import run_sql, the_database

_README = (Path(__file__).resolve().parents[1] / "README.md").read_text("utf-8")
_BLOCKS = re.findall(r"```python\n(.*?)```", _README, re.DOTALL)


def block_with(text: str) -> str:
    (found,) = [block for block in _BLOCKS if text in block]
    return str(found)


class ReadmeTest(EmitterTestCase):
    def run_block(self, text: str, **env: str) -> Dict[str, Any]:
        names: Dict[str, Any] = {}
        with mock.patch.dict(os.environ, {**program_environment(self.receiver), **env}):
            exec(compile(block_with(text), "README.md", "exec"), names)
        if "emitter" in names:
            self.addCleanup(names["emitter"].close, 0)
        return names

    def stored_types(self) -> "list[str]":
        return [event["eventType"] for event in self.receiver.stored.values()]

    def test_every_block_is_run_here(self) -> None:
        self.assertEqual(len(_BLOCKS), 8)

    def test_the_first_example_prints_what_it_says(self) -> None:
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            self.run_block("print(emitter.stats())")
        (promised,) = re.findall(r"# => (OutboxCounts.*)", block_with("print(emitter.stats())"))
        self.assertEqual(output.getvalue().strip(), promised)
        self.assertEqual(self.stored_types(), ["scan.completed"])

    def test_the_example_of_sqlite(self) -> None:
        folder = os.getcwd()
        with tempfile.TemporaryDirectory() as elsewhere:
            os.chdir(elsewhere)
            try:
                self.run_block("apikey.created")
                self.assertTrue(Path("webhooks.db").exists())
            finally:
                os.chdir(folder)
        self.assertEqual(self.stored_types(), ["apikey.created"])

    def test_the_examples_of_completeness_print_what_they_say(self) -> None:
        folder = os.getcwd()
        with tempfile.TemporaryDirectory() as elsewhere:
            os.chdir(elsewhere)
            try:
                for text in ("CompletenessOptions", "find_never_emitted"):
                    output = io.StringIO()
                    with contextlib.redirect_stdout(output):
                        self.run_block(text)
                    (promised,) = re.findall(r"# => (.*)", block_with(text))
                    self.assertIn(promised, output.getvalue().splitlines())
            finally:
                os.chdir(folder)
        self.assertEqual(self.stored_types(), ["scan.completed"])

    def test_the_example_of_sqlalchemy(self) -> None:
        if importlib.util.find_spec("sqlalchemy") is None:
            self.skipTest("sqlalchemy is not installed")
        database = the_database()
        self.addCleanup(
            run_sql,
            database,
            """DROP TABLE IF EXISTS webhook_outbox, webhook_outbox_ledger, webhook_outbox_migrations CASCADE;
               DROP FUNCTION IF EXISTS webhook_outbox_emit(jsonb, text), webhook_outbox_new_id()""",
        )
        names = self.run_block("create_engine", DATABASE_URL=database.replace("postgres://", "postgresql://"))
        self.addCleanup(names["engine"].dispose)
        self.receiver.wait(lambda receiver: receiver.stored)
        self.assertEqual(self.stored_types(), ["suggestion.generated"])

    def test_the_example_of_fastapi(self) -> None:
        try:
            import fastapi
        except ImportError:
            self.skipTest("fastapi is not installed")
        names = self.run_block("FastAPI(lifespan=lifespan)")
        app = names["app"]
        if tuple(int(part) for part in fastapi.__version__.split(".")[:2]) < (0, 93):
            app.router.lifespan_context = names["lifespan"]
        with mock.patch.dict(os.environ, program_environment(self.receiver)):
            asyncio.run(self._serve(app))
        self.assertEqual(self.stored_types(), ["scan.completed"])
        self.assertEqual([event["payload"]["jobId"] for event in self.receiver.stored.values()], ["job-9"])

    async def _serve(self, app: Any) -> None:
        """What a server does: the lifespan around one request, in ASGI's words."""
        incoming: "asyncio.Queue[Any]" = asyncio.Queue()
        outgoing: "asyncio.Queue[Any]" = asyncio.Queue()
        lifespan = asyncio.create_task(app({"type": "lifespan", "asgi": {"version": "3.0"}}, incoming.get, outgoing.put))
        await incoming.put({"type": "lifespan.startup"})
        self.assertEqual((await outgoing.get())["type"], "lifespan.startup.complete")
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/scans/job-9/complete",
            "raw_path": b"/scans/job-9/complete",
            "root_path": "",
            "query_string": b"",
            "headers": [],
            "http_version": "1.1",
            "scheme": "http",
        }
        await incoming.put({"type": "http.request", "body": b"", "more_body": False})
        await app(scope, incoming.get, outgoing.put)
        self.assertEqual((await outgoing.get())["status"], 200)
        await outgoing.get()
        await incoming.put({"type": "lifespan.shutdown"})
        self.assertEqual((await outgoing.get())["type"], "lifespan.shutdown.complete")
        await lifespan

    def test_the_example_of_celery_in_this_process(self) -> None:
        try:
            import celery  # noqa: F401
        except ImportError:
            self.skipTest("celery is not installed")
        names = self.run_block("worker_process_shutdown")
        names["complete_scan"].apply(args=["job-1"])
        names["worker_process_shutdown"].send(sender=None)
        self.assertEqual(self.stored_types(), ["scan.completed"])

    def test_the_example_of_rq_in_this_process(self) -> None:
        self.run_block("complete_scan_job")["complete_scan_job"]("job-1")
        self.assertEqual(self.stored_types(), ["scan.completed"])
