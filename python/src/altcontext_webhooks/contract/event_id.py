"""Ids of events."""

import hashlib
import os
import re
import time
from uuid import UUID

from .contract import Contract

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)


def is_event_id(value: object) -> bool:
    """Whether a value can be an event's id: a UUID of any version, in upper or lower case."""
    return isinstance(value, str) and _UUID.fullmatch(value) is not None


def new_id() -> str:
    """A UUIDv7 (RFC 9562) for an event or a batch."""
    random = int.from_bytes(os.urandom(10), "big")
    number = (
        (time.time_ns() // 1_000_000) << 80 | 0x7 << 76 | (random >> 68) << 64 | 0b10 << 62 | (random & 0x3FFF_FFFF_FFFF_FFFF)
    )
    text = f"{number:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def dedupe_id(contract: Contract, event_type: str, occurred_at: str, tenant_id: str) -> str:
    """The id of an event that was sent without one: the UUIDv5 of ``eventType``, ``occurredAt`` in UTC milliseconds and
    ``tenantId``, separated by line feeds, in the contract's namespace.
    """
    name = f"{event_type}\n{occurred_at}\n{tenant_id}".encode()
    digest = hashlib.sha1(UUID(contract.dedupe_namespace).bytes + name, usedforsecurity=False).digest()
    return str(UUID(bytes=digest[:16], version=5))
