"""The package as it is shipped, typed and traced."""

import importlib.util
import re
import subprocess
import sys
import tempfile
import unittest
import zipfile
from pathlib import Path
from typing import Any

from .emitting import SCAN, EmitterTestCase

_FOLDER = Path(__file__).resolve().parents[1]

_NO_SUCH_EVENT = 'No overload variant of "__call__" of "EmitEvents" matches argument type'

# Each with what mypy says about it.
_MISTAKES = {
    'emitter.emit("scan.complete", {"tenantId": "t"})': _NO_SUCH_EVENT,
    'emitter.emit("suggestion.generated", {"tenantId": "t", "count": "5"})': _NO_SUCH_EVENT,
    'emitter.emit("suggestion.generated", {"tenantId": "t"})': _NO_SUCH_EVENT,
    'emitter.emit("suggestion.generated", {"count": 5})': _NO_SUCH_EVENT,
    'emitter.emit("suggestion.generated", {"tenantId": "t", "count": 5, "counts": 6})': _NO_SUCH_EVENT,
    'emitter.emit("suggestion.resolved", {"tenantId": "t", "suggestionId": "s", "resolution": "dismissed"})': _NO_SUCH_EVENT,
    'emitter.emit("apikey.created", {"tenantId": "t", "keyPrefix": None})': _NO_SUCH_EVENT,
    'emitter.emit("suggestion.generated", {"tenantId": "t", "count": 5}, ocurred_at=None)': _NO_SUCH_EVENT,
    'emitter.emit({"eventType": "suggestion.generated", "payload": {}})': _NO_SUCH_EVENT,
    'Emitter(url="https://marketing.example")': 'Missing named argument "admin_key" for "Emitter"',
}

_RIGHT = """from altcontext_webhooks import Emitter
emitter = Emitter.from_env()
emitter.emit("suggestion.generated", {"tenantId": "t", "count": 5})
"""


class PackageTest(unittest.TestCase):
    def run_python(self, *args: str, cwd: Path = _FOLDER, **env: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, *args], cwd=cwd, capture_output=True, text=True, timeout=240, check=False, env=env or None
        )

    def test_wheel_and_sdist_are_built_without_network_and_the_wheel_runs_without_the_sources(self) -> None:
        if importlib.util.find_spec("setuptools") is None or importlib.util.find_spec("wheel") is None:
            self.skipTest("setuptools and wheel are not installed")
        with tempfile.TemporaryDirectory() as folder:
            # Nothing leaves this machine: every proxy is set to an address where nothing listens.
            result = self.run_python("build_offline.py", folder, PATH="/usr/bin:/bin", https_proxy="http://127.0.0.1:9")
            self.assertEqual(result.returncode, 0, result.stderr)
            (wheel,) = Path(folder).glob("*.whl")
            self.assertEqual(len(list(Path(folder).glob("*.tar.gz"))), 1)
            names = zipfile.ZipFile(wheel).namelist()
            for name in ("py.typed", "events.py", "outbox/postgres/outbox.sql", "cli.py"):
                self.assertIn(f"altcontext_webhooks/{name}", names)
            self.assertFalse([name for name in names if "test" in name])
            result = self.run_python("-m", "altcontext_webhooks", "sql", cwd=Path(folder), PYTHONPATH=str(wheel))
            self.assertIn("CREATE OR REPLACE FUNCTION", result.stdout, result.stderr)

    def test_mypy_finds_nothing_in_strict_mode_and_the_commonest_mistakes_in_a_product(self) -> None:
        mypy = next((path for path in ("/usr/bin/mypy",) if Path(path).exists()), None)
        if mypy is None:
            self.skipTest("Debian's mypy is not installed")
        with tempfile.TemporaryDirectory() as folder:
            product = Path(folder) / "product.py"
            product.write_text(_RIGHT + "\n".join(_MISTAKES))
            # The package, and beside it a product.
            checked = ["-p", "altcontext_webhooks", "-m", "product"]
            env = {"MYPYPATH": f"{_FOLDER / 'src'}:{folder}", "PATH": "/usr/bin:/bin"}
            cache = str(_FOLDER / ".mypy_cache")
            command = [mypy, "--config-file", str(_FOLDER / "pyproject.toml"), "--cache-dir", cache, *checked]
            result = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=240, check=False)
        # 1: mistakes were found. 2: mypy itself failed.
        self.assertEqual((result.returncode, result.stderr), (1, ""), result.stdout)
        errors = [line for line in result.stdout.splitlines() if ": error: " in line]
        self.assertEqual(len(errors), len(_MISTAKES), result.stdout)
        for number, (error, message) in enumerate(zip(errors, _MISTAKES.values()), _RIGHT.count("\n") + 1):
            self.assertRegex(error, rf"^product\.py:{number}: error: {re.escape(message)}")


class TraceTest(EmitterTestCase):
    def test_the_active_span_travels_with_the_event_and_without_a_span_nothing_does(self) -> None:
        try:
            from opentelemetry import trace
        except ImportError:
            self.skipTest("opentelemetry is not installed")
        emitter: Any = self.emitter()
        emitter.emit("scan.completed", SCAN)
        emitter.flush(60)
        context = trace.SpanContext(0x0AF7651916CD43DD8448EB211C80319C, 0xB7AD6B7169203331, False, trace.TraceFlags(1))
        with trace.use_span(trace.NonRecordingSpan(context)):
            emitter.emit("scan.completed", SCAN)
        emitter.flush(60)
        sent = [request.headers.get("traceparent") for request in self.receiver.requests]
        self.assertEqual(sent, [None, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"])
