"""Standard Webhooks signatures (https://www.standardwebhooks.com): ``v1,<base64>`` of an HMAC-SHA-256 over id, time, body."""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field
from typing import Literal, Mapping, Optional, Sequence, Union

_PREFIX = "whsec_"
_MIN_BYTES = 24
_MAX_BYTES = 64
# A rotation has two or three signatures; a header with thousands is an attempt to keep the processor busy.
_MAX_SIGNATURES_READ = 16

SignatureProblem = Literal[
    "missing_headers", "invalid_timestamp", "timestamp_too_old", "timestamp_too_new", "no_matching_signature"
]


@dataclass(frozen=True)
class SigningKey:
    """A signing secret that was read once. Printing it shows nothing of the secret."""

    key: bytes = field(repr=False)


def create_signing_secret() -> str:
    """A new secret of 32 random bytes: ``whsec_`` and base64."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def parse_signing_secret(secret: str) -> SigningKey:
    """Reads a secret. Raises ``ValueError``, without the secret, unless it is ``whsec_`` and base64 of 24 to 64 bytes."""
    text = secret[len(_PREFIX) :].rstrip("=") if secret.startswith(_PREFIX) else ""
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not _MIN_BYTES <= len(key) <= _MAX_BYTES or base64.b64encode(key).decode().rstrip("=") != text:
        raise ValueError(
            f'Failed to read a signing secret: expected "{_PREFIX}" and {_MIN_BYTES} to {_MAX_BYTES} bytes of base64. '
            "Create one with create_signing_secret()."
        )
    return SigningKey(key)


def sign_webhook(id: str, timestamp: str, body: Union[str, bytes], keys: Sequence[SigningKey]) -> str:
    """The value of ``webhook-signature``: one signature for each key, separated by spaces. Several are for a rotation."""
    return " ".join(f"v1,{base64.b64encode(_digest(id, timestamp, body, key)).decode()}" for key in keys)


def verify_webhook(
    headers: Mapping[str, str],
    body: Union[str, bytes],
    keys: Sequence[SigningKey],
    now_s: float,
    tolerance_s: float = 300,
) -> Optional[SignatureProblem]:
    """Checks a message against any of the keys, in constant time. None when it is genuine, else what is wrong with it.

    ``headers`` are in lower case; ``now_s`` is the clock in seconds since 1970, and the message's time may lie
    ``tolerance_s`` from it in either direction.
    """
    id, timestamp, signature = (headers.get(f"webhook-{name}") for name in ("id", "timestamp", "signature"))
    if not id or not timestamp or not signature:
        return "missing_headers"
    if re.fullmatch(r"\d{1,12}", timestamp, re.ASCII) is None:
        return "invalid_timestamp"
    age_s = now_s - int(timestamp)
    if age_s > tolerance_s:
        return "timestamp_too_old"
    if age_s < -tolerance_s:
        return "timestamp_too_new"
    presented = [
        part[len("v1,") :].encode("utf-8", "replace")
        for part in signature.split(" ")[:_MAX_SIGNATURES_READ]
        if part.startswith("v1,")
    ]
    expected = [base64.b64encode(_digest(id, timestamp, body, key)) for key in keys]
    matches = [hmac.compare_digest(one, other) for one in expected for other in presented]
    return None if any(matches) else "no_matching_signature"


def _digest(id: str, timestamp: str, body: Union[str, bytes], key: SigningKey) -> bytes:
    content = body if isinstance(body, bytes) else body.encode()
    return hmac.digest(key.key, f"{id}.{timestamp}.".encode() + content, hashlib.sha256)
