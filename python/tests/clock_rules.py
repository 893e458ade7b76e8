"""How every durable outbox handles a wrong clock, as tests to mix into a test case that can open one."""

import itertools
import logging
import time
import unittest
from typing import Any, List, Tuple

from altcontext_webhooks.outbox.outbox import Outbox, Settlement

from .emitting import wait_until
from .outbox_rules import new_event

DAY_S = 86_400


class ClockRules(unittest.TestCase):
    """The clock can be moved; the receiver's is right."""

    def set_clock(self, ahead_s: float) -> None:
        raise unittest.SkipTest("These are rules for outboxes, and there is none here.")

    def create(self) -> Outbox:
        raise NotImplementedError

    def setUp(self) -> None:
        self.dropped: List[Any] = []
        logging.getLogger("altcontext_webhooks").addHandler(logging.NullHandler())
        logging.getLogger("altcontext_webhooks").propagate = False
        self.set_clock(0)

    def start(self, ahead_s: float, has_heard: bool = True) -> Outbox:
        """A process that starts with a clock that far from the right one. The receiver's is right."""
        self.set_clock(ahead_s)
        outbox = self.create()
        outbox.open(lambda event, reason: self.dropped.append((event.id, reason)))
        self.addCleanup(outbox.close)
        if has_heard:
            outbox.note_receiver_time(time.time() * 1000)
        return outbox

    def claim_ids(self, outbox: Outbox, lease_s: float = 60) -> List[str]:
        return [claimed.event.id for claimed in outbox.claim(100, lease_s)]

    def begin(self) -> Tuple[str, str]:
        """A first run: one event waits, and one is dead."""
        outbox = self.start(0)
        waiting, dead = new_event(), new_event()
        outbox.accept(waiting)
        outbox.accept(dead)
        self.claim_ids(outbox)
        outbox.settle(
            [
                Settlement(dead.id, "dead", 1, reason="refused", detail="HTTP 400"),
                Settlement(waiting.id, "retry", 4, detail="timeout"),
            ]
        )
        outbox.close()
        return waiting.id, dead.id

    def test_hours_further_ahead_at_each_start_or_years_ahead_and_behind_in_turn(self) -> None:
        waiting, _dead = self.begin()
        further = (hours * 3600 for hours in range(23, 80 * 23, 23))
        in_turn = (days * DAY_S for days in (70, 0, 1600, 0, -1600, 1600, 0))
        for ahead_s in itertools.chain(further, in_turn):
            outbox = self.start(ahead_s)
            self.claim_ids(outbox, 0)
            outbox.close()
        self.assertEqual(self.dropped, [])
        outbox = self.start(0)
        counts = outbox.counts()
        self.assertEqual((counts.accepted, counts.pending, counts.dead), (2, 1, 1))
        self.assertEqual(wait_until(lambda: self.claim_ids(outbox)), [waiting])

    def test_events_accepted_while_the_clock_was_wrong_are_sent_once_it_is_corrected(self) -> None:
        for days in ([-56 * 365], [0, -56 * 365], [70], [0, 70]):
            with self.subTest(days=days):
                ids = []
                for ahead in days:
                    outbox = self.start(ahead * DAY_S)
                    outbox.claim(1, 60)
                    event = new_event()
                    outbox.accept(event)
                    ids.append(event.id)
                    outbox.close()
                outbox = self.start(0)
                claimed: List[str] = []
                wait_until(lambda: claimed.extend(self.claim_ids(outbox)) or len(claimed) >= len(ids))
                self.assertEqual(sorted(claimed), sorted(ids))
                outbox.settle([Settlement(id, "stored", 1) for id in ids])
                self.assertEqual(self.dropped, [])
                outbox.close()

    def test_an_event_too_old_by_one_clock_is_neither_sent_nor_dropped_until_the_receiver_has_responded(self) -> None:
        waiting, _dead = self.begin()
        outbox = self.start(70 * DAY_S, has_heard=False)
        with self.assertLogs("altcontext_webhooks", "ERROR") as logs:
            self.assertEqual(self.claim_ids(outbox), [])
        self.assertIn("The clock is 70.0 days ahead of", logs.output[0])
        outbox.note_receiver_time(time.time() * 1000)
        self.assertEqual(self.claim_ids(outbox), [waiting])
        self.assertEqual(self.dropped, [])

    def test_time_in_which_no_process_ran_counts_once_the_receiver_agrees(self) -> None:
        waiting, _dead = self.begin()
        outbox = self.start(61 * DAY_S, has_heard=False)
        self.assertEqual(self.claim_ids(outbox), [])
        self.assertEqual(self.dropped, [])
        outbox.note_receiver_time((time.time() + 61 * DAY_S) * 1000)
        self.assertEqual(self.claim_ids(outbox), [])
        self.assertEqual(self.dropped, [(waiting, "expired")])
