"""What the product says of how completeness is proven."""

from dataclasses import dataclass
from datetime import datetime
from typing import Callable, Iterable, Mapping, NamedTuple, Sequence, Union

from ..contract.completeness_limits import HEARTBEAT_INTERVAL_S, RECONCILE_INTERVAL_S


@dataclass(frozen=True)
class CompletenessOptions:
    """Durations are seconds."""

    heartbeat_interval_s: float = HEARTBEAT_INTERVAL_S
    """How often the receiver is told how far everything is delivered, 1 to 3600."""
    reconcile_interval_s: float = RECONCILE_INTERVAL_S
    """How often it is compared whether the receiver has everything, 1 to a week. Of processes on one outbox one does so."""


class MissingEventSource(NamedTuple):
    """An event that the receiver lost and whose body the outbox has no more, as the product knows it."""

    event_id: str
    event_type: str
    occurred_at: Union[str, datetime]
    payload: Mapping[str, object]


OnMissing = Callable[[Sequence[str]], Iterable[MissingEventSource]]
"""What it does not return stays missing."""
