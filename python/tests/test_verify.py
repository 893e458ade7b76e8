"""Asking whether a sender is correct, without an event."""

import asyncio

from .emitting import EmitterTestCase
from .receiver import Receiver, status

ACCEPTED = {"ok": True, "contract": "description-service", "isSignatureChecked": False}


class VerifyTest(EmitterTestCase):
    def test_a_correct_sender_is_accepted_with_one_request_and_without_an_event(self) -> None:
        self.receiver.plan(status(200, ACCEPTED), status(200, ACCEPTED))
        emitter = self.emitter()
        verification = emitter.verify()
        self.assertEqual(verification, ("accepted", "", "description-service", False))
        self.assertEqual(asyncio.run(emitter.verify_async()), verification)
        self.assertEqual([request.path for request in self.receiver.requests], ["/hooks/verify"] * 2)
        self.assertEqual(self.receiver.requests[0].body, "{}")
        self.assertEqual(emitter.stats().accepted, 0)

    def test_a_wrong_key_a_missing_route_and_a_redirect_are_refused_in_words(self) -> None:
        emitter = self.emitter()
        for code, body, detail in (
            (401, {"ok": False, "error": "unauthorized"}, "HTTP 401 unauthorized"),
            (404, {"ok": False, "error": "not_found"}, "HTTP 404 not_found"),
            (302, {}, "HTTP 302"),
        ):
            self.receiver.plan(status(code, body))
            self.assertEqual(emitter.verify()[:2], ("refused", detail))
        self.assertIsNone(emitter.paused_because)

    def test_a_response_that_says_nothing_about_the_sender_means_unavailable(self) -> None:
        emitter = self.emitter()
        for code, body, error in (
            (503, None, "http_503"),
            (200, "<html>", "malformed_response"),
            (200, {"ok": True}, "malformed_response"),
        ):
            self.receiver.plan(status(code, body))
            self.assertEqual(emitter.verify()[:2], ("unavailable", error))
        with Receiver() as gone:
            url = gone.url
        self.assertEqual(self.emitter(url=url).verify()[:2], ("unavailable", "ECONNREFUSED"))
