"""The delivered events of some ranges, whether still in the outbox or pruned, added up for each bucket."""

from typing import Dict, FrozenSet, List, NamedTuple, Sequence

from ..contract.id_bucket import IdRange, bucket_of
from ..contract.id_digest import MODULUS, IdSum
from ..outbox.outbox_completeness import OutboxCompleteness, SealedBucket
from .delivered_ids import read_delivered_ids


class BucketSums(NamedTuple):
    buckets: List[SealedBucket]
    """In order."""
    live: FrozenSet[str]
    """Buckets with events that are still in the outbox: they were delivered later than the rest."""
    moved: FrozenSet[str]
    """Buckets that were pruned while they were read: an id may have been added twice, or not at all."""


def sum_buckets(outbox: OutboxCompleteness, ranges: Sequence[IdRange]) -> BucketSums:
    sealed = _read_sealed(outbox, ranges)
    live: Dict[str, IdSum] = {}
    for range in ranges:
        for ids in read_delivered_ids(outbox, range):
            for id in ids:
                live.setdefault(bucket_of(id).start, IdSum()).add([id])
    moved = [name for name, now in _read_sealed(outbox, ranges).items() if name not in sealed or sealed[name].size != now.size]
    buckets: List[SealedBucket] = []
    for name in sorted({*sealed, *live}):
        kept = sealed.get(name, SealedBucket(name, 0, 0))
        added = live.get(name, IdSum())
        buckets.append(SealedBucket(name, kept.size + added.count, (kept.total + added.total) % MODULUS))
    return BucketSums(buckets, frozenset(live), frozenset(moved))


def _read_sealed(outbox: OutboxCompleteness, ranges: Sequence[IdRange]) -> Dict[str, SealedBucket]:
    return {
        sealed.bucket: sealed for sealed in outbox.sealed_buckets() if any(range.contains(sealed.bucket) for range in ranges)
    }
