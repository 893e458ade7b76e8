"""The second layer of completeness: compares the product's own tables with what was emitted."""

import json
import time
from datetime import datetime
from typing import Iterable, List, NamedTuple, Optional, Set, Tuple, Union

from .contract.completeness_limits import GRACE_S
from .contract.contract import Contract
from .contract.description_service import description_service_contract
from .contract.event_id import dedupe_id
from .contract.instant import format_instant, read_instant, read_moment
from .errors import EmitterError
from .outbox.outbox import Outbox
from .outbox.outbox_completeness import OutboxCompleteness
from .outbox.postgres.names import checked_schema, identifier

_PAGE_EVENTS = 10_000
_COMPARE = "compare the product with what was emitted"

Moment = Union[str, datetime]


class NaturalKey(NamedTuple):
    """What the product's own tables know about an event that should have been emitted: type, tenant and the moment with which it
    is emitted, to the millisecond; or its id, if the product gives one.
    """

    event_type: str = ""
    tenant_id: str = ""
    occurred_at: Moment = ""
    event_id: str = ""


class NeverEmitted(NamedTuple):
    compared: int
    """Keys that were compared. Those of the last two minutes are not: they may be about to be emitted."""
    never_emitted: List[NaturalKey]
    """Nobody has emitted these. Emit them, with the same ``event_id`` or ``occurred_at``."""


def find_never_emitted(
    outbox: Outbox,
    keys: Iterable[NaturalKey],
    since: Moment,
    contract: Contract = description_service_contract,
) -> NeverEmitted:
    """Compares what the product has with what was emitted, and names what never was. Whether emitted events have arrived,
    ``Emitter.reconcile`` tells.

    ``keys``: what the product has from ``since`` on; a query of its tables, for example. ``since``: the outbox must remember that far
    back, at most its ``log_retention_s``. Raises ``EmitterError`` ``not_comparable`` when the outbox is memory,
    ``invalid_options`` for a moment that cannot be read.
    """
    completeness: Optional[OutboxCompleteness] = getattr(outbox, "completeness", None)
    if completeness is None:
        raise EmitterError(
            "not_comparable",
            f"Failed to {_COMPARE}: this outbox is memory, which forgets it. Give a durable one.",
        )
    since_moment = read_moment(since, _COMPARE, "since")
    # The product is read first: what it adds afterwards is not looked for.
    until_s = time.time() - GRACE_S
    wanted: List[Tuple[NaturalKey, str]] = []
    for key in keys:
        if key.event_id:
            wanted.append((key, key.event_id.lower()))
            continue
        moment = read_moment(key.occurred_at, _COMPARE, "occurred_at")
        if since_moment <= moment and moment.timestamp() <= until_s:
            wanted.append((key, dedupe_id(contract, key.event_type, format_instant(moment), key.tenant_id or contract.name)))
    emitted = _emitted_since(completeness, since_moment.timestamp() * 1000, contract)
    return NeverEmitted(len(wanted), [key for key, id in wanted if id not in emitted])


def never_emitted_sql(keys: str, schema: str = "public") -> str:
    """The same in SQL, for a product whose tables are in the database of its PostgreSQL outbox: the rows of ``keys``,
    a SELECT with the columns ``event_type``, ``tenant_id`` and ``occurred_at`` (a ``timestamptz``), for which nobody has emitted an event. ``keys`` must not
    reach back further than the outbox remembers (``log_retention_s``), and should end two minutes ago.
    """
    events = f"{identifier(checked_schema(schema))}.webhook_outbox"
    return f"""WITH keys AS ({keys}), emitted AS (
  SELECT event_type, body::jsonb ->> 'tenantId' AS tenant_id,
    date_trunc('milliseconds', (body::jsonb ->> 'occurredAt')::timestamptz) AS occurred_at
  FROM {events} WHERE body IS NOT NULL AND accepted_at >= (SELECT min(occurred_at) FROM keys)
)
SELECT keys.* FROM keys WHERE NOT EXISTS (
  SELECT FROM emitted WHERE emitted.event_type = keys.event_type AND emitted.tenant_id = keys.tenant_id
    AND emitted.occurred_at = date_trunc('milliseconds', keys.occurred_at)
)"""


def _emitted_since(outbox: OutboxCompleteness, since_ms: float, contract: Contract) -> Set[str]:
    """The ids of emitted events, and their dedupe ids, whatever ids they were emitted with."""
    emitted: Set[str] = set()
    after = ""
    while True:
        page = outbox.accepted_events(since_ms, after, _PAGE_EVENTS)
        for event in page:
            emitted.add(event.id)
            natural = None if event.body is None else _natural_id_of(event.body, contract)
            if natural is not None:
                emitted.add(natural)
        if len(page) < _PAGE_EVENTS:
            return emitted
        after = page[-1].id


def _natural_id_of(body: str, contract: Contract) -> Optional[str]:
    try:
        event = json.loads(body)
        moment = read_instant(event["occurredAt"])
        return None if moment is None else dedupe_id(contract, event["eventType"], format_instant(moment), event["tenantId"])
    except (ValueError, TypeError, KeyError, AttributeError):
        # What was inserted by SQL may be anything.
        return None
