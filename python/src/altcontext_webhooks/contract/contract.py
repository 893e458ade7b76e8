"""A contract, read once from what ``webhook-contract export --format python`` wrote."""

from dataclasses import dataclass
from typing import Any, Callable, Dict, Mapping, Optional, Tuple

from ..privacy.redact_text import redact_text
from ..privacy.reduce_to_origin import reduce_to_origin
from .check_value import Check, compile_check


@dataclass(frozen=True)
class ContractLimits:
    """The bounds that both sides keep to. Sizes are in bytes, durations in seconds."""

    min_admin_key_length: int
    max_text_length: int
    max_batch_events: int
    max_body_bytes: int
    max_batch_body_bytes: int
    max_future_s: float
    signature_tolerance_s: float
    retry_horizon_s: float


@dataclass(frozen=True)
class EventDefinition:
    """One kind of event."""

    timestamp: Optional[str]
    """The payload's own timestamp, which repeats ``occurredAt``; None where it has none."""
    private_fields: Tuple[str, ...]
    """Used in passing and never stored, logged or traced."""
    reductions: Mapping[str, Callable[[str], Any]]
    """What is done to a text before it leaves: redacted, or reduced to an origin."""
    required: "frozenset[str]"
    checks: Mapping[str, Check]


@dataclass(frozen=True)
class Contract:
    """A registry of events. ``read_contract`` makes it."""

    name: str
    dedupe_namespace: str
    limits: ContractLimits
    check_tenant_id: Optional[Check]
    """None where the contract has no tenants: then the contract's name stands for the tenant."""
    check_occurred_at: Check
    events: Mapping[str, EventDefinition]


def read_contract(exported: Mapping[str, Any]) -> Contract:
    """Reads the ``CONTRACT`` of an exported module."""
    envelope = exported["envelope"]
    return Contract(
        name=exported["name"],
        dedupe_namespace=exported["dedupeNamespace"],
        limits=_read_limits(exported["limits"]),
        check_tenant_id=None if envelope["tenantId"] is None else compile_check(envelope["tenantId"]),
        check_occurred_at=compile_check(envelope["occurredAt"]),
        events={name: _read_event(event) for name, event in exported["events"].items()},
    )


_REDUCTIONS: Dict[str, Callable[[str], Any]] = {"redact_text": redact_text, "reduce_to_origin": reduce_to_origin}


def _read_event(event: Mapping[str, Any]) -> EventDefinition:
    return EventDefinition(
        timestamp=event["timestamp"],
        private_fields=tuple(event["privateFields"]),
        reductions={field: _REDUCTIONS[name] for field, name in event["reductions"].items()},
        required=frozenset(event["required"]),
        checks={field: compile_check(schema) for field, schema in event["properties"].items()},
    )


def _read_limits(limits: Mapping[str, int]) -> ContractLimits:
    return ContractLimits(
        min_admin_key_length=limits["minAdminKeyLength"],
        max_text_length=limits["maxTextLength"],
        max_batch_events=limits["maxBatchEvents"],
        max_body_bytes=limits["maxBodyBytes"],
        max_batch_body_bytes=limits["maxBatchBodyBytes"],
        max_future_s=limits["maxFutureMs"] / 1000,
        signature_tolerance_s=limits["signatureToleranceMs"] / 1000,
        retry_horizon_s=limits["retryHorizonMs"] / 1000,
    )
