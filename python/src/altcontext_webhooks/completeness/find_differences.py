"""Compares what is delivered with what the receiver has, and narrows differences down to single ids."""

from dataclasses import dataclass, field
from typing import Callable, Iterator, List, Optional, Sequence

from ..contract.completeness_limits import MAX_RANGES
from ..contract.id_bucket import IdRange
from ..contract.id_digest import IdSum, short_id_hash
from ..outbox.outbox_completeness import OutboxCompleteness
from .ask_receiver import AskReceiver, ComparedRange
from .delivered_ids import read_delivered_ids
from .range_result import RangeResult

# How many ids make one range.
_CHUNK_IDS = 250_000
# How many ids are compared in one request, so that the receiver responds in time.
_IDS_OF_REQUEST = 1_000_000
# How many ranges that differ go into one request: the result for each may take a kilobyte.
_MAX_SPLITS = 128


@dataclass
class Differences:
    """Where the producer and the receiver differ."""

    missing: List[str] = field(default_factory=list)
    """Delivered events that the receiver does not have."""
    unexplained: List[str] = field(default_factory=list)
    """Events that only the receiver has, and that the outbox knows nothing about."""
    sealed: List[ComparedRange] = field(default_factory=list)
    """Ranges for which the receiver keeps only sums: they are not compared yet."""
    below_floor: int = 0
    """Events about which the receiver no longer knows anything."""


class FindDifferences:
    """What the outbox has delivered is read before the receiver is asked, and what else it knows afterwards: an event on its way is
    never a difference.

    ``is_partly_pruned``: some delivered events are pruned here, so the receiver has more; only missing ones among the others
    are looked for.
    """

    def __init__(
        self,
        outbox: OutboxCompleteness,
        ask: AskReceiver,
        salt: str,
        is_partly_pruned: bool = False,
        on_compared: Optional[Callable[[int], None]] = None,
    ) -> None:
        self._outbox = outbox
        self._ask = ask
        self._salt = salt
        self._is_partly_pruned = is_partly_pruned
        self._on_compared = on_compared
        self._found = Differences()

    def run(self, ranges: Sequence[IdRange]) -> Differences:
        chunks: List[ComparedRange] = []
        ids = 0
        for range in ranges:
            for chunk in self._cut(range):
                if ids + chunk.size > _IDS_OF_REQUEST or len(chunks) == MAX_RANGES:
                    self._compare(chunks)
                    chunks, ids = [], 0
                chunks.append(chunk)
                ids += chunk.size
        self._compare(chunks)
        return self._found

    def _cut(self, range: IdRange) -> Iterator[ComparedRange]:
        start = range.start
        sum = IdSum(self._salt)
        for ids in read_delivered_ids(self._outbox, range):
            if ids and sum.count > 0 and sum.count + len(ids) > _CHUNK_IDS:
                yield ComparedRange(IdRange(start, ids[0]), *sum.digest())
                start, sum = ids[0], IdSum(self._salt)
            sum.add(ids)
            if self._on_compared is not None:
                self._on_compared(len(ids))
        yield ComparedRange(IdRange(start, range.end), *sum.digest())

    def _compare(self, asked: Sequence[ComparedRange]) -> None:
        """Asks about ranges, then about the pieces of those that differ, until nothing is left to ask."""
        left = list(asked)
        # The first request is about everything; the later ones are about what differs.
        max_ranges = MAX_RANGES
        while left:
            ranges, left = left[:max_ranges], left[max_ranges:]
            for compared, result in zip(ranges, self._ask.ranges(self._salt, ranges)):
                left.extend(self._conclude(compared, result))
            max_ranges = _MAX_SPLITS

    def _conclude(self, compared: ComparedRange, result: RangeResult) -> List[ComparedRange]:
        """Notes what a result says, and returns the pieces that must be asked about."""
        range = compared.range
        if result.status == "before_floor":
            is_above = range.end is None or result.floor < range.end
            rest = self._parts_of(IdRange(result.floor, range.end), ()) if is_above else []
            self._found.below_floor += compared.size - sum(part.size for part in rest)
            return rest
        if result.status == "sealed":
            self._found.sealed.append(compared)
        if result.status == "differs":
            parts = self._parts_of(range, result.bounds)
            differing = [
                part
                for part, theirs in zip(parts, result.sums)
                if part.sum[:8] != theirs and not (self._is_partly_pruned and part.size == 0)
            ]
            # All pieces agree and the whole does not: eight digits were equal by chance, so each piece must be looked at.
            return differing or parts
        return self._conclude_ids(compared, result) if result.status == "ids" else []

    def _parts_of(self, range: IdRange, bounds: Sequence[str]) -> List[ComparedRange]:
        starts = (range.start, *bounds)
        ranges = [IdRange(start, end) for start, end in zip(starts, (*bounds, range.end))]
        sums = [IdSum(self._salt) for _range in ranges]
        part = 0
        for ids in read_delivered_ids(self._outbox, range):
            for id in ids:
                while part < len(bounds) and id >= bounds[part]:
                    part += 1
                sums[part].add([id])
        return [ComparedRange(one, *total.digest()) for one, total in zip(ranges, sums)]

    def _conclude_ids(self, compared: ComparedRange, result: RangeResult) -> List[ComparedRange]:
        theirs = set(result.hashes)
        known = set()
        not_theirs: List[str] = []
        sum = IdSum(self._salt)
        for ids in read_delivered_ids(self._outbox, compared.range):
            sum.add(ids)
            for id in ids:
                hash = short_id_hash(id, self._salt)
                known.add(hash)
                if hash not in theirs:
                    not_theirs.append(id)
        digest = sum.digest()
        if digest.sum != compared.sum:
            # Events of this range have been delivered since it was asked about, so it is asked about again.
            return [ComparedRange(compared.range, *digest)]
        if not self._is_partly_pruned:
            named = self._name_unexplained(compared, theirs, known)
            if named is None:
                # More events have come than can be listed, so the range is asked about again, and split.
                return [compared]
            self._found.unexplained.extend(named)
        self._found.missing.extend(not_theirs)
        return []

    def _name_unexplained(self, compared: ComparedRange, theirs: "set[str]", known: "set[str]") -> Optional[List[str]]:
        """What only the receiver has in a range."""
        # In this order: an event that moves from waiting to delivered in between is found by the second read.
        known.update(short_id_hash(id, self._salt) for id in self._outbox.other_ids(compared.range))
        for ids in read_delivered_ids(self._outbox, compared.range):
            known.update(short_id_hash(id, self._salt) for id in ids)
        if theirs <= known:
            return []
        (named,) = self._ask.ranges(self._salt, [compared._replace(is_listed=True)])
        # Events that came after the first response are not among its hashes.
        unexplained = theirs - known
        if named.status != "ids":
            return None
        return [id for id in named.ids if short_id_hash(id, self._salt) in unexplained]
