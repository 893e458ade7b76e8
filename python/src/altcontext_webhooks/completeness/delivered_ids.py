"""Reading what was delivered."""

from typing import Iterator, List

from ..contract.id_bucket import IdRange
from ..outbox.outbox_completeness import OutboxCompleteness

# Reading and hashing this many ids takes a few milliseconds, during which nobody else can use the outbox.
_PAGE_IDS = 5000


def read_delivered_ids(outbox: OutboxCompleteness, range: IdRange) -> Iterator[List[str]]:
    """The delivered ids of a range, in order, in pages."""
    while True:
        ids = outbox.delivered_ids(range, _PAGE_IDS + 1)
        # The first id of the next page is where this one ends.
        following = ids.pop() if len(ids) > _PAGE_IDS else None
        yield ids
        if following is None:
            return
        range = IdRange(following, range.end)
