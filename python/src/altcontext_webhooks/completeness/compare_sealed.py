"""Compares zones by whole buckets, without a salt: the sums that were kept have none."""

from dataclasses import dataclass, field
from typing import Callable, List, NamedTuple, Optional, Sequence, Tuple

from ..contract.completeness_limits import MAX_RANGES
from ..contract.id_bucket import IdRange, TimeSpan, bucket_of, bucket_span, pad_bound
from ..contract.id_digest import seal_id_sum
from ..outbox.outbox_completeness import OutboxCompleteness, SealedBucket
from .ask_receiver import AskReceiver, ComparedRange
from .find_differences import FindDifferences
from .range_result import RangeResult
from .sum_buckets import sum_buckets

# How many ids are compared in one request, so that the receiver responds in time.
_IDS_OF_REQUEST = 1_000_000
_IDS_OF_RANGE = 250_000
# How often a bucket is read again if it is pruned meanwhile, which happens once a minute.
_MAX_READINGS = 5


class SealedGap(NamedTuple):
    span: Optional[TimeSpan]
    """None for ids that hold no time: their hour is unknown."""
    events: int


@dataclass
class SealedDifferences:
    compared: int = 0
    """Delivered events that were compared."""
    missing: List[str] = field(default_factory=list)
    """Delivered events that the receiver does not have, and that are not pruned yet."""
    gaps: List[SealedGap] = field(default_factory=list)
    """Buckets in which the receiver has fewer events than were delivered, or different ones, and how many can no longer be named."""
    differing: List[IdRange] = field(default_factory=list)
    """The buckets that differ, to be looked at again before the others."""


class CompareSealed:
    """A bucket that differs is read and asked about once more before it is a gap, because events are delivered and pruned in the
    meantime; those of its events that are not pruned are looked for by their ids. A bucket may lie after the closed moment: what
    was delivered is at the receiver, whatever else arrives.
    """

    def __init__(self, outbox: OutboxCompleteness, ask: AskReceiver, salt: str) -> None:
        self._outbox = outbox
        self._ask = ask
        self._salt = salt

    def run(self, zones: Sequence[IdRange]) -> SealedDifferences:
        found = SealedDifferences()
        buckets = sum_buckets(self._outbox, zones).buckets
        left = [_to_range(buckets, range) for zone in zones for range in _cut(zone, buckets)]
        found.compared = sum(range.size for range in left)

        def conclude(compared: ComparedRange, result: RangeResult) -> List[ComparedRange]:
            range = compared.range
            if result.status == "differs":
                bounds = (range.start, *result.bounds)
                parts = [_to_range(buckets, IdRange(*ends)) for ends in zip(bounds, (*result.bounds, range.end))]
                return [part for part, theirs in zip(parts, result.sums) if part.sum[:8] != theirs]
            if result.status == "before_floor":
                rest = _above_floor(buckets, range, result.floor)
                found.compared -= compared.size - sum(part.size for part in rest)
                return rest
            if _is_bucket(result):
                found.differing.append(range)
            elif result.status != "equal":
                found.compared -= compared.size
            return []

        self._ask_until_empty(left, conclude)
        self._name_gaps(found)
        return found

    def _name_gaps(self, found: SealedDifferences) -> None:
        left = list(found.differing)
        for _reading in range(_MAX_READINGS):
            if not left:
                return
            sums = sum_buckets(self._outbox, left)
            still = [_to_range(sums.buckets, range) for range in left if range.start not in sums.moved]
            left = [range for range in left if range.start in sums.moved]
            for bucket, events in self._find_lacking(still):
                # The receiver also has those that are pruned.
                search = FindDifferences(self._outbox, self._ask, self._salt, is_partly_pruned=True)
                named = search.run([bucket]).missing if bucket.start in sums.live else []
                found.missing.extend(named)
                if events > len(named):
                    found.gaps.append(SealedGap(bucket_span(bucket.start), events - len(named)))

    def _find_lacking(self, buckets: Sequence[ComparedRange]) -> List[Tuple[IdRange, int]]:
        """If the receiver has more than was delivered, that is not a gap: it stores an event before the outbox records that, and it
        keeps events that the outbox has given up or pruned as dead.
        """
        lacking: List[Tuple[IdRange, int]] = []

        def conclude(bucket: ComparedRange, result: RangeResult) -> List[ComparedRange]:
            if _is_bucket(result) and result.count is not None and bucket.size >= result.count:
                lacking.append((bucket.range, max(1, bucket.size - result.count)))
            return []

        self._ask_until_empty(buckets, conclude)
        return lacking

    def _ask_until_empty(
        self,
        ranges: Sequence[ComparedRange],
        conclude: Callable[[ComparedRange, RangeResult], List[ComparedRange]],
    ) -> None:
        left = list(ranges)
        while left:
            count = _ranges_of_request(left)
            asked, left = left[:count], left[count:]
            for compared, result in zip(asked, self._ask.ranges("", asked)):
                left.extend(conclude(compared, result))


def _is_bucket(result: RangeResult) -> bool:
    """For a single bucket the receiver says how many events it has."""
    return result.status == "sealed" and result.count is not None


def _to_range(buckets: Sequence[SealedBucket], range: IdRange) -> ComparedRange:
    inside = [bucket for bucket in buckets if range.contains(bucket.bucket)]
    digest = seal_id_sum(sum(bucket.size for bucket in inside), sum(bucket.total for bucket in inside))
    return ComparedRange(range, *digest)


def _above_floor(buckets: Sequence[SealedBucket], range: IdRange, floor: str) -> List[ComparedRange]:
    """What is left of a range, in whole buckets: the receiver does not know all of the bucket that the floor cuts."""
    bucket = bucket_of(pad_bound(floor))
    start = bucket.start if bucket.start == pad_bound(floor) else bucket.end
    if start is None or start <= range.start or (range.end is not None and start >= range.end):
        return []
    return [_to_range(buckets, IdRange(start, range.end))]


def _cut(zone: IdRange, buckets: Sequence[SealedBucket]) -> List[IdRange]:
    """Cuts a zone between buckets, so that no piece has many more ids than the receiver adds up in one statement."""
    bounds: List[str] = []
    ids = 0
    for bucket in buckets:
        if not zone.contains(bucket.bucket):
            continue
        if ids > 0 and ids + bucket.size > _IDS_OF_RANGE:
            bounds.append(bucket.bucket)
            ids = 0
        ids += bucket.size
    return [IdRange(*ends) for ends in zip((zone.start, *bounds), (*bounds, zone.end))]


def _ranges_of_request(ranges: Sequence[ComparedRange]) -> int:
    """How many of the next ranges go together."""
    ids = 0
    for position, range in enumerate(ranges):
        ids += range.size
        if position > 0 and ids > _IDS_OF_REQUEST or position == MAX_RANGES:
            return position
    return len(ranges)
