"""What most of the emitter's tests begin with."""

import logging
import os
import subprocess
import sys
import time
import unittest
from pathlib import Path
from typing import Any, Callable, Dict, List

from altcontext_webhooks import Emitter, OutboxCounts

from .receiver import ADMIN_KEY, Receiver

SCAN: Dict[str, Any] = {
    "tenantId": "tenant-1",
    "jobId": "job-1",
    "mediaCount": 20,
    "identitiesDetected": 63,
    "durationMs": 3200,
}

_SOURCE = Path(__file__).resolve().parents[1] / "src"


class EmitterTestCase(unittest.TestCase):
    """A receiver, and emitters that deliver to it."""

    def setUp(self) -> None:
        self.receiver = self.enterContext(Receiver()) if hasattr(self, "enterContext") else self._enter(Receiver())
        logging.getLogger("altcontext_webhooks").addHandler(logging.NullHandler())
        logging.getLogger("altcontext_webhooks").propagate = False

    def _enter(self, receiver: Receiver) -> Receiver:
        # enterContext came with Python 3.11.
        receiver.__enter__()
        self.addCleanup(receiver.__exit__, None, None, None)
        return receiver

    def emitter(self, **options: Any) -> Emitter:
        """One on a short schedule."""
        emitter = Emitter(
            **{
                "url": self.receiver.url,
                "admin_key": ADMIN_KEY,
                "delays_s": (0.1, 0.2, 0.3),
                "timeout_s": 5,
                **options,
            }
        )
        self.addCleanup(emitter.close, 0)
        return emitter

    def assert_balanced(self, counts: OutboxCounts) -> None:
        settled = counts.delivered + counts.duplicate + counts.pending + counts.dead + sum(counts.dropped.values())
        self.assertEqual(counts.accepted, settled, counts)

    def run_program(self, program: str, **env: str) -> "subprocess.CompletedProcess[str]":
        """Runs a program to its end, with the receiver's address and key in its environment."""
        return subprocess.run(
            [sys.executable, "-c", program],
            env={**program_environment(self.receiver), **env},
            text=True,
            capture_output=True,
            timeout=120,
            check=False,
        )


def program_environment(receiver: Receiver) -> Dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(_SOURCE), "WEBHOOK_URL": receiver.url, "ADMIN_API_KEY": ADMIN_KEY}


def wait_until(condition: Callable[[], Any], timeout_s: float = 60) -> Any:
    """What the condition returns, once it is true."""
    deadline = time.monotonic() + timeout_s
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError("Waited for nothing")
        time.sleep(0.01)


def waits_between(times: List[float]) -> List[float]:
    return [later - earlier for earlier, later in zip(times, times[1:])]
