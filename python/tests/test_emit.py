"""What emit() takes, what it refuses, and how values are written."""

import asyncio
import json
import unittest
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import Any, Optional
from uuid import UUID, uuid4

from altcontext_webhooks import Emitter, EmitterError, MemoryOutbox
from altcontext_webhooks.contract.contract import read_contract
from altcontext_webhooks.events import CONTRACT
from altcontext_webhooks.prepare_event import prepare_event

from .emitting import SCAN, EmitterTestCase
from .receiver import ADMIN_KEY


class Resolution(Enum):
    ACCEPTED = "accepted"


@dataclass
class Scan:
    tenantId: UUID
    jobId: UUID
    mediaCount: int
    identitiesDetected: int
    durationMs: Decimal
    completedAt: Optional[datetime] = None


class EmitTest(EmitterTestCase):
    def test_an_event_of_a_contract_without_tenants_and_timestamps_has_neither(self) -> None:
        event = {**CONTRACT["events"]["suggestion.resolved"], "timestamp": None}
        shop = read_contract(
            {**CONTRACT, "name": "shop", "envelope": {**CONTRACT["envelope"], "tenantId": None}, "events": {"a.b": event}}
        )
        prepared: Any = prepare_event(shop, "a.b", {"suggestionId": "s-1", "resolution": "accepted"})
        body = json.loads(prepared.body)
        self.assertEqual(body["payload"], {"suggestionId": "s-1", "resolution": "accepted"})
        self.assertEqual(body["tenantId"], "shop")

    def sent(self, event_type: str, payload: Any, **options: Any) -> Any:
        """The event as the receiver gets it."""
        emit: Any = self.emitter().emit
        id = emit(event_type, payload, **options).event_id
        return self.receiver.wait(lambda receiver: receiver.stored.get(id))

    def test_a_uuid_a_decimal_and_an_aware_datetime_arrive_as_the_contract_writes_them(self) -> None:
        tenant, job = uuid4(), uuid4()
        kathmandu = timezone(timedelta(hours=5, minutes=45))
        moment = datetime(2026, 2, 13, 17, 45, 0, 123_999, kathmandu)
        event = self.sent("scan.completed", Scan(tenant, job, 1, 2, Decimal("3.0"), moment))
        self.assertEqual(event["occurredAt"], "2026-02-13T12:00:00.123Z")
        self.assertEqual(event["tenantId"], str(tenant))
        self.assertEqual(event["payload"]["durationMs"], 3)
        self.assertEqual(event["payload"]["jobId"], str(job))
        self.assertEqual(event["payload"]["completedAt"], "2026-02-13T12:00:00.123Z")

    def test_a_naive_datetime_is_utc_whatever_the_time_zone_of_the_machine(self) -> None:
        event = self.sent("scan.completed", SCAN, occurred_at=datetime(2026, 2, 13, 12, 0))
        self.assertEqual(event["occurredAt"], "2026-02-13T12:00:00.000Z")
        self.assertEqual(event["payload"]["completedAt"], "2026-02-13T12:00:00.000Z")

    def test_an_enum_is_its_value(self) -> None:
        payload = {"tenantId": "t", "suggestionId": 's"1', "resolution": Resolution.ACCEPTED}
        event = self.sent("suggestion.resolved", payload)
        self.assertEqual(event["payload"]["resolution"], "accepted")
        self.assertEqual(event["payload"]["suggestionId"], 's"1')

    def test_a_pydantic_model_is_a_payload(self) -> None:
        try:
            from pydantic import BaseModel
        except ImportError:
            self.skipTest("pydantic is not installed")

        class Failed(BaseModel):
            tenantId: UUID
            jobId: str
            mediaCount: int
            errorMessage: str

        model = Failed(tenantId=uuid4(), jobId="j", mediaCount=1, errorMessage="Failed for ada@example.com")
        event = self.sent("scan.failed", model)
        self.assertEqual(event["payload"]["errorMessage"], "Failed for [address]")

    def test_without_a_time_it_happened_now(self) -> None:
        before = datetime.now(timezone.utc) - timedelta(milliseconds=1)
        event = self.sent("cluster.created", {"tenantId": "t", "clusterId": "c", "identityCount": 1, "algorithm": "a"})
        moment = datetime.fromisoformat(event["occurredAt"].replace("Z", "+00:00"))
        self.assertTrue(before <= moment <= datetime.now(timezone.utc))

    def test_an_event_that_breaks_the_contract_raises_at_the_call_with_every_field_and_no_value(self) -> None:
        emit: Any = self.emitter().emit
        with self.assertRaises(EmitterError) as caught:
            emit("scan.completed", {**SCAN, "mediaCount": -1, "jobId": "secret\n", "durationMs": True})
        self.assertEqual(caught.exception.code, "invalid_event")
        paths = [issue.path for issue in caught.exception.issues]
        self.assertEqual(paths, ["payload.jobId", "payload.mediaCount", "payload.durationMs"])
        self.assertNotIn("secret", str(caught.exception))

    def test_what_json_cannot_write_is_refused(self) -> None:
        emit: Any = self.emitter().emit
        for value in (float("nan"), float("inf"), Decimal("NaN"), Decimal("0.5"), "3", None, object(), b"1", 1j):
            with self.subTest(repr(value)), self.assertRaises(EmitterError):
                emit("scan.completed", {**SCAN, "durationMs": value})
        for payload in (None, [], "text", 7, Scan):
            with self.subTest(repr(payload)), self.assertRaises(EmitterError):
                emit("scan.completed", payload)

    def test_an_unknown_type_a_wrong_id_and_half_a_character_are_refused(self) -> None:
        emit: Any = self.emitter().emit
        for arguments, options in (
            (("scan.complete", SCAN), {}),
            (("scan.completed", SCAN), {"event_id": "msg_1"}),
            (("scan.completed", {**SCAN, "jobId": "\ud800"}), {}),
            (("scan.completed", {**SCAN, "tenantId": None}), {}),
            (("scan.completed", SCAN), {"occurred_at": datetime.now(timezone.utc) + timedelta(days=2)}),
        ):
            with self.subTest(repr(arguments[0])), self.assertRaises(EmitterError):
                emit(*arguments, **options)

    def test_the_same_id_is_stored_once(self) -> None:
        id = str(uuid4()).upper()
        emitter = self.emitter()
        for _time in range(2):
            self.assertEqual(emitter.emit("scan.completed", SCAN, event_id=id).event_id, id.lower())  # type: ignore[arg-type]
        self.assertTrue(emitter.flush(60).is_complete)
        self.assertEqual(list(self.receiver.stored), [id.lower()])

    def test_after_close_it_raises(self) -> None:
        emitter = self.emitter()
        self.assertTrue(emitter.close().is_complete)
        with self.assertRaises(EmitterError) as caught:
            emitter.emit("scan.completed", SCAN)  # type: ignore[arg-type]
        self.assertEqual(caught.exception.code, "closed")

    def test_a_coroutine_emits_flushes_and_closes(self) -> None:
        async def product() -> str:
            async with self.emitter() as emitter:
                receipt = await emitter.emit_async("scan.completed", SCAN)  # type: ignore[arg-type]
                await emitter.flush_async(10)
                return receipt.event_id

        self.assertEqual([asyncio.run(product())], list(self.receiver.stored))

    def test_a_full_outbox_drops_the_newest_or_the_oldest_and_reports_each(self) -> None:
        for overflow, kept in (("drop-newest", [0, 1]), ("drop-oldest", [3, 4])):
            with self.subTest(overflow):
                lost: Any = []
                outbox = MemoryOutbox(max_events=2, overflow=overflow)  # type: ignore[arg-type]
                emitter = self.emitter(outbox=outbox, on_dead=lost.append)
                emitter._sender.wake = lambda: None  # type: ignore[method-assign]
                receipts = [emitter.emit("scan.completed", SCAN) for _time in range(5)]  # type: ignore[arg-type]
                counts = emitter.stats()
                self.assertEqual((counts.accepted, counts.pending, counts.dropped), (5, 2, {"queue_full": 3}))
                ids = [receipt.event_id for receipt in receipts]
                self.assertEqual({event.event_id for event in lost}, set(ids) - {ids[index] for index in kept})
                self.assert_balanced(counts)


