"""Sends the description service's webhook events: typed, checked at the call, delivered with retries.

>>> emitter = Emitter.from_env()  # WEBHOOK_URL, ADMIN_API_KEY and, optionally, WEBHOOK_SIGNING_SECRET
>>> emitter.emit("scan.completed", {"tenantId": tenant.id, "jobId": job.id, "mediaCount": 20,
...                                 "identitiesDetected": 63, "durationMs": 3200})
"""

from .completeness.options import CompletenessOptions, MissingEventSource
from .completeness.report import CompletenessGap, MissingEvent, ReconcileReport
from .contract.contract import Contract, read_contract
from .contract.description_service import description_service_contract
from .delivery.verify_sender import SenderVerification
from .emitter import DrainReport, EmitReceipt, Emitter
from .errors import EmitterError, EventIssue
from .never_emitted import NaturalKey, NeverEmitted, find_never_emitted, never_emitted_sql
from .outbox.durable_options import DurableOptions
from .outbox.memory import MemoryOutbox
from .outbox.outbox import Outbox, OutboxCounts
from .outbox.postgres.migrate import outbox_sql
from .outbox.postgres.outbox import PostgresOutbox
from .outbox.sqlite.outbox import SqliteOutbox
from .reports.reports import AttemptReport, LostEvent
from .wire.signing import create_signing_secret, verify_webhook

__all__ = [
    "AttemptReport",
    "CompletenessGap",
    "CompletenessOptions",
    "Contract",
    "DrainReport",
    "DurableOptions",
    "EmitReceipt",
    "Emitter",
    "EmitterError",
    "EventIssue",
    "LostEvent",
    "MemoryOutbox",
    "MissingEvent",
    "MissingEventSource",
    "NaturalKey",
    "NeverEmitted",
    "Outbox",
    "OutboxCounts",
    "PostgresOutbox",
    "ReconcileReport",
    "SenderVerification",
    "SqliteOutbox",
    "create_signing_secret",
    "description_service_contract",
    "find_never_emitted",
    "never_emitted_sql",
    "outbox_sql",
    "read_contract",
    "verify_webhook",
]
