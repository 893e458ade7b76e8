"""The one error class of this package."""

from typing import Literal, NamedTuple, Sequence, Tuple

ErrorCode = Literal[
    "invalid_options",
    "invalid_event",
    "closed",
    "outbox_failed",
    "outbox_in_use",
    "unsupported_session",
    "not_comparable",
]


class EventIssue(NamedTuple):
    """One field that breaks the contract."""

    path: str
    """Dotted path from the envelope's root: ``payload.mediaCount``. Empty for the envelope itself."""
    message: str
    """What is expected there. Never holds the value that was given."""


class EmitterError(Exception):
    """What can go wrong in this package, by stable code. A bad network or receiver is never an error: it is an outcome, in
    the ledger and in ``on_dead``. Messages never hold a key, an address or a payload.

    =====================  ==================================================================================
    code                   when, and what to do
    =====================  ==================================================================================
    invalid_options        an option or environment variable is missing or wrong; the message lists every problem
    invalid_event          an event breaks the contract, nothing was accepted; ``issues`` names each field
    closed                 an event was emitted after ``close()``; emit before
    outbox_failed          a durable outbox cannot be opened or written; the message says why
    outbox_in_use          another process delivers from the SQLite file; stop it, or use another file
    unsupported_session    the emitter cannot write with this ``session``; pass a session or connection
    not_comparable         delivered events cannot be compared: the receiver is unavailable or too old, or the outbox is memory
    =====================  ==================================================================================
    """

    def __init__(self, code: ErrorCode, message: str, issues: Sequence[EventIssue] = ()) -> None:
        super().__init__(message)
        self.code: ErrorCode = code
        self.issues: Tuple[EventIssue, ...] = tuple(issues)


def describe_issues(issues: Sequence[EventIssue]) -> str:
    """``payload.mediaCount: Expected at least 0; tenantId: ...``"""
    return "; ".join(f"{path}: {message}" if path else message for path, message in issues)
