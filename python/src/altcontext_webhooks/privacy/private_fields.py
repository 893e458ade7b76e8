"""Events without the fields that their contract marks as private."""

import json
from typing import Any, Dict

from ..contract.contract import Contract


def without_private_fields(contract: Contract, event_type: str, payload: Dict[str, Any]) -> Dict[str, Any]:
    """A copy of a payload as it may be stored, logged or traced. Empty for an event type that the contract does not know:
    nothing says what in it is private.
    """
    definition = contract.events.get(event_type)
    if definition is None:
        return {}
    return {name: value for name, value in payload.items() if name not in definition.private_fields}


def erase_private_fields(contract: Contract, body: str) -> str:
    """An envelope as JSON without its private fields: what is kept of a dead event after a while."""
    try:
        event = json.loads(body)
        payload = without_private_fields(contract, event["eventType"], dict(event["payload"]))
    except (ValueError, TypeError, KeyError):
        # What was inserted by SQL may be anything.
        return "{}"
    return json.dumps({**event, "payload": payload}, ensure_ascii=False, separators=(",", ":"))
