"""Digests and buckets, checked against the contract's vectors."""

import unittest

from altcontext_webhooks.completeness.report import CompletenessGap, limit_gaps
from altcontext_webhooks.contract.id_bucket import IdRange, bucket_of
from altcontext_webhooks.contract.id_digest import IdSum, seal_id_sum, short_id_hash, to_sum_text

from .vectors import read_vectors


class CompletenessVectorsTest(unittest.TestCase):
    def test_every_set_of_ids_has_its_digest(self) -> None:
        for vector in read_vectors("completeness")["digests"]:
            with self.subTest(vector["title"]):
                sum = IdSum(vector["salt"])
                sum.add(vector["ids"])
                self.assertEqual(to_sum_text(sum.total), vector["total"])
                self.assertEqual(sum.digest(), (vector["count"], vector["sum"]))
                self.assertEqual(seal_id_sum(vector["count"], int(vector["total"], 16)), sum.digest())
                hashes = [short_id_hash(id, vector["salt"]) for id in vector["ids"][:4]]
                self.assertEqual(hashes, vector["hashes"])

    def test_every_id_is_in_its_bucket(self) -> None:
        for vector in read_vectors("completeness")["buckets"]:
            with self.subTest(vector["id"]):
                self.assertEqual(bucket_of(vector["id"]), IdRange(vector["from"], vector["to"]))
                self.assertEqual(bucket_of(vector["from"]), bucket_of(vector["id"]))

    def test_if_there_are_too_many_gaps_the_nearest_ones_are_merged(self) -> None:
        hours = [f"2026-02-13T{hour:02}:00:00.000Z" for hour in range(24)]
        gaps = [CompletenessGap(hours[at], hours[at + 1], 1) for at in (20, 1, 2, 10)]
        self.assertEqual(limit_gaps(gaps), sorted(gaps))
        self.assertEqual(
            limit_gaps(gaps, 2),
            [CompletenessGap(hours[1], hours[11], 3), CompletenessGap(hours[20], hours[21], 1)],
        )
