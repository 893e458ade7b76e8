"""Hands a scan's events to a webhook-relay on the same machine. Standard library only.

A 202 means that the relay has them on its disk; it delivers them, whatever happens. A request without a
response may be repeated: the relay recognises the events by their ids.

    RELAY_URL=http://127.0.0.1:4600 python3 post_to_relay.py
"""

import json
import os
import secrets
import urllib.request
import uuid
from datetime import datetime, timezone

from events import ClusterCreated, Event, ScanCompleted, SuggestionGenerated


def scan_events(tenant_id: str) -> list[Event]:
    job_id = str(uuid.uuid4())
    now = datetime.now(timezone.utc).isoformat()

    scan: ScanCompleted = {
        "eventType": "scan.completed",
        "tenantId": tenant_id,
        "occurredAt": now,
        "payload": {"jobId": job_id, "mediaCount": 20, "identitiesDetected": 63, "durationMs": 3200},
    }
    cluster: ClusterCreated = {
        "eventType": "cluster.created",
        "tenantId": tenant_id,
        "occurredAt": now,
        "payload": {"clusterId": "cluster-1", "identityCount": 12, "algorithm": "centroid"},
    }
    suggestions: SuggestionGenerated = {
        "eventType": "suggestion.generated",
        "tenantId": tenant_id,
        "occurredAt": now,
        "payload": {"jobId": job_id, "count": 5},
    }
    return [scan, cluster, suggestions]


def with_id(event: Event) -> dict:
    return {"id": str(uuid.uuid4()), **event}


def post(body: dict, traceparent: str) -> dict:
    headers = {"content-type": "application/json", "traceparent": traceparent}
    if token := os.environ.get("RELAY_TOKEN"):
        headers["authorization"] = f"Bearer {token}"
    request = urllib.request.Request(
        os.environ.get("RELAY_URL", "http://127.0.0.1:4600") + "/events",
        data=json.dumps(body).encode(),
        headers=headers,
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response)


if __name__ == "__main__":
    # Where the product uses OpenTelemetry, this comes from the active span; the receiver's span continues it.
    traceparent = f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"
    events = [with_id(event) for event in scan_events(os.environ.get("TENANT_ID", "tenant-1"))]
    response = post({"events": events}, traceparent)
    print(json.dumps({**response, "traceparent": traceparent}))
