"""Two sets of ids are compared by their digests: equal digests mean equal sets. The definition is in docs/completeness.md."""

from hashlib import sha256
from typing import Iterable, NamedTuple

MODULUS = 2**128
_HASH_BYTES = 16
_SHORT_HASH_DIGITS = 12


class IdDigest(NamedTuple):
    size: int
    """How many ids."""
    sum: str
    """32 hexadecimal digits."""


class IdSum:
    """Adds up ids, in any order. The salt makes the hashes of one comparison unlike those of any other: ids that were chosen
    to cancel each other out under one salt do not under the next. Sums that are kept longer have no salt.
    """

    def __init__(self, salt: str = "") -> None:
        self._salt = salt
        self._total = 0
        self.count = 0

    def add(self, ids: Iterable[str]) -> None:
        salt, total, count = self._salt, self._total, 0
        for id in ids:
            total += int.from_bytes(sha256((salt + id).encode()).digest()[:_HASH_BYTES], "big")
            count += 1
        self._total = total % MODULUS
        self.count += count

    @property
    def total(self) -> int:
        """The sum of the ids' hashes modulo 2^128, for adding to another one."""
        return self._total

    def digest(self) -> IdDigest:
        return seal_id_sum(self.count, self._total)


def seal_id_sum(count: int, total: int) -> IdDigest:
    """Add partial sums before: digests themselves cannot be added, and digests of near sums look nothing alike."""
    text = f"{count}:{to_sum_text(total)}"
    return IdDigest(count, sha256(text.encode()).hexdigest()[: _HASH_BYTES * 2])


def to_sum_text(total: int) -> str:
    """A sum as 32 hexadecimal digits, as it is kept."""
    return f"{total % MODULUS:032x}"


def short_id_hash(id: str, salt: str = "") -> str:
    """What a response names an id by."""
    return sha256((salt + id).encode()).hexdigest()[:_SHORT_HASH_DIGITS]
