"""Posts one event to the receiver by hand. Standard library only.

Nothing is kept: if the receiver is down, the event is lost. Use post_to_relay.py or
emit_in_transaction.py where that matters.

    WEBHOOK_URL=https://marketing.example/v1/webhooks/description-service ADMIN_API_KEY=... python3 post_to_receiver.py
"""

import json
import os
import urllib.request
from datetime import datetime, timezone

from events import ScanCompleted

event: ScanCompleted = {
    "eventType": "scan.completed",
    "tenantId": os.environ.get("TENANT_ID", "tenant-1"),
    "occurredAt": datetime.now(timezone.utc).isoformat(),
    "payload": {
        "jobId": "job-from-python",
        "mediaCount": 20,
        "identitiesDetected": 63,
        "durationMs": 3200,
    },
}
request = urllib.request.Request(
    os.environ["WEBHOOK_URL"],
    data=json.dumps(event).encode(),
    headers={"content-type": "application/json", "x-admin-key": os.environ["ADMIN_API_KEY"]},
)
with urllib.request.urlopen(request, timeout=10) as response:
    print(json.dumps(json.load(response)))
