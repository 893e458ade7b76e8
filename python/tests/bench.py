"""The cost of one event in its caller, and a burst: ``python -m tests.bench [events] [outbox]``. One line of JSON per outbox.

``microsPerEvent`` is the mean over the burst, with the sender at work beside it, ``cpuMicrosPerEvent`` what the calling thread
computed of that; ``seconds`` is until everything is delivered. The receiver is its own, or the one at ``WEBHOOK_URL``.
"""

import json
import os
import resource
import signal
import sys
import tempfile
import time
from contextlib import contextmanager
from typing import Any, Callable, Dict, Iterator

from altcontext_webhooks import Emitter, MemoryOutbox, PostgresOutbox, SqliteOutbox

from .emitting import SCAN
from .receiver import ADMIN_KEY, Receiver


def measure(name: str, events: int, outbox: Any) -> Dict[str, Any]:
    with receiver_process() as url:
        emitter = Emitter(url=url, admin_key=ADMIN_KEY, outbox=outbox)
        started, started_cpu = time.perf_counter(), time.thread_time()
        for _event in range(events):
            emitter.emit("scan.completed", SCAN)  # type: ignore[arg-type]
        accepted, accepted_cpu = time.perf_counter(), time.thread_time()
        emitter.flush(600)
        delivered = time.perf_counter()
        counts = emitter.stats()
        emitter.close()
        return {
            "outbox": name,
            "events": events,
            "acceptedPerSecond": round(events / (accepted - started)),
            "microsPerEvent": round((accepted - started) / events * 1e6, 1),
            "cpuMicrosPerEvent": round((accepted_cpu - started_cpu) / events * 1e6, 1),
            "seconds": round(delivered - started, 2),
            "lost": events - counts.delivered,
            "pending": counts.pending,
            "peakMegabytes": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        }


@contextmanager
def receiver_process() -> Iterator[str]:
    """The receiver in a process of its own: in this process it would take turns with the emitter."""
    if "WEBHOOK_URL" in os.environ:
        yield os.environ["WEBHOOK_URL"]
        return
    output, written = os.pipe()
    child = os.fork()
    if child == 0:
        with Receiver() as receiver:
            os.write(written, receiver.url.encode())
            signal.pause()
        os._exit(0)
    try:
        yield os.read(output, 1000).decode()
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def main() -> None:
    events = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    wanted = sys.argv[2] if len(sys.argv) > 2 else None
    with tempfile.TemporaryDirectory() as folder:
        outboxes: Dict[str, Callable[[], Any]] = {
            "memory": MemoryOutbox,
            "sqlite": lambda: SqliteOutbox(os.path.join(folder, "outbox.db"), poll_interval_s=0.05),
        }
        database = os.environ.get("WEBHOOK_TEST_DATABASE")
        if database:
            outboxes["postgres"] = lambda: PostgresOutbox(database, poll_interval_s=0.05)
        for name, create in outboxes.items():
            if wanted not in (None, name):
                continue
            # In a process of its own, so that the peak is this outbox's.
            child = os.fork()
            if child == 0:
                print(json.dumps(measure(name, events, create())), flush=True)
                os._exit(0)
            os.waitpid(child, 0)


if __name__ == "__main__":
    main()
