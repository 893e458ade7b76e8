"""How the product wants completeness to be proven."""

from dataclasses import dataclass
from datetime import datetime
from typing import Callable, Iterable, Mapping, NamedTuple, Sequence, Union

from ..contract.completeness_limits import HEARTBEAT_INTERVAL_S, RECONCILE_INTERVAL_S


@dataclass(frozen=True)
class CompletenessOptions:
    """Durations are seconds."""

    heartbeat_interval_s: float = HEARTBEAT_INTERVAL_S
    """How often the receiver is told up to when everything is delivered, 1 to 3600."""
    reconcile_interval_s: float = RECONCILE_INTERVAL_S
    """How often delivered events are compared with the receiver, 1 to a week. Only one of the processes on an outbox does so."""


class MissingEventSource(NamedTuple):
    """An event that the receiver lost and whose body the outbox no longer has, as the product knows it."""

    event_id: str
    event_type: str
    occurred_at: Union[str, datetime]
    payload: Mapping[str, object]


OnMissing = Callable[[Sequence[str]], Iterable[MissingEventSource]]
"""Events that it does not return stay missing."""
