"""The rules that every outbox keeps, as tests to mix into a test case that can open one."""

import threading
import unittest
from typing import Any, List, Set

from altcontext_webhooks.contract.event_id import new_id
from altcontext_webhooks.outbox.outbox import NewEvent, Outbox, OutboxCounts, Settlement

BODY = '{"eventType":"scan.completed","tenantId":"t","occurredAt":"2026-02-13T12:00:00.000Z","payload":{"jobId":"j"}}'


def new_event() -> NewEvent:
    return NewEvent(new_id(), "scan.completed", BODY)


class OutboxRules(unittest.TestCase):
    def create(self) -> Outbox:
        raise unittest.SkipTest("These are rules for outboxes, and there is none here.")

    def setUp(self) -> None:
        self.dropped: List[Any] = []
        self.outbox = self.create()
        self.outbox.open(lambda event, reason: self.dropped.append((event.id, reason)))
        self.addCleanup(self.outbox.close)

    def accept(self, count: int = 1) -> List[NewEvent]:
        events = [new_event() for _time in range(count)]
        for event in events:
            self.assertIsNone(self.outbox.accept(event).reason)
        return events

    def claim_ids(self, most: int = 100, lease_s: float = 60) -> List[str]:
        return [claimed.event.id for claimed in self.outbox.claim(most, lease_s)]

    def assert_counts(self, **expected: Any) -> None:
        counts = self.outbox.counts()
        settled = counts.delivered + counts.duplicate + counts.pending + counts.dead + sum(counts.dropped.values())
        self.assertEqual(counts.accepted, settled, counts)
        self.assertEqual(counts, OutboxCounts(**expected))

    def test_events_are_claimed_once_the_oldest_first_and_counted_as_they_are_settled(self) -> None:
        events = self.accept(4)
        self.assertEqual(self.claim_ids(3), [event.id for event in events[:3]])
        self.assertEqual(self.claim_ids(3), [events[3].id])
        self.assertEqual(self.claim_ids(3), [])
        self.assert_counts(accepted=4, pending=4)
        self.outbox.settle(
            [
                Settlement(events[0].id, "stored", 1),
                Settlement(events[1].id, "duplicate", 1),
                Settlement(events[2].id, "dead", 1, reason="refused", detail="HTTP 400"),
            ]
        )
        self.outbox.settle([Settlement(events[0].id, "dead", 2, reason="exhausted")])
        self.assert_counts(accepted=4, delivered=1, duplicate=1, dead=1, pending=1)

    def test_an_event_keeps_its_body_and_its_trace(self) -> None:
        traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        event = new_event()._replace(traceparent=traceparent)
        self.outbox.accept(event)
        (claimed,) = self.outbox.claim(1, 60)
        self.assertEqual((claimed.event.id, claimed.event.traceparent, claimed.attempts), (event.id, traceparent, 0))
        self.assertIn('"jobId"', claimed.event.body)

    def test_the_same_id_waits_once(self) -> None:
        (event,) = self.accept()
        self.outbox.accept(event)
        self.assert_counts(accepted=1, pending=1)
        self.assertEqual(self.claim_ids(), [event.id])

    def test_a_retry_waits_for_its_delay_and_keeps_its_attempts(self) -> None:
        (event,) = self.accept()
        self.claim_ids()
        self.outbox.settle([Settlement(event.id, "retry", 4, delay_s=0.3, detail="http_503 at attempt 4")])
        self.assertEqual(self.claim_ids(), [])
        claimed = self._claim_soon()
        self.assertEqual((claimed[0].event.id, claimed[0].attempts), (event.id, 4))

    def test_a_claim_that_is_neither_settled_nor_renewed_is_given_back(self) -> None:
        first, second = self.accept(2)
        self.assertEqual(self.claim_ids(lease_s=0.3), [first.id, second.id])
        self.outbox.renew([second.id], 60)
        self.assertEqual([claimed.event.id for claimed in self._claim_soon()], [first.id])
        self.assertEqual(self.claim_ids(), [])

    def test_eight_threads_claim_no_event_twice(self) -> None:
        self.accept(100)
        claimed: List[str] = []

        def drain() -> None:
            while True:
                ids = self.claim_ids(7)
                if not ids:
                    return
                claimed.extend(ids)
                self.outbox.settle([Settlement(id, "stored", 1) for id in ids])

        threads = [threading.Thread(target=drain) for _thread in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        unique: Set[str] = set(claimed)
        self.assertEqual((len(claimed), len(unique)), (100, 100))
        self.assert_counts(accepted=100, delivered=100)

    def _claim_soon(self) -> Any:
        from .emitting import wait_until

        return wait_until(lambda: self.outbox.claim(10, 60))
