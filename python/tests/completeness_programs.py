"""Programs of the tests that compare with a receiver: ``python -m tests.completeness_programs deliver ID,...`` and ``prune``."""

import os
import sys
import time
from typing import Union

from altcontext_webhooks import DurableOptions, Emitter, PostgresOutbox, SqliteOutbox

from .emitting import SCAN


def open_outbox(options: DurableOptions = DurableOptions()) -> Union[PostgresOutbox, SqliteOutbox]:
    location = os.environ["WEBHOOK_OUTBOX"]
    if location.startswith("postgres"):
        return PostgresOutbox(location, options=options)
    return SqliteOutbox(location, options=options)


def main(command: str, ids: str = "") -> None:
    if command == "deliver":
        with Emitter.from_env(outbox=open_outbox(), timeout_s=60) as emitter:
            for number, id in enumerate(ids.split(",")):
                emitter.emit("scan.completed", {**SCAN, "jobId": f"job-{number}"}, event_id=id)  # type: ignore[misc]
            assert emitter.flush(60).is_complete
    else:
        outbox = open_outbox(DurableOptions(log_retention_s=0))
        # Two clocks agree, so that nothing is too young to be pruned.
        outbox.note_receiver_time(time.time() * 1000)
        outbox.claim(1, 60)
        outbox.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
