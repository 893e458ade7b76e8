"""Emits in transactions of the product's PostgreSQL until it is ended, and names each event whose transaction committed.
Every fifth is rolled back.
"""

import os
import time
import uuid

from altcontext_webhooks import Emitter
from altcontext_webhooks.outbox.postgres.connections import connect

from .emitting import SCAN

# The emitter of a process that only writes: its outbox is never used, and others deliver.
emitter = Emitter.from_env()
connection = connect(os.environ["WEBHOOK_OUTBOX"])
number = 0
while True:
    is_rolled_back = number % 5 == 4
    job = f"{'rolled-back' if is_rolled_back else 'python'}-{uuid.uuid4()}"
    receipt = emitter.emit("scan.completed", {**SCAN, "jobId": job}, session=connection)  # type: ignore[misc]
    if is_rolled_back:
        connection.rollback()
    else:
        connection.commit()
        print(receipt.event_id, flush=True)
    number += 1
    time.sleep(0.005)
