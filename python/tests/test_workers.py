"""Real workers of Celery and RQ with the README's recipes, over a redis-server of their own."""

import importlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from .emitting import EmitterTestCase, program_environment, wait_until
from .test_readme import block_with


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class WorkersTest(EmitterTestCase):
    def setUp(self) -> None:
        super().setUp()
        if shutil.which("redis-server") is None:
            self.skipTest("redis-server is not installed")
        self.need("redis")
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        port = free_port()
        self.redis_url = f"redis://127.0.0.1:{port}/0"
        self._start(["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder.name])
        deadline = time.monotonic() + 60
        while not listens(port) and time.monotonic() < deadline:
            time.sleep(0.05)

    def need(self, module: str) -> None:
        try:
            importlib.import_module(module)
        except ImportError:
            self.skipTest(f"{module} is not installed")

    def _start(self, command: Any) -> "subprocess.Popen[bytes]":
        env = program_environment(self.receiver)
        env["PYTHONPATH"] += f":{self.folder}"
        process = subprocess.Popen(command, cwd=self.folder, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait, 20)
        self.addCleanup(process.terminate)
        return process

    def test_a_celery_worker_delivers_what_its_tasks_emit_before_its_processes_end(self) -> None:
        self.need("celery")
        done = self.folder / "done"
        done.touch()
        added = f"""
from celery.signals import task_postrun, worker_ready

celery_app.conf.broker_url = {self.redis_url!r}

@task_postrun.connect
def note_that_it_ran(**_):
    with open({str(done)!r}, "a") as file:
        file.write(".")

@worker_ready.connect
def send_jobs(**_):
    for job in range(10):
        complete_scan.delay(f"job-{{job}}")
"""
        (self.folder / "product_tasks.py").write_text(block_with("worker_process_shutdown") + added)
        worker = self._start([sys.executable, "-m", "celery", "-A", "product_tasks", "worker", "-c", "2", "-l", "error"])
        # All tasks ran; what they emitted may still wait.
        wait_until(lambda: done.stat().st_size == 10, 120)
        worker.terminate()
        worker.wait(90)
        self.assertEqual(len(self.receiver.stored), 10)

    def test_a_job_of_rq_has_delivered_what_it_emitted_when_it_ends(self) -> None:
        self.need("rq")
        (self.folder / "product_jobs.py").write_text(block_with("complete_scan_job"))
        work = f"""
import redis, rq
connection = redis.Redis.from_url({self.redis_url!r})
queue = rq.Queue(connection=connection)
for job in range(3): queue.enqueue("product_jobs.complete_scan_job", f"job-{{job}}")
rq.Worker([queue], connection=connection).work(burst=True)
"""
        self._run(work)
        self.assertEqual(len(self.receiver.stored), 3)

    def _run(self, program: str) -> None:
        env = program_environment(self.receiver)
        env["PYTHONPATH"] += f":{self.folder}"
        result = subprocess.run(
            [sys.executable, "-c", program], cwd=self.folder, env=env, capture_output=True, text=True, timeout=120, check=False
        )
        self.assertEqual(result.returncode, 0, result.stderr)
