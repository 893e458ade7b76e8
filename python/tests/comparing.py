"""What a receiver that compares says about one range: docs/completeness.md."""

from typing import Any, Dict, Iterable, List, Sequence

from altcontext_webhooks.contract.id_bucket import IdRange, bucket_of, pad_bound
from altcontext_webhooks.contract.id_digest import IdDigest, IdSum, short_id_hash


def compare_range(stored: Iterable[str], sealed: Iterable[str], floor: str, asked: Dict[str, Any], salt: str) -> Dict[str, Any]:
    """Ids of ``sealed`` are kept only as sums, and nothing below ``floor`` is known."""
    range = IdRange(asked["from"], asked["to"])
    if range.start < floor:
        return {"status": "before_floor", "floor": floor}
    if salt == "":
        return _compare_by_buckets(_inside([*stored, *sealed], range), range, asked)
    if _inside(sealed, range):
        return {"status": "sealed"}
    ids = _inside(stored, range)
    if digest(ids, salt).sum == asked["sum"] and not asked.get("list"):
        return {"status": "equal"}
    if len(ids) > 64:
        return _split(ids, range, [ids[len(ids) // 2]], salt)
    return (
        {"status": "ids", "ids": ids}
        if asked.get("list")
        else {"status": "ids", "hashes": [short_id_hash(id, salt) for id in ids]}
    )


def digest(ids: Sequence[str], salt: str = "") -> IdDigest:
    sum = IdSum(salt)
    sum.add(ids)
    return sum.digest()


def _compare_by_buckets(ids: Sequence[str], range: IdRange, asked: Dict[str, Any]) -> Dict[str, Any]:
    if any(bound and bucket_of(pad_bound(bound)).start != pad_bound(bound) for bound in range):
        return {"status": "sealed"}
    mine = digest(ids)
    if mine.sum == asked["sum"]:
        return {"status": "equal"}
    if bucket_of(pad_bound(range.start)) == IdRange(pad_bound(range.start), range.end):
        return {"status": "sealed", "count": mine.size, "sum": mine.sum}
    bounds = [bound for id in ids for bound in bucket_of(id) if bound is not None]
    inside = [bound for bound in bounds if bound > pad_bound(range.start) and range.contains(bound)]
    return _split(ids, range, inside[:1], "")


def _split(ids: Sequence[str], range: IdRange, bounds: List[str], salt: str) -> Dict[str, Any]:
    parts = [IdRange(*ends) for ends in zip((range.start, *bounds), (*bounds, range.end))]
    sums = [digest(_inside(ids, part), salt).sum[:8] for part in parts]
    return {"status": "differs", "count": len(ids), "bounds": bounds, "sums": sums}


def _inside(ids: Iterable[str], range: IdRange) -> List[str]:
    return sorted(id for id in ids if range.contains(id))
