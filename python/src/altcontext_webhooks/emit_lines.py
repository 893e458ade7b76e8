"""Events as lines of JSON on standard input: how a shell, or the contract kit, emits."""

import json
import sys
from typing import Any, TextIO

from .emitter import Emitter
from .errors import EmitterError


def emit_lines(emitter: Emitter, lines: TextIO) -> int:
    """Emits each line, ``{ "eventType", "tenantId", "occurredAt", "payload" }``, at once. Returns how many were refused."""
    refused = 0
    emit: Any = emitter.emit
    for line in lines:
        if line.strip() == "":
            continue
        try:
            event = json.loads(line)
            payload = {"tenantId": event.get("tenantId"), **event.get("payload", {})}
            emit(event.get("eventType"), payload, occurred_at=event.get("occurredAt"), event_id=event.get("id"))
        except EmitterError as error:
            refused += 1
            print(error, file=sys.stderr)
        except (ValueError, AttributeError, TypeError):
            refused += 1
            print("A line is not a JSON event.", file=sys.stderr)
    return refused
