"""Parsing, redaction, dedupe ids and signing, checked against the contract's vectors."""

import unittest
from datetime import datetime

from altcontext_webhooks.contract.description_service import description_service_contract
from altcontext_webhooks.contract.event_id import dedupe_id, is_event_id
from altcontext_webhooks.contract.parse_event import WebhookEvent, parse_event
from altcontext_webhooks.privacy.redact_text import redact_text
from altcontext_webhooks.privacy.reduce_to_origin import reduce_to_origin
from altcontext_webhooks.wire.signing import parse_signing_secret, sign_webhook, verify_webhook

from .vectors import read_vectors


class VectorsTest(unittest.TestCase):
    def test_every_vector_of_parsing_gives_its_event_or_names_its_fields(self) -> None:
        parsing = read_vectors("parsing")
        now_s = datetime.fromisoformat(parsing["now"].replace("Z", "+00:00")).timestamp()
        for vector in parsing["vectors"]:
            with self.subTest(vector["title"]):
                result = parse_event(description_service_contract, vector["input"], now_s)
                if isinstance(result, WebhookEvent):
                    event = {
                        "eventType": result.event_type,
                        "tenantId": result.tenant_id,
                        "occurredAt": result.occurred_at,
                        "payload": result.payload,
                    }
                    self.assertEqual(event, vector.get("event"))
                else:
                    self.assertEqual([issue.path for issue in result], vector.get("issues"))

    def test_every_text_is_redacted_as_the_contract_redacts_it(self) -> None:
        for vector in read_vectors("redaction")["texts"]:
            with self.subTest(vector["input"]):
                self.assertEqual(redact_text(vector["input"]), vector["expected"])
                self.assertEqual(redact_text(vector["expected"]), vector["expected"])

    def test_every_site_address_is_reduced_as_the_contract_reduces_it(self) -> None:
        for vector in read_vectors("redaction")["siteUrls"]:
            with self.subTest(vector["input"]):
                self.assertEqual(reduce_to_origin(vector["input"]), vector["expected"])

    def test_every_dedupe_id_is_the_contracts(self) -> None:
        for vector in read_vectors("dedupe-ids")["vectors"]:
            with self.subTest(vector["title"]):
                id = dedupe_id(
                    description_service_contract,
                    vector["eventType"],
                    vector["normalisedOccurredAt"],
                    vector["tenantId"],
                )
                self.assertEqual(id, vector["id"])
                self.assertTrue(is_event_id(id))

    def test_every_message_is_signed_as_the_contract_signs_it(self) -> None:
        for vector in read_vectors("signing")["sign"]:
            with self.subTest(vector["title"]):
                keys = [parse_signing_secret(vector["secret"])]
                signature = sign_webhook(vector["id"], vector["timestamp"], vector["body"], keys)
                self.assertEqual(signature, vector["signature"])

    def test_every_message_is_verified_as_the_contract_verifies_it(self) -> None:
        for vector in read_vectors("signing")["verify"]:
            with self.subTest(vector["title"]):
                keys = [parse_signing_secret(secret) for secret in vector["secrets"]]
                problem = verify_webhook(vector["headers"], vector["body"], keys, vector["nowMs"] / 1000)
                self.assertEqual(problem or "ok", vector["expected"])
