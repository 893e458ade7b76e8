"""``python -m altcontext_webhooks``."""

import contextlib
import io
import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Tuple
from unittest import mock

from altcontext_webhooks.cli import main

from .emitting import SCAN, EmitterTestCase, program_environment
from .postgres import new_schema, run_sql, the_database


class CommandLineTest(EmitterTestCase):
    def run_command(self, *args: str, text: str = "", **env: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "altcontext_webhooks", *args],
            input=text,
            text=True,
            capture_output=True,
            env={**program_environment(self.receiver), **env},
            timeout=120,
            check=False,
        )

    def call_command(self, *args: str, text: str = "", **env: str) -> Tuple[Any, str, str]:
        """The exit code, the output and the errors of a command that runs in this process."""
        environment = mock.patch.dict(os.environ, {**program_environment(self.receiver), **env})
        unlogged = mock.patch.object(logging, "basicConfig")
        given = mock.patch.object(sys, "stdin", io.StringIO(text))
        output, errors = contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO())
        with environment, unlogged, given, output as written, errors as complained:
            try:
                code: Any = main(args)
            except SystemExit as end:
                code = end.code
        return code, written.getvalue(), complained.getvalue()

    def test_emit_delivers_each_line_and_names_what_it_refuses(self) -> None:
        event = {"eventType": "scan.completed", "tenantId": "t", "payload": {**SCAN, "tenantId": "t"}}
        lines = "\n".join([json.dumps(event), "no json", json.dumps({**event, "eventType": "scan.done"}), "", "[]"])
        result = self.run_command("emit", text=lines)
        self.assertEqual(result.returncode, 1)
        self.assertEqual(len(self.receiver.stored), 1)
        self.assertIn("eventType: Unknown event type", result.stderr)

    def test_mistakes_in_flags_and_variables_end_with_2_and_name_them(self) -> None:
        self.assertEqual(self.call_command("deliver")[0], 2)
        code, _output, errors = self.call_command("emit", ADMIN_API_KEY="short")
        self.assertEqual(code, 2)
        self.assertIn("ADMIN_API_KEY has 5 characters", errors)
        self.assertEqual(self.call_command("unknown")[0], 2)

    def test_a_password_on_the_command_line_is_refused_and_not_repeated(self) -> None:
        for address in ("postgres://u:secret@127.0.0.1:1/d", "postgresql+psycopg://u@127.0.0.1:1/d?password=secret"):
            for command in ("deliver", "emit", "status"):
                code, output, errors = self.call_command(command, "--outbox", address)
                self.assertEqual(code, 2)
                self.assertIn("--outbox holds a password", errors)
                self.assertNotIn("secret", errors + output)

    def test_status_prints_the_ledger_of_a_file(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / "outbox.db")
            event = {"eventType": "scan.completed", "tenantId": "t", "payload": {**SCAN, "tenantId": "t"}}
            self.assertEqual(self.call_command("emit", "--outbox", path, text=json.dumps(event))[0], 0)
            _code, output, _errors = self.call_command("status", WEBHOOK_OUTBOX=path)
        ledger = {"accepted": 1, "delivered": 1, "duplicate": 0, "pending": 0, "dead": 0, "dropped": {}}
        self.assertEqual(json.loads(output), ledger)

    def test_deliver_drains_what_sql_has_inserted_and_ends_on_sigterm(self) -> None:
        url, schema = the_database(), new_schema()
        self.addCleanup(run_sql, url, f'DROP SCHEMA IF EXISTS "{schema}" CASCADE')
        _code, script, _errors = self.call_command("sql", "--schema", schema)
        run_sql(url, script.replace("BEGIN;\n", "").replace("COMMIT;\n", "").replace("%", "%%"))
        drainer = subprocess.Popen(
            [sys.executable, "-m", "altcontext_webhooks", "deliver", "--schema", schema],
            env={**program_environment(self.receiver), "WEBHOOK_OUTBOX": url},
            stderr=subprocess.DEVNULL,
        )
        self.addCleanup(drainer.kill)
        event = json.dumps({"eventType": "scan.completed", "tenantId": "t", "payload": SCAN | {"tenantId": "t"}})
        for _time in range(5):
            run_sql(url, f'SELECT "{schema}".webhook_outbox_emit(CAST(%s AS jsonb))', event)
        self.receiver.wait(lambda receiver: len(receiver.stored) == 5)
        os.kill(drainer.pid, signal.SIGTERM)
        self.assertEqual(drainer.wait(60), 0)
        status = json.loads(self.call_command("status", "--schema", schema, WEBHOOK_OUTBOX=url)[1])
        self.assertEqual((status["accepted"], status["delivered"]), (5, 5))
