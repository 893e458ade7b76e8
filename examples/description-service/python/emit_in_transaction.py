"""Writes a scan's result and its event in one transaction, through psql. Nothing to install.

The event is sent if, and only if, the transaction commits; a relay with
RELAY_OUTBOX=postgres://... on the same database delivers it.

    DATABASE_URL=postgres://... python3 emit_in_transaction.py [--rollback]
"""

import json
import os
import subprocess
import sys
import uuid

job_id = str(uuid.uuid4())
event = {
    "eventType": "scan.completed",
    "tenantId": os.environ.get("TENANT_ID", "tenant-1"),
    "payload": {"jobId": job_id, "mediaCount": 20, "identitiesDetected": 63, "durationMs": 3200},
}
end = "ROLLBACK" if "--rollback" in sys.argv else "COMMIT"
script = f"""
BEGIN;
CREATE TABLE IF NOT EXISTS scan_jobs (id TEXT PRIMARY KEY, status TEXT NOT NULL);
INSERT INTO scan_jobs VALUES (:'job', 'completed');
SELECT webhook_outbox_emit(:'event'::jsonb);
{end};
"""
psql = ["psql", os.environ["DATABASE_URL"], "--no-psqlrc", "--quiet", "--tuples-only", "--no-align"]
variables = ["--set=ON_ERROR_STOP=1", f"--set=job={job_id}", f"--set=event={json.dumps(event)}"]
result = subprocess.run(psql + variables, input=script, text=True, capture_output=True, check=False)
if result.returncode != 0:
    sys.exit(result.stderr)
print(json.dumps({"eventId": result.stdout.strip(), "jobId": job_id, "end": end}))
