"""The same sums in PostgreSQL's SQL, where the ids are. ``id`` is SQL for a text, a UUID in lower case, and ``hash`` is SQL for a
column of ``id_hash_sql``.
"""

from .id_bucket import END_OF_HOURS_MS, FIRST_HOUR_MS, HOUR_MS
from .id_digest import MODULUS


def id_hash_sql(id: str) -> str:
    return f"sha256(convert_to({id}, 'UTF8'))"


def id_total_sql(hash: str) -> str:
    """The sum of all hashes of a group, as ``numeric``. PostgreSQL has no integers of 128 bits: each quarter is added up by itself.
    The hash must be a column, or it is computed again for each quarter.
    """

    def quarter(at: int) -> str:
        first, second, third, fourth = (f"get_byte({hash}, {at + byte})" for byte in range(4))
        return f"sum((CAST({first} AS bigint) << 24) | ({second} << 16) | ({third} << 8) | {fourth})"

    shift = f"CAST({2**32} AS numeric)"
    total = f"(({quarter(0)} * {shift} + {quarter(4)}) * {shift} + {quarter(8)}) * {shift} + {quarter(12)}"
    return f"mod({total}, {ID_TOTAL_MODULUS})"


ID_TOTAL_MODULUS = f"CAST({MODULUS} AS numeric)"


def id_bucket_sql(id: str) -> str:
    """The first id of an id's bucket, as a text."""
    ms = f"CAST(CAST('x' || left({id}, 8) || substr({id}, 10, 4) AS bit(48)) AS bigint)"
    start = f"""CASE WHEN {ms} >= {FIRST_HOUR_MS} AND {ms} < {END_OF_HOURS_MS} THEN {ms} - mod({ms}, {HOUR_MS})
      ELSE greatest({ms} >> 40 << 40, CASE WHEN {ms} >= {END_OF_HOURS_MS} THEN {END_OF_HOURS_MS} ELSE 0 END) END"""
    digits = f"lpad(to_hex({start}), 12, '0')"
    return f"regexp_replace({digits}, '^(.{{8}})(.{{4}})$', '\\1-\\2-0000-0000-000000000000')"
