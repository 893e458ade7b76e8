"""What every durable outbox can prove, as tests to mix into a test case that can open one."""

import json
import time
import uuid
from datetime import datetime, timedelta, timezone
from typing import Any, Callable, List
from unittest import mock

from altcontext_webhooks import (
    CompletenessGap,
    CompletenessOptions,
    DurableOptions,
    Emitter,
    EmitterError,
    MissingEventSource,
    NaturalKey,
    ReconcileReport,
    find_never_emitted,
)
from altcontext_webhooks.contract.id_bucket import bucket_of, bucket_span, first_id_of, instant_of

from .emitting import SCAN, EmitterTestCase, wait_until
from .receiver import status

_HOUR_MS = 3_600_000
_SIX_HOURS_AGO_MS = int(time.time() * 1000) // _HOUR_MS * _HOUR_MS - 6 * _HOUR_MS


def new_ids(count: int, hour: int = 0) -> List[str]:
    """UUIDs of version 7 that were made in one of the last six hours."""
    firsts = [first_id_of(_SIX_HOURS_AGO_MS + hour * _HOUR_MS + number * 1000) for number in range(count)]
    return [f"{first[:14]}7{str(uuid.uuid4())[15:]}" for first in firsts]


class CompletenessRules(EmitterTestCase):
    def open_outbox(self, options: DurableOptions = DurableOptions()) -> Any:
        """The same tables or file each time."""
        self.skipTest("These are rules for outboxes, and there is none here.")

    def start(self, **options: Any) -> Emitter:
        self.outbox = self.open_outbox()
        return self.emitter(outbox=self.outbox, timeout_s=60, **options)

    def deliver(self, emitter: Emitter, ids: List[str]) -> None:
        for id in ids:
            emitter.emit("scan.completed", SCAN, event_id=id)  # type: ignore[arg-type]
        self.assertTrue(emitter.flush(60).is_complete)

    def lose(self, ids: List[str]) -> None:
        for id in ids:
            del self.receiver.stored[id]

    def prune(self) -> None:
        outbox = self.open_outbox(DurableOptions(log_retention_s=0))
        # Two clocks agree, so that nothing is too young to be pruned.
        outbox.note_receiver_time(time.time() * 1000)
        outbox.claim(1, 60)
        outbox.close()

    def names(self, report: ReconcileReport) -> List[str]:
        return [event.event_id for event in report.lost]

    def test_the_id_of_an_outbox_stays_and_travels_with_single_events_and_batches(self) -> None:
        emitter = self.start()
        self.deliver(emitter, new_ids(1))
        self.deliver(emitter, new_ids(20, hour=1))
        emitter.close()
        self.deliver(self.start(), new_ids(1, hour=2))
        producers = [json.loads(request.body)["producer"] for request in self.receiver.requests]
        self.assertEqual(set(producers), {self.outbox.completeness.producer()})
        self.assertRegex(producers[0], r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
        self.assertTrue(any(request.path.endswith("/batch") for request in self.receiver.requests))

    def test_what_the_receiver_loses_is_named_and_repaired_without_private_fields(self) -> None:
        emitter = self.start()
        ids = [*new_ids(200), *new_ids(100, hour=2), f"f{str(uuid.uuid4())[1:]}"]
        self.deliver(emitter, ids)
        (tenant,) = new_ids(1, hour=3)
        emitter.emit("tenant.created", {"tenantId": "t", "email": "ada@example.com", "siteUrl": None}, event_id=tenant)
        self.assertTrue(emitter.flush(60).is_complete)
        gone = sorted([*ids[3::40], ids[-1], tenant])
        self.assertEqual(emitter.reconcile().compared, 302)
        self.lose(gone)
        named = emitter.reconcile(is_dry_run=True)
        self.assertEqual((self.names(named), named.is_complete, len(self.receiver.stored)), (gone, False, 302 - len(gone)))
        self.assertEqual(sum(gap.events for gap in named.gaps), len(gone))
        report = emitter.reconcile()
        self.assertEqual((self.names(report), report.is_complete, report.unexplained), (gone, True, []))
        self.assertEqual(report.lost[0].made_after, instant_of(_SIX_HOURS_AGO_MS))
        self.assertEqual(len(self.receiver.stored), 302)
        self.assertNotIn("ada@", json.dumps(self.receiver.stored[tenant]))
        proof = self.receiver.asked[-1]["proof"]
        self.assertEqual((proof["compared"], proof["lost"], proof["gaps"]), (302, len(gone), []))
        self.assertEqual(self.names(emitter.reconcile()), [])

    def test_only_events_made_since_a_moment_are_compared_and_the_receiver_gets_no_proof_of_it(self) -> None:
        emitter = self.start()
        early, late = new_ids(5), new_ids(5, hour=3)
        self.deliver(emitter, [*early, *late])
        self.lose([early[0], late[0]])
        since = datetime.fromtimestamp(_SIX_HOURS_AGO_MS / 1000, timezone.utc) + timedelta(hours=2)
        self.assertEqual(self.names(emitter.reconcile(since)), [late[0]])
        self.assertEqual([request for request in self.receiver.asked if "proof" in request], [])

    def test_a_duplicate_at_the_first_attempt_is_not_compared_and_one_after_an_attempt_of_ours_is(self) -> None:
        emitter = self.start()
        theirs, ours = new_ids(2)
        self.receiver.stored[theirs] = {}
        self.deliver(emitter, [theirs])

        def store_and_fail(handler: Any, request: Any) -> None:
            handler.receiver.store(request)
            handler.respond(500, {"ok": False, "error": "internal_error"}, {})

        self.receiver.plan(store_and_fail)
        self.deliver(emitter, [ours])
        report = emitter.reconcile(is_dry_run=True)
        # The receiver of this test knows no producers, so its response includes somebody else's event.
        self.assertEqual((report.compared, report.lost, report.unexplained), (1, [], []))

    def test_an_event_that_the_receiver_had_after_all_is_not_a_loss_and_is_left_out_from_then_on(self) -> None:
        emitter = self.start()
        ids = new_ids(3)
        self.deliver(emitter, ids)
        kept = self.receiver.stored.pop(ids[1])

        def come_back() -> None:
            if len(self.receiver.asked) == 1:
                # Known to the receiver under another producer: not in what it compares, and a duplicate when it is sent.
                self.receiver.judge = lambda request: (
                    lambda handler, request: (
                        self.receiver.stored.update({ids[1]: kept}),
                        handler.respond(200, handler.receiver.store(request), {}),
                    )
                )

        self.receiver.on_asked = come_back  # type: ignore[assignment]
        report = emitter.reconcile()
        self.assertEqual((report.raced, report.lost, report.gaps), ([ids[1]], [], []))
        del self.receiver.stored[ids[1]]
        self.assertEqual(emitter.reconcile().raced, [])

    def test_waiting_and_dead_events_are_explained_and_events_that_nobody_sent_are_not(self) -> None:
        emitter = self.start(delays_s=(0.01,), long_delays_s=())
        delivered, dead, stray = new_ids(3)
        self.deliver(emitter, [delivered])
        self.receiver.plan(status(503), status(503))
        emitter.emit("scan.completed", SCAN, event_id=dead)  # type: ignore[arg-type]
        wait_until(lambda: emitter.stats().dead == 1)
        self.receiver.stored[dead] = self.receiver.stored[stray] = {}
        report = emitter.reconcile()
        self.assertEqual((report.lost, report.unexplained, report.gaps), ([], [stray], []))

    def test_pruned_events_are_compared_by_sums_and_a_loss_among_them_is_a_gap(self) -> None:
        emitter = self.start()
        ids = [*new_ids(50), *new_ids(30, hour=1), *(f"f{str(uuid.uuid4())[1:]}" for _id in range(5))]
        self.deliver(emitter, ids)
        emitter.close()
        self.prune()
        emitter = self.start()
        sealed = self.outbox.completeness.sealed_buckets()
        self.assertEqual([bucket.size for bucket in sealed][:2], [50, 30])
        self.assertEqual(sum(bucket.size for bucket in sealed), 85)
        report = emitter.reconcile()
        self.assertEqual((report.compared, report.gaps, report.lost), (85, [], []))
        surplus = new_ids(1, hour=1)
        self.receiver.stored[surplus[0]] = {}
        self.assertEqual(emitter.reconcile().gaps, [], "it may have stored what is not written down here yet")
        self.lose(surplus)
        # Both sides keep only sums, and a change is found.
        self.receiver.sealed.update(ids[:50])
        self.lose(ids[:50])
        self.assertEqual(emitter.reconcile().gaps, [])
        self.receiver.sealed.discard(ids[7])
        span = bucket_span(ids[7])
        assert span is not None
        self.assertEqual(emitter.reconcile().gaps, [CompletenessGap(*span, 1)])
        self.assertFalse(emitter.reconcile().is_complete)

    def test_the_rest_of_a_partly_pruned_bucket_is_repaired(self) -> None:
        emitter = self.start()
        ids = new_ids(40)
        self.deliver(emitter, ids[:20])
        emitter.close()
        self.prune()
        emitter = self.start()
        self.deliver(emitter, ids[20:])
        self.lose([ids[3], ids[30]])
        report = emitter.reconcile()
        self.assertEqual(self.names(report), [ids[30]])
        self.assertEqual([gap.events for gap in report.gaps], [1])

    def test_an_event_that_is_emitted_again_after_it_was_pruned_is_counted_once(self) -> None:
        ids = new_ids(10)
        emitter = self.start()
        self.deliver(emitter, ids)
        emitter.close()
        self.prune()
        emitter = self.start()
        self.deliver(emitter, ids[:3])
        emitter.close()
        self.prune()
        emitter = self.start()
        report = emitter.reconcile()
        self.assertEqual((report.compared, report.gaps, report.lost), (10, [], []))

    def test_events_that_only_the_receiver_keeps_as_sums_are_compared_by_whole_buckets(self) -> None:
        emitter = self.start()
        ids = [*new_ids(20), *new_ids(20, hour=1)]
        self.deliver(emitter, ids)
        self.receiver.sealed.update(ids[:20])
        self.lose(ids[:20])
        report = emitter.reconcile()
        self.assertEqual((report.compared, report.gaps, report.lost), (40, [], []))

    def test_nothing_below_the_floor_of_the_receiver_is_a_loss(self) -> None:
        emitter = self.start()
        early, late = new_ids(7), new_ids(9, hour=2)
        self.deliver(emitter, [*early, *late])
        self.lose([*early, late[4]])
        self.receiver.floor = bucket_of(late[0]).start
        report = emitter.reconcile()
        self.assertEqual((self.names(report), report.compared, report.gaps), ([late[4]], 9, []))

    def test_the_product_supplies_events_that_the_outbox_no_longer_has(self) -> None:
        asked: List[str] = []

        def supply(ids: Any) -> List[MissingEventSource]:
            asked.extend(ids)
            return [MissingEventSource(ids[0], "scan.completed", "2026-02-13T12:00:00Z", SCAN)]

        emitter = self.start(on_missing=supply)
        ids = new_ids(4)
        self.deliver(emitter, ids)
        self.lose(ids[1:3])
        with mock.patch.object(type(self.outbox.completeness), "delivered_events", lambda _self, _ids: []):
            report = emitter.reconcile()
        self.assertEqual((asked, self.names(report)), (ids[1:3], [ids[1]]))
        self.assertEqual([event.event_id for event in report.unrepaired], [ids[2]])
        self.assertEqual([gap.events for gap in report.gaps], [1])
        self.assertEqual(self.receiver.stored[ids[1]]["occurredAt"], "2026-02-13T12:00:00.000Z")

    def test_a_response_that_does_not_follow_the_protocol_ends_the_comparison_and_no_request_is_repeated_for_ever(self) -> None:
        emitter = self.start()
        self.deliver(emitter, new_ids(3))
        endless = {"status": "differs", "count": 3, "bounds": [], "sums": ["00000000"]}
        responders: "List[tuple[Callable[..., Any], str]]" = [
            (status(404), "HTTP 404"),
            (status(401), "HTTP 401"),
            (status(200, {"ok": True, "results": [endless] * 2}), "does not follow this protocol"),
            (status(200, {"ok": True, "results": [{"status": "equal"}]}), "does not follow this protocol"),
        ]
        for responder, words in responders:
            with self.subTest(words), mock.patch("altcontext_webhooks.completeness.ask_receiver._MAX_ATTEMPTS", 2):
                self.receiver.on_asked = lambda responder=responder: responder  # type: ignore[misc]
                with self.assertRaisesRegex(EmitterError, words) as raised:
                    emitter.reconcile()
                self.assertEqual(raised.exception.code, "not_comparable")

    def test_a_receiver_that_says_when_to_come_back_is_asked_again(self) -> None:
        emitter = self.start()
        self.deliver(emitter, new_ids(3))
        responders = [status(503, retry_after="0"), status(429, retry_after="0"), status(500, retry_after="0")]
        self.receiver.on_asked = lambda: responders.pop(0) if responders else None
        self.assertEqual(emitter.reconcile().compared, 3)

    def test_heartbeats_and_comparisons_come_by_themselves_and_end_with_the_emitter(self) -> None:
        reports: List[ReconcileReport] = []
        emitter = self.start(completeness=CompletenessOptions(1, 1), on_reconciled=reports.append)
        self.deliver(emitter, new_ids(3))
        # The first may have come before the others were delivered.
        self.receiver.wait(lambda receiver: [beat for beat in receiver.heartbeats if beat["ledger"]["delivered"] == 3][1:])
        wait_until(lambda: len(reports) >= 2)
        emitter.close()
        beat = self.receiver.heartbeats[-1]
        self.assertEqual(beat["producer"], self.outbox.completeness.producer())
        self.assertEqual((beat["intervalMs"], beat["oldestPendingMs"]), (1000, None))
        self.assertEqual(beat["ledger"]["delivered"], 3)
        sent = datetime.fromisoformat(beat["sentAt"].replace("Z", "+00:00"))
        closed = datetime.fromisoformat(beat["closedThrough"].replace("Z", "+00:00"))
        self.assertGreaterEqual(sent - closed, timedelta(seconds=119))
        self.assertLess(abs(datetime.now(timezone.utc) - sent), timedelta(minutes=5))

    def test_only_one_of_several_processes_gets_the_turn_to_compare(self) -> None:
        emitter = self.start()
        self.deliver(emitter, new_ids(1))
        beside = self.open_outbox()
        self.addCleanup(beside.close)
        turns = [outbox.completeness.take_turn(interval_s) for interval_s in (3600, 0) for outbox in (self.outbox, beside)]
        self.assertEqual(turns[:3], [False, False, True])
        self.assertFalse(beside.completeness.take_turn(60))

    def test_a_heartbeat_closes_nothing_that_was_accepted_after_the_oldest_event_that_waits(self) -> None:
        self.receiver.judge = lambda _request: status(503)
        emitter = self.start(completeness=CompletenessOptions(1, 3600))
        emitter.emit("scan.completed", SCAN)  # type: ignore[arg-type]

        def of_what_waits(receiver: Any) -> Any:
            beats = [beat for beat in receiver.heartbeats if beat["ledger"]["pending"] > 0]
            return beats[:2] if len(beats) > 1 else None

        first, second = self.receiver.wait(of_what_waits)
        self.assertEqual(first["closedThrough"], second["closedThrough"])
        self.assertGreater(second["oldestPendingMs"], first["oldestPendingMs"])
        emitter.close(0)

    def test_what_was_never_emitted_is_named(self) -> None:
        emitter = self.start()
        now = datetime.now(timezone.utc).replace(microsecond=0)
        moments = [now - timedelta(hours=1, milliseconds=number) for number in range(20)]
        skipped = [3, 11]
        for number, moment in enumerate(moments):
            if number not in skipped:
                # With an id of its own or the contract's, it is the same event.
                emitter.emit("scan.completed", {**SCAN, "tenantId": "t"}, occurred_at=moment)  # type: ignore[misc]
        (id,) = new_ids(1)
        emitter.emit("scan.completed", SCAN, event_id=id)  # type: ignore[arg-type]
        self.assertTrue(emitter.flush(60).is_complete)
        keys = [NaturalKey("scan.completed", "t", moment) for moment in moments]
        missed = NaturalKey(event_id=str(uuid.uuid4()))
        young = NaturalKey("scan.completed", "t", now)
        found = find_never_emitted(
            self.outbox, [*keys, NaturalKey(event_id=id.upper()), missed, young], now - timedelta(days=1)
        )
        self.assertEqual(found.compared, 22)
        self.assertEqual(found.never_emitted, [keys[3], keys[11], missed])