class OptionsTest(unittest.TestCase):
    def test_every_problem_is_named_at_once_and_no_secret_is_repeated(self) -> None:
        with self.assertRaises(EmitterError) as caught:
            Emitter(
                url="http://marketing.example/hooks?token=secret",
                admin_key="short-secret",
                signing_secret="secret",
                timeout_s=0,
                max_batch_events=501,
            )
        message = str(caught.exception)
        for problem in ("url is http to marketing.example", "admin_key has 12", "signing_secret is no", "timeout_s", "501"):
            self.assertIn(problem, message)
        self.assertNotIn("secret;", message.replace("signing_secret is", ""))
        self.assertNotIn("token=", message)

    def test_from_env_names_the_variables(self) -> None:
        with self.assertRaises(EmitterError) as caught:
            Emitter.from_env({"WEBHOOK_SIGNING_SECRET": " "})
        for variable in ("WEBHOOK_URL is missing", "ADMIN_API_KEY is missing", "WEBHOOK_SIGNING_SECRET is not a signing"):
            self.assertIn(variable, str(caught.exception))

    def test_http_is_allowed_to_loopback_only(self) -> None:
        for host in ("localhost", "127.0.0.1:3000", "127.9.9.9", "[::1]:3000"):
            Emitter(url=f"http://{host}/hooks", admin_key=ADMIN_KEY).close(0)
        for url in ("http://127.0.0.1.example/", "http://user:pw@127.0.0.1/", "ftp://host/", "https://", "", "http://[::1"):
            with self.subTest(url), self.assertRaises(EmitterError):
                Emitter(url=url, admin_key=ADMIN_KEY)


class BodyTest(EmitterTestCase):
    def test_a_body_that_is_not_ascii_arrives_unchanged(self) -> None:
        emitter = self.emitter()
        payload = {"tenantId": "bücher-😀", "clusterId": "c", "identityCount": 1, "algorithm": "größte"}
        for _time in range(2):
            emitter.emit("cluster.created", payload)  # type: ignore[arg-type]
        emitter.flush(60)
        self.assertEqual([event["tenantId"] for event in self.receiver.stored.values()], ["bücher-😀"] * 2)

    def test_an_event_of_more_than_64_kib_is_refused_at_the_call(self) -> None:
        emit: Any = self.emitter().emit
        payload = {"tenantId": "t", "email": None, "siteUrl": None, "extra": "x" * 100_000}
        self.assertEqual(emit("tenant.created", payload).status, "accepted", "what the contract does not name is dropped")
        self.receiver.wait(lambda receiver: receiver.stored)
        self.assertLess(len(json.dumps(list(self.receiver.stored.values()))), 400)
