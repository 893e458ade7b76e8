"""Emits into a SQLite outbox until it is killed, and names each event that was accepted."""

import os
import time
import uuid

from altcontext_webhooks import Emitter, SqliteOutbox

from .emitting import SCAN

outbox = SqliteOutbox(os.environ["WEBHOOK_OUTBOX"], poll_interval_s=0.1)
emitter = Emitter.from_env(outbox=outbox, delays_s=(0.1, 0.2, 0.3), long_delays_s=(0.5,) * 100)
while True:
    receipt = emitter.emit("scan.completed", {**SCAN, "jobId": str(uuid.uuid4())})  # type: ignore[misc]
    if receipt.status == "accepted":
        print(receipt.event_id, flush=True)
    time.sleep(0.005)
