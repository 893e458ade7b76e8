"""Whether the receiver would take this sender's events, without an event."""

import json
import time
from typing import Any, Literal, NamedTuple, Optional

from ..contract.event_id import new_id
from ..options import EmitterOptions
from ..transport.post_webhook import WebhookPoster
from .judge_answer import Retry, SenderFault, judge_answer


class SenderVerification(NamedTuple):
    """What the receiver says of this sender."""

    status: Literal["accepted", "refused", "unavailable"]
    """``accepted``: address, key and, if the receiver looks at it, signature are right. ``refused``: events would wait until
    what ``detail`` says is set right; also by a receiver that has no such route. ``unavailable``: no answer says anything of
    the sender.
    """
    detail: str = ""
    """For people: ``HTTP 401 unauthorized``, ``ECONNREFUSED``, ``timeout``. Empty when accepted."""
    contract: Optional[str] = None
    """The name of the receiver's contract, when accepted."""
    is_signature_checked: Optional[bool] = None
    """Whether the receiver looks at signatures at all, when accepted."""


def verify_sender(options: EmitterOptions) -> SenderVerification:
    """Asks the receiver once, within ``timeout_s``, without retries. Never raises because of the network or the receiver."""
    poster = WebhookPoster(options)
    try:
        answer = poster.post(options.verify_url, new_id(), "{}", None)
    finally:
        poster.close()
    if answer.status is not None and 200 <= answer.status <= 299:
        return _read_acceptance(answer.body)
    verdict = judge_answer(answer, (), False, time.time())
    if isinstance(verdict, SenderFault):
        return SenderVerification("refused", verdict.detail)
    return SenderVerification("unavailable", verdict.error if isinstance(verdict, Retry) else "malformed_answer")


def _read_acceptance(content: Optional[bytes]) -> SenderVerification:
    try:
        body: Any = json.loads(content or b"")
    except ValueError:
        body = None
    if isinstance(body, dict) and body.get("ok") is True:
        contract, is_checked = body.get("contract"), body.get("isSignatureChecked")
        if isinstance(contract, str) and isinstance(is_checked, bool):
            return SenderVerification("accepted", "", contract, is_checked)
    return SenderVerification("unavailable", "malformed_answer")
