"""How events travel, and what each response does."""

import json
import logging
import os
import re
import tempfile
import threading
import time
from email.utils import formatdate
from statistics import median
from typing import Any, List, Optional, Set
from unittest import mock

from altcontext_webhooks import AttemptReport, EmitterError, LostEvent, MemoryOutbox, SqliteOutbox
from altcontext_webhooks.delivery import batch_route
from altcontext_webhooks.reports import once_a_minute
from altcontext_webhooks.wire.signing import create_signing_secret, parse_signing_secret, verify_webhook

from .emitting import SCAN, EmitterTestCase, wait_until, waits_between
from .receiver import Request, Responder, drip, lost_response, silence, status


class DeliveryTest(EmitterTestCase):
    def emit(self, emitter: Any, count: int = 1, **fields: Any) -> List[str]:
        return [emitter.emit("scan.completed", {**SCAN, **fields}).event_id for _time in range(count)]

    def test_one_delivery_and_three_retries_on_the_schedule_under_one_id_then_it_is_dead(self) -> None:
        self.receiver.plan(*[status(503)] * 9)
        reports: List[AttemptReport] = []
        lost: List[LostEvent] = []
        emitter = self.emitter(on_attempt=reports.append, on_dead=lost.append)
        (id,) = self.emit(emitter)
        wait_until(lambda: lost)
        waits = waits_between([request.at for request in self.receiver.requests])
        self.assertEqual(len(waits), 3)
        for wait_s, planned_s in zip(waits, (0.1, 0.2, 0.3)):
            self.assertGreaterEqual(wait_s, planned_s - 0.01)
        self.assertEqual({request.headers["webhook-id"] for request in self.receiver.requests}, {id})
        self.assertEqual([report.attempt for report in reports], [1, 2, 3, 4])
        self.assertEqual([report.outcome for report in reports], ["retry", "retry", "retry", "dead"])
        self.assertEqual([report.next_delay_s for report in reports], [0.1, 0.2, 0.3, None])
        self.assertEqual((lost[0].reason, lost[0].detail), ("exhausted", "http_503 at attempt 4"))
        self.assertEqual(emitter.stats().dead, 1)
        self.assert_balanced(emitter.stats())

    def test_after_an_outage_with_many_requests_waiting_the_next_event_is_sent_within_one_time_out(self) -> None:
        is_away = True
        self.receiver.judge = lambda _request: status(503) if is_away else None
        with tempfile.TemporaryDirectory() as folder:
            outbox = SqliteOutbox(os.path.join(folder, "outbox.db"), poll_interval_s=0.05)
            emitter = self.emitter(outbox=outbox, delays_s=(0.1, 0.1, 30.0), timeout_s=5, max_batch_events=1)
            self.emit(emitter, 100)
            self.receiver.wait(lambda receiver: len(receiver.requests) >= 64 * 3)
            is_away = False
            (after,) = self.emit(emitter)
            began = time.monotonic()
            self.receiver.wait(lambda receiver: after in receiver.stored)
            # The events of the outage wait for 30 s; on a slow machine it takes longer than the time-out of 5 s.
            self.assertLess(time.monotonic() - began, 25)
            self.assert_balanced(emitter.stats())
            emitter.close(0)

    def test_each_attempt_is_signed_again_with_every_secret(self) -> None:
        secrets = [create_signing_secret(), create_signing_secret()]
        self.receiver.plan(status(500))
        emitter = self.emitter(signing_secret=secrets)
        self.emit(emitter)
        self.assertTrue(emitter.flush(60).is_complete)
        self.assertEqual(len(self.receiver.requests), 2)
        for request in self.receiver.requests:
            for secret in secrets:
                keys = [parse_signing_secret(secret)]
                self.assertIsNone(verify_webhook(request.headers, request.body, keys, time.time()))

    def test_retry_after_is_the_least_wait_up_to_a_maximum_and_costs_no_attempt(self) -> None:
        self.receiver.plan(*[status(503, retry_after="999")] * 2, *[status(429, retry_after="999")] * 4)
        emitter = self.emitter(max_retry_after_s=0.3, delays_s=(0.1,))
        self.emit(emitter)
        self.assertTrue(emitter.flush(60).is_complete)
        waits = waits_between([request.at for request in self.receiver.requests])
        self.assertEqual(len(waits), 6)
        self.assertTrue(all(0.29 <= wait_s < 60 for wait_s in waits), waits)
        self.assertEqual(emitter.stats().delivered, 1)

    def test_a_429_pauses_the_sender_for_as_long_as_it_says_however_often_the_event_had_failed_before(self) -> None:
        self.receiver.plan(status(503), status(429, retry_after="1"))
        emitter = self.emitter(delays_s=(0.1, 30.0))
        self.emit(emitter)
        self.receiver.wait(lambda receiver: len(receiver.requests) == 2)
        (after,) = self.emit(emitter)
        self.receiver.wait(lambda receiver: after in receiver.stored)
        self.assertEqual(len(self.receiver.stored), 1)
        emitter.close(0)

    def test_a_wrong_key_pauses_the_sender_keeps_every_event_and_says_so(self) -> None:
        is_wrong = True
        self.receiver.judge = lambda _request: status(401, {"ok": False, "error": "unauthorized"}) if is_wrong else None
        reports: List[AttemptReport] = []
        emitter = self.emitter(max_concurrent_requests=1, on_attempt=reports.append)
        with self.assertLogs("altcontext_webhooks", "DEBUG") as logs:
            ids = self.emit(emitter, 30)
            self.receiver.wait(lambda receiver: len(receiver.requests) >= 3)
        self.assertEqual([len(request.ids) for request in self.receiver.requests[1:3]], [1, 1])
        self.assertEqual(emitter.paused_because, "HTTP 401 unauthorized")
        self.assertEqual(emitter.stats().pending, 30)
        self.assertEqual(len(logs.output), 1, "not for every event and try")
        self.assertIn("refuses this sender", logs.output[0])
        self.assertEqual({report.outcome for report in reports}, {"paused"})
        is_wrong = False
        self.receiver.wait(lambda receiver: len(receiver.stored) == 30)
        wait_until(lambda: emitter.stats().delivered == 30)
        self.assertIsNone(emitter.paused_because)
        self.assertEqual(set(self.receiver.stored), set(ids))

    def test_a_paused_sender_asks_once_in_each_time_out_however_long_the_fault_has_lasted(self) -> None:
        self.receiver.judge = lambda _request: status(401)
        emitter = self.emitter(delays_s=(0.1,), timeout_s=0.5)
        self.emit(emitter, 20)
        self.receiver.wait(lambda receiver: len(receiver.requests) >= 12)
        tries = self.receiver.requests[4:12]
        self.assertEqual({len(request.ids) for request in tries}, {1})
        waits = waits_between([request.at for request in tries])
        # A pause that went on doubling would last many seconds. A single wait may also meet a pause of the machine: then it is
        # long, or short because the request came late.
        self.assertLess(median(waits), 2.0)
        self.assertGreaterEqual(median(waits), 0.3)

    def test_a_receiver_that_is_unavailable_when_the_key_is_corrected_is_asked_once_in_each_time_out(self) -> None:
        responder: Optional[Responder] = status(401)
        self.receiver.judge = lambda _request: responder
        lost: List[LostEvent] = []
        emitter = self.emitter(delays_s=(0.1, 5.0, 5.0), timeout_s=0.5, on_dead=lost.append)
        self.emit(emitter, 40)
        self.receiver.wait(lambda receiver: len(receiver.requests) >= 5)
        responder = status(503)
        seen = len(self.receiver.requests)
        self.receiver.wait(lambda receiver: len(receiver.requests) >= seen + 8)
        waits = waits_between([request.at for request in self.receiver.requests[seen + 1 :]])
        self.assertLess(median(waits), 2.0)
        self.assertGreaterEqual(median(waits), 0.4)
        responder = None
        began = time.monotonic()
        wait_until(lambda: emitter.paused_because is None)
        self.assertLess(time.monotonic() - began, 20)
        wait_until(lambda: emitter.stats().delivered == 40)
        self.assertEqual(lost, [])

    def test_redirects_missing_routes_and_refusals_that_name_no_event_are_the_senders_fault(self) -> None:
        for responder in (status(302, location="/"), status(404), status(403), status(400), status(400, "<html>"), status(422)):
            self.receiver.plan(responder)
        emitter = self.emitter(delays_s=(0.02,))
        self.emit(emitter)
        self.receiver.wait(lambda receiver: receiver.stored)
        self.assertEqual(len(self.receiver.requests), 7)
        wait_until(lambda: emitter.stats().delivered == 1)

    def test_an_event_that_something_in_between_refuses_does_not_hold_up_the_others(self) -> None:
        def judge(request: Request) -> Optional[Responder]:
            return status(403, "<html>blocked</html>") if "poison" in request.body else None

        self.receiver.judge = judge
        lost: List[LostEvent] = []
        emitter = self.emitter(delays_s=(0.05, 0.05), on_dead=lost.append)
        (poison,) = self.emit(emitter, jobId="poison")
        # Requests that are sent before the refusal is known prove nothing about it.
        wait_until(lambda: emitter.paused_because)
        ids = self.emit(emitter, 20)
        self.receiver.wait(lambda receiver: len(receiver.stored) == 20)
        wait_until(lambda: lost)
        self.assertEqual([(event.event_id, event.reason) for event in lost], [(poison, "exhausted")])
        self.assertEqual(set(self.receiver.stored), set(ids))

    def test_an_event_that_the_receiver_refuses_is_dead_at_once_with_the_fields(self) -> None:
        issues = [{"path": "payload.mediaCount", "message": "x"}, {"path": "ada@example.com", "message": "y"}]
        self.receiver.plan(status(400, {"ok": False, "error": "invalid_request", "issues": issues}))
        lost: List[LostEvent] = []
        emitter = self.emitter(on_dead=lost.append)
        self.emit(emitter)
        wait_until(lambda: lost)
        self.assertEqual(lost[0].detail, "HTTP 400 invalid_request (payload.mediaCount)")
        self.assertEqual(len(self.receiver.requests), 1)

    def test_only_the_events_of_a_batch_whose_result_is_retry_are_sent_again(self) -> None:
        def mixed(handler: Any, request: Request) -> None:
            results = handler.receiver.store(request)["results"]
            results[0] = {"status": "retry", "error": "database_unavailable"}
            results[1] = {"status": "invalid", "error": "invalid_request", "issues": [{"path": "x", "message": "y"}]}
            del handler.receiver.stored[request.ids[0]], handler.receiver.stored[request.ids[1]]
            handler.respond(200, {"ok": True, "results": results}, {})

        have_emitted = threading.Event()

        def late(handler: Any, request: Request) -> None:
            have_emitted.wait(60)
            handler.respond(200, handler.receiver.store(request), {})

        # The first one keeps the only request busy, so that the others travel together.
        self.receiver.plan(late, mixed)
        emitter = self.emitter(max_concurrent_requests=1)
        self.emit(emitter)
        self.receiver.wait(lambda receiver: receiver.requests)
        ids = self.emit(emitter, 9)
        have_emitted.set()
        self.assertTrue(emitter.flush(60).is_complete)
        self.assertEqual([request.ids for request in self.receiver.requests[1:]], [ids, ids[:1]])
        counts = emitter.stats()
        self.assertEqual((counts.delivered, counts.dead), (9, 1), counts)

    def test_a_result_for_another_event_is_not_believed(self) -> None:
        other = "00000000-0000-4000-8000-000000000000"
        self.receiver.plan(status(200, {"ok": True, "eventId": other}))
        errors: List[Optional[str]] = []
        emitter = self.emitter(on_attempt=lambda report: errors.append(report.error))
        self.emit(emitter)
        self.assertTrue(emitter.flush(60).is_complete)
        self.assertEqual(errors, ["mismatched_ids", None])

    def test_results_belong_to_the_ids_that_they_name_in_whatever_order(self) -> None:
        def reversed_results(handler: Any, request: Request) -> None:
            results = handler.receiver.store(request)["results"]
            issues = [{"path": "payload.mediaCount", "message": "x"}]
            results[0] = {"status": "invalid", "error": "invalid_request", "issues": issues, "eventId": request.ids[0]}
            handler.respond(200, {"ok": True, "results": results[::-1]}, {})

        have_emitted = threading.Event()

        def late(handler: Any, request: Request) -> None:
            have_emitted.wait(60)
            handler.respond(200, handler.receiver.store(request), {})

        self.receiver.plan(late, reversed_results)
        lost: List[LostEvent] = []
        emitter = self.emitter(max_concurrent_requests=1, on_dead=lost.append)
        self.emit(emitter)
        self.receiver.wait(lambda receiver: receiver.requests)
        ids = self.emit(emitter, 5)
        have_emitted.set()
        self.assertTrue(emitter.flush(60).is_complete)
        self.assertEqual([event.event_id for event in lost], ids[:1])
        self.assertEqual(emitter.stats().delivered, 5)

    def test_a_kept_connection_that_was_closed_meanwhile_costs_no_attempt_and_no_wait(self) -> None:
        def closed(handler: Any, _request: Request) -> None:
            handler.close_connection = True

        reports: List[AttemptReport] = []
        emitter = self.emitter(max_concurrent_requests=1, delays_s=(30,), on_attempt=reports.append)
        for _time in range(3):
            self.receiver.plan(lambda handler, request: handler.respond(200, handler.receiver.store(request), {}), closed)
            self.emit(emitter)
            self.assertTrue(emitter.flush(60).is_complete)
        self.emit(emitter)
        self.assertTrue(emitter.flush(60).is_complete)
        self.assertGreater(len(self.receiver.requests), 4)
        self.assertEqual([(report.attempt, report.outcome) for report in reports], [(1, "stored")] * 4)

    def test_a_new_connection_that_is_closed_without_a_response_costs_an_attempt(self) -> None:
        def closed(handler: Any, _request: Request) -> None:
            handler.close_connection = True

        self.receiver.plan(closed, closed)
        reports: List[AttemptReport] = []
        emitter = self.emitter(on_attempt=reports.append)
        self.emit(emitter)
        self.assertTrue(emitter.flush(60).is_complete)
        self.assertEqual([report.error for report in reports], ["ECONNRESET", "ECONNRESET", None])

    def test_a_signature_that_is_refused_for_a_wrong_clock_says_how_far_the_clocks_are_apart(self) -> None:
        def refusal(handler: Any, _request: Request) -> None:
            handler.date_time_string = lambda: formatdate(time.time() + 400, usegmt=True)
            handler.respond(401, {"ok": False, "error": "invalid_signature"}, {})

        self.receiver.judge = lambda _request: refusal
        emitter = self.emitter()
        with self.assertLogs("altcontext_webhooks", "ERROR") as logs:
            self.emit(emitter)
            reason = wait_until(lambda: emitter.paused_because)
        self.assertRegex(reason, r"^HTTP 401 invalid_signature; the receiver's clock is (39\d|400|401) s ahead of this one$")
        self.assertIn(reason, logs.output[0])

    def test_a_large_batch_is_halved_and_a_missing_batch_route_is_remembered(self) -> None:
        self.receiver.judge = lambda request: status(413) if len(request.ids) > 10 else None
        emitter = self.emitter()
        self.emit(emitter, 40)
        self.assertTrue(emitter.flush(60).is_complete)
        self.assertEqual(len(self.receiver.stored), 40)
        self.receiver.requests.clear()
        self.receiver.judge = lambda request: status(404) if request.path.endswith("/batch") else None
        self.emit(emitter, 30)
        self.assertTrue(emitter.flush(60).is_complete)
        batches = [request for request in self.receiver.requests if request.path.endswith("/batch")]
        self.assertEqual(len(self.receiver.stored), 70)
        self.assertLessEqual(len(batches), 4, "those that were under way at once")
        self.emit(emitter, 30)
        self.assertTrue(emitter.flush(60).is_complete)
        again = [request for request in self.receiver.requests if request.path.endswith("/batch")]
        self.assertEqual(len(again), len(batches))

    def test_a_batch_route_that_responds_in_between_is_tried_again_as_soon_however_often_a_proxy_says_404_for_it(self) -> None:
        is_proxy_wrong = False

        def judge(request: Request) -> Optional[Responder]:
            nonlocal is_proxy_wrong
            if not (is_proxy_wrong and request.path.endswith("/batch")):
                return None
            is_proxy_wrong = False
            return status(404)

        self.receiver.judge = judge
        with mock.patch.object(batch_route, "_FIRST_MISSING_S", 0.1), mock.patch.object(batch_route, "_REMEMBER_S", 30.0):
            emitter = self.emitter()

            def is_batch_sent() -> bool:
                self.receiver.requests.clear()
                self.emit(emitter, 20)
                self.assertTrue(emitter.flush(60).is_complete)
                return any(request.path.endswith("/batch") for request in self.receiver.requests)

            # Twice as long each time, the last wait alone would be 25 seconds.
            for _time in range(9):
                is_proxy_wrong = True
                wait_until(lambda: is_batch_sent() and not is_proxy_wrong)
                wait_until(is_batch_sent)

    def test_after_a_lost_response_the_event_is_a_duplicate_and_not_a_second_event(self) -> None:
        self.receiver.plan(lost_response)
        emitter = self.emitter()
        self.emit(emitter, 20)
        self.assertTrue(emitter.flush(60).is_complete)
        self.assertEqual(len(self.receiver.stored), 20)
        self.assertEqual(emitter.stats().duplicate, len(self.receiver.requests[0].ids))

    def test_a_request_ends_within_its_time_out_whatever_comes_back(self) -> None:
        def switching(handler: Any, _request: Request) -> None:
            handler.wfile.write(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")
            handler.close_connection = True

        def gigabyte(handler: Any, _request: Request) -> None:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1073741824\r\n\r\n")
            try:
                for _time in range(1024):
                    handler.wfile.write(b" " * 1048576)
            except OSError:
                pass
            handler.close_connection = True

        self.receiver.plan(silence, drip, switching, gigabyte)
        reports: List[AttemptReport] = []
        emitter = self.emitter(timeout_s=1.5, delays_s=(0.01,) * 4, on_attempt=reports.append)
        self.emit(emitter)
        self.assertTrue(emitter.flush(60).is_complete)
        errors = ["timeout", "timeout", "malformed_response", "malformed_response", None]
        self.assertEqual([report.error for report in reports], errors)
        self.assertTrue(all(report.duration_s < 15 for report in reports), reports)

    def test_an_unavailable_receiver_costs_the_caller_nothing(self) -> None:
        emitter = self.emitter(url="http://127.0.0.1:9/hooks")
        started = time.monotonic()
        self.emit(emitter, 100)
        # With each one's retries it would take a minute.
        self.assertLess(time.monotonic() - started, 20)
        report = emitter.close(0.2)
        self.assertEqual((report.is_complete, report.dropped), (False, 100))
        self.assertEqual(emitter.stats().dropped, {"closed": 100})
        self.assert_balanced(emitter.stats())

    def test_the_log_has_every_attempt_and_neither_payload_nor_key_nor_address(self) -> None:
        self.receiver.plan(status(503), status(400, {"ok": False, "error": "ada@example.com", "issues": [{"path": "ada@"}]}))
        emitter = self.emitter()
        with self.assertLogs("altcontext_webhooks", logging.DEBUG) as logs:
            emitter.emit("tenant.created", {"tenantId": "t", "email": "ada@example.com", "siteUrl": None})
            emitter.flush(60)
        text = "\n".join(logs.output)
        self.assertIn("attempt=1 outcome=retry status=503", text)
        for secret in ("ada@", self.receiver.url, "admin-key"):
            self.assertNotIn(secret, text)

    def test_failures_are_one_line_per_cause_and_minute_with_a_count(self) -> None:
        pending: Set[str] = set()
        has_failed_enough = False

        def judge(request: Request) -> Responder:
            if not has_failed_enough:
                return status(503)
            pending.update(request.ids)
            return silence

        self.receiver.judge = judge
        with mock.patch.object(once_a_minute, "_MINUTE_S", 0.3), self.assertLogs("altcontext_webhooks", "DEBUG") as logs:
            emitter = self.emitter(delays_s=(0.05,) * 100_000, timeout_s=60, max_concurrent_requests=20)
            self.emit(emitter, 20)

            def lines(level: str, text: str) -> List[str]:
                return [
                    record.getMessage() for record in logs.records if record.levelname == level and text in record.getMessage()
                ]

            wait_until(lambda: len(lines("WARNING", "will be tried again")) >= 3)
            has_failed_enough = True
            # An event that is sent once more has its earlier attempts in the log: the figures are settled.
            wait_until(lambda: len(pending) == 20)
            emitter.close(0)
        warnings = lines("WARNING", "will be tried again")
        self.assertRegex(warnings[0], r"error=http_503$")
        self.assertEqual(counted(warnings), len(lines("DEBUG", "outcome=retry")))
        self.assertGreater(counted(warnings), 2 * len(warnings))
        losses = lines("ERROR", "will not be delivered")
        self.assertRegex(losses[0], r"delivered\)$")
        self.assertEqual(counted(losses), 20)
        self.assertEqual(len(lines("DEBUG", "will not be delivered")), 20)

    def test_an_outbox_that_fails_is_one_line_with_a_count_at_the_end_of_its_minute(self) -> None:
        class Full(MemoryOutbox):
            def accept(self, event: Any) -> Any:
                raise EmitterError("outbox_failed", f"SQLITE_FULL: {time.monotonic_ns()} bytes are free.")

        with mock.patch.object(once_a_minute, "_MINUTE_S", 0.2), self.assertLogs("altcontext_webhooks", "ERROR") as logs:
            emitter = self.emitter(outbox=Full())
            self.emit(emitter, 50)

            def failures() -> List[str]:
                return [line for line in logs.output if "The outbox failed" in line]

            wait_until(lambda: counted(failures()) == 50)
        self.assertRegex(failures()[0], r"The outbox failed to accept events: SQLITE_FULL: .* free\.$")
        self.assertRegex(failures()[1], r"The outbox failed to accept events: SQLITE_FULL: .* count=\d+$")

    def test_callbacks_and_log_handlers_that_raise_change_nothing(self) -> None:
        class Broken(logging.Handler):
            def emit(self, _record: logging.LogRecord) -> None:
                raise RuntimeError("broken handler")

        def broken(_argument: Any) -> None:
            raise RuntimeError("broken callback")

        handler = Broken()
        logging.getLogger("altcontext_webhooks").addHandler(handler)
        self.addCleanup(logging.getLogger("altcontext_webhooks").removeHandler, handler)
        emitter = self.emitter(on_attempt=broken, on_dead=broken)
        self.emit(emitter, 5)
        self.assertTrue(emitter.flush(60).is_complete)
        self.assertEqual(emitter.stats().delivered, 5)

    def test_eight_threads_emit_at_once_and_every_event_arrives_once(self) -> None:
        emitter = self.emitter()
        threads = [threading.Thread(target=self.emit, args=(emitter, 250)) for _thread in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertTrue(emitter.flush(60).is_complete)
        self.assertEqual(len(self.receiver.stored), 2000)
        sent = [id for request in self.receiver.requests for id in request.ids]
        self.assertEqual(len(sent), 2000, "none was sent twice")
        self.assertTrue(all(len(request.ids) <= 500 for request in self.receiver.requests))

    def test_the_key_is_sent_and_the_envelope_is_the_contracts(self) -> None:
        emitter = self.emitter()
        self.emit(emitter)
        emitter.flush(60)
        (request,) = self.receiver.requests
        self.assertEqual(request.path, "/hooks")
        self.assertEqual(list(json.loads(request.body)), ["eventType", "tenantId", "occurredAt", "payload"])
        self.assertRegex(request.headers["webhook-timestamp"], r"^\d{10}$")


def counted(lines: List[str]) -> int:
    """How many failures lines report: the first line of a minute stands for one."""
    counts = [re.search(r" count=(\d+)$", line) for line in lines]
    return sum(1 if count is None else int(count[1]) for count in counts)
