"""Programs of the tests that compare with a receiver: ``python -m tests.completeness_programs``.

Each line of the input, a list in JSON, is a program and its arguments: ``deliver ID,...``, ``prune``, or a command of the package.
It runs in a process that is forked from this one, which has imported everything; a line of JSON says how it has ended.
"""

import contextlib
import io
import json
import os
import sys
import time
import traceback
from typing import Sequence, Union

from altcontext_webhooks import DurableOptions, Emitter, PostgresOutbox, SqliteOutbox
from altcontext_webhooks.cli import main as run_command
from altcontext_webhooks.outbox.postgres.connections import Connections

from .emitting import SCAN


def open_outbox(options: DurableOptions = DurableOptions()) -> Union[PostgresOutbox, SqliteOutbox]:
    location = os.environ["WEBHOOK_OUTBOX"]
    if location.startswith("postgres"):
        return PostgresOutbox(location, options=options)
    return SqliteOutbox(location, options=options)


def deliver(ids: str) -> None:
    with Emitter.from_env(outbox=open_outbox(), timeout_s=60) as emitter:
        for number, id in enumerate(ids.split(",")):
            emitter.emit("scan.completed", {**SCAN, "jobId": f"job-{number}"}, event_id=id)  # type: ignore[misc]
        assert emitter.flush(60).is_complete


def prune() -> None:
    outbox = open_outbox(DurableOptions(log_retention_s=0))
    # Two clocks agree, so that nothing is too young to be pruned.
    outbox.note_receiver_time(time.time() * 1000)
    outbox.claim(1, 60)
    outbox.close()


def run(args: Sequence[str]) -> int:
    if args[0] == "deliver":
        deliver(args[1])
    elif args[0] == "prune":
        prune()
    else:
        return run_command(args)
    return 0


def main() -> None:
    # Imports the driver.
    Connections(os.environ["WEBHOOK_OUTBOX"])
    for line in sys.stdin:
        process = os.fork()
        if process == 0:
            output, errors = io.StringIO(), io.StringIO()
            with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
                try:
                    code = run(json.loads(line))
                except BaseException:  # noqa: BLE001
                    code = 1
                    traceback.print_exc()
            print(json.dumps({"code": code, "output": output.getvalue(), "errors": errors.getvalue()}), flush=True)
            return
        os.waitpid(process, 0)


if __name__ == "__main__":
    main()
