"""Asks whether the receiver would take this sender's events, without sending one."""

import json
import time
from typing import Any, Literal, NamedTuple, Optional

from ..contract.event_id import new_id
from ..options import EmitterOptions
from ..transport.post_webhook import WebhookPoster
from .judge_response import Retry, SenderFault, judge_response


class SenderVerification(NamedTuple):
    """What the receiver says about this sender."""

    status: Literal["accepted", "refused", "unavailable"]
    """``accepted``: address, key and, if the receiver checks it, signature are correct. ``refused``: events would wait until
    what ``detail`` names is corrected; also from a receiver without this route. ``unavailable``: there was no response that
    says anything about the sender.
    """
    detail: str = ""
    """For people: ``HTTP 401 unauthorized``, ``ECONNREFUSED``, ``timeout``. Empty when accepted."""
    contract: Optional[str] = None
    """The name of the receiver's contract, when accepted."""
    is_signature_checked: Optional[bool] = None
    """Whether the receiver checks signatures at all, when accepted."""


def verify_sender(options: EmitterOptions) -> SenderVerification:
    """Asks the receiver once, within ``timeout_s``, without retries. Never raises because of the network or the receiver."""
    poster = WebhookPoster(options)
    try:
        response = poster.post(options.verify_url, new_id(), "{}", None)
    finally:
        poster.close()
    if response.status is not None and 200 <= response.status <= 299:
        return _read_acceptance(response.body)
    verdict = judge_response(response, (), False, time.time())
    if isinstance(verdict, SenderFault):
        return SenderVerification("refused", verdict.detail)
    return SenderVerification("unavailable", verdict.error if isinstance(verdict, Retry) else "malformed_response")


def _read_acceptance(content: Optional[bytes]) -> SenderVerification:
    try:
        body: Any = json.loads(content or b"")
    except ValueError:
        body = None
    if isinstance(body, dict) and body.get("ok") is True:
        contract, is_checked = body.get("contract"), body.get("isSignatureChecked")
        if isinstance(contract, str) and isinstance(is_checked, bool):
            return SenderVerification("accepted", "", contract, is_checked)
    return SenderVerification("unavailable", "malformed_response")
