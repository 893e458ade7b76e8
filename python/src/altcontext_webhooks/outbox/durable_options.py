"""What the SQLite and the PostgreSQL outbox have in common."""

from dataclasses import dataclass
from typing import List

from ..contract.contract import Contract
from ..contract.description_service import description_service_contract
from ..errors import EmitterError

_DAY = 86_400.0
RETRY_HORIZON_S = description_service_contract.limits.retry_horizon_s


@dataclass(frozen=True)
class DurableOptions:
    """Durations are seconds."""

    contract: Contract = description_service_contract
    """Says which fields are private, so that they can be erased from dead events."""
    max_age_s: float = RETRY_HORIZON_S
    """How long after it was accepted an event may be sent. An older one is dropped as ``expired``. Not more than the default
    of 60 days: the receiver may have forgotten by then that it has the event."""
    log_retention_s: float = 7 * _DAY
    """How long delivered, duplicate and dropped events stay in the delivery log."""
    dead_retention_s: float = 90 * _DAY
    """How long dead events stay."""
    dead_private_fields_s: float = 7 * _DAY
    """After how long the private fields of a dead event are erased."""

    def __post_init__(self) -> None:
        problems: List[str] = []
        if not 1 <= self.max_age_s <= RETRY_HORIZON_S:
            problems.append(f"max_age_s is {self.max_age_s!r}, expected 1 to {RETRY_HORIZON_S:g}")
        for name in ("log_retention_s", "dead_retention_s", "dead_private_fields_s"):
            if not getattr(self, name) >= 0:
                problems.append(f"{name} is {getattr(self, name)!r}, expected at least 0")
        if problems:
            raise EmitterError("invalid_options", f"Failed to open an outbox: {'; '.join(problems)}. Correct the options.")


def to_entry(what: str, attempts: int, detail: str) -> "dict[str, object]":
    """One line of an event's history, as the delivery log of every durable outbox has it."""
    return {"what": what, "attempts": attempts, **({"detail": detail} if detail else {})}
