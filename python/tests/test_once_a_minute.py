"""A line for each cause, and one thread for all of them."""

import threading
import unittest
from typing import List, Set, Tuple
from unittest import mock

from altcontext_webhooks.reports import once_a_minute
from altcontext_webhooks.reports.once_a_minute import OnceAMinute

from .emitting import wait_until


class OnceAMinuteTest(unittest.TestCase):
    def setUp(self) -> None:
        self.lines: List[Tuple[int, str]] = []
        self.subject = OnceAMinute(lambda level, line: self.lines.append((level, line)))
        self.addCleanup(self.subject.flush)
        # Emitters of other tests may still have their threads.
        self.others = _threads()

    def waiting(self) -> Set[threading.Thread]:
        return _threads() - self.others

    def test_a_thousand_causes_wait_in_one_thread(self) -> None:
        for cause in range(1000):
            self.subject.note(cause, 30, f"cause {cause}")
        self.assertEqual(len(self.lines), 1000)
        self.assertEqual(len(self.waiting()), 1)
        self.subject.flush()
        wait_until(lambda: not self.waiting())

    def test_a_failure_after_the_end_is_one_line_and_starts_no_thread(self) -> None:
        self.subject.note("a", 30, "a")
        self.subject.note("a", 30, "a")
        self.subject.close()
        for _time in range(3):
            self.subject.note("a", 30, "a")
        self.assertEqual(self.lines, [(30, "a"), (30, "a count=1"), (30, "a")])
        wait_until(lambda: not self.waiting())

    def test_no_thread_is_left_when_the_minute_of_every_cause_is_over(self) -> None:
        with mock.patch.object(once_a_minute, "_MINUTE_S", 0.1):
            self.subject.note("a", 30, "a")
            self.subject.note("b", 40, "b")
            wait_until(lambda: not self.waiting())
        self.subject.note("b", 40, "b later")
        self.assertEqual(self.lines, [(30, "a"), (40, "b"), (40, "b later")])


def _threads() -> Set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name == "webhook-causes"}
