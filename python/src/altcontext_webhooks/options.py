"""The options of an emitter, checked in one place."""

import re
from dataclasses import dataclass
from typing import Callable, List, Literal, Mapping, Optional, Sequence, Tuple, Union
from urllib.parse import SplitResult, urlsplit

from .completeness.options import CompletenessOptions, OnMissing
from .completeness.report import ReconcileReport
from .contract.contract import Contract
from .contract.description_service import description_service_contract
from .errors import EmitterError, EventIssue
from .outbox.memory import MemoryOutbox
from .outbox.outbox import Outbox
from .reports.reports import AttemptReport, LostEvent
from .wire.signing import SigningKey, parse_signing_secret

_MINUTE = 60.0
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR
DURABLE_LONG_DELAYS_S = (
    *(2 * _MINUTE, 5 * _MINUTE, 15 * _MINUTE, 30 * _MINUTE),
    *(_HOUR, 2 * _HOUR, 4 * _HOUR, 8 * _HOUR, 24 * _HOUR),
)


@dataclass(frozen=True)
class EmitterOptions:
    """What ``Emitter`` was given, with every default filled in. Durations are seconds."""

    url: SplitResult
    batch_url: SplitResult
    verify_url: SplitResult
    reconcile_url: SplitResult
    heartbeat_url: SplitResult
    admin_key: str
    signing_keys: Tuple[SigningKey, ...]
    contract: Contract
    outbox: Outbox
    max_batch_events: int
    max_concurrent_requests: int
    timeout_s: float
    delays_s: Tuple[float, ...]
    long_delays_s: Tuple[float, ...]
    max_retry_after_s: float
    retry_after_budget_s: float
    on_attempt: Optional[Callable[[AttemptReport], None]]
    on_dead: Optional[Callable[[LostEvent], None]]
    completeness: Optional[CompletenessOptions]
    """None: neither heartbeats nor automatic reconciliations."""
    on_missing: Optional[OnMissing]
    on_reconciled: Optional[Callable[[ReconcileReport], None]]


def resolve_options(
    *,
    url: Optional[str],
    admin_key: Optional[str],
    signing_secret: Union[str, Sequence[str], None],
    contract: Optional[Contract],
    outbox: Optional[Outbox],
    max_batch_events: int,
    max_concurrent_requests: int,
    timeout_s: float,
    delays_s: Sequence[float],
    long_delays_s: Optional[Sequence[float]],
    max_retry_after_s: float,
    retry_after_budget_s: float,
    on_attempt: Optional[Callable[[AttemptReport], None]],
    on_dead: Optional[Callable[[LostEvent], None]],
    completeness: Union[CompletenessOptions, Literal[False]],
    on_missing: Optional[OnMissing],
    on_reconciled: Optional[Callable[[ReconcileReport], None]],
    names: Mapping[str, str],
) -> EmitterOptions:
    """Raises ``EmitterError`` ``invalid_options`` with every problem at once. Values that may be secret are left out.
    ``names`` are the names that messages use for options that may come from environment variables.
    """
    problems: List[str] = []
    contract = contract or description_service_contract
    outbox = outbox if outbox is not None else MemoryOutbox()
    if long_delays_s is None:
        long_delays_s = DURABLE_LONG_DELAYS_S if outbox.is_durable else ()
    target = _read_url(url, names.get("url", "url"), problems)
    key = _read_key(admin_key, names.get("admin_key", "admin_key"), contract.limits.min_admin_key_length, problems)
    signing_keys = _read_secrets(signing_secret, names.get("signing_secret", "signing_secret"), problems)
    _check_number("max_batch_events", max_batch_events, 1, contract.limits.max_batch_events, problems, is_whole=True)
    _check_number("max_concurrent_requests", max_concurrent_requests, 1, 64, problems, is_whole=True)
    _check_number("timeout_s", timeout_s, 0.001, 300, problems)
    for index, delay_s in enumerate(delays_s):
        _check_number(f"delays_s[{index}]", delay_s, 0.001, 7 * _DAY, problems)
    for index, delay_s in enumerate(long_delays_s):
        _check_number(f"long_delays_s[{index}]", delay_s, 0.001, 7 * _DAY, problems)
    _check_number("max_retry_after_s", max_retry_after_s, 0, _DAY, problems)
    _check_number("retry_after_budget_s", retry_after_budget_s, 0, 7 * _DAY, problems)
    if completeness is not False:
        _check_number("heartbeat_interval_s", completeness.heartbeat_interval_s, 1, _HOUR, problems)
        _check_number("reconcile_interval_s", completeness.reconcile_interval_s, 1, 7 * _DAY, problems)
    if target is None or problems:
        raise EmitterError(
            "invalid_options",
            f"Failed to create an emitter: {'; '.join(problems)}. Correct the options.",
            [EventIssue("", problem) for problem in problems],
        )
    return EmitterOptions(
        url=target,
        batch_url=_below(target, "batch"),
        verify_url=_below(target, "verify"),
        reconcile_url=_below(target, "reconcile"),
        heartbeat_url=_below(target, "heartbeat"),
        admin_key=key,
        signing_keys=signing_keys,
        contract=contract,
        outbox=outbox,
        max_batch_events=max_batch_events,
        max_concurrent_requests=max_concurrent_requests,
        timeout_s=timeout_s,
        delays_s=tuple(delays_s),
        long_delays_s=tuple(long_delays_s),
        max_retry_after_s=max_retry_after_s,
        retry_after_budget_s=retry_after_budget_s,
        on_attempt=on_attempt,
        on_dead=on_dead,
        completeness=None if completeness is False else completeness,
        on_missing=on_missing,
        on_reconciled=on_reconciled,
    )


def _below(url: SplitResult, route: str) -> SplitResult:
    return url._replace(path=f"{url.path.rstrip('/')}/{route}")


def read_secret_list(text: Optional[str]) -> Optional[List[str]]:
    """Several secrets, for a rotation, are separated by spaces or commas. One that is set but blank is a mistake and never
    "unsigned": it stays in the list, to be refused.
    """
    if text is None:
        return None
    return re.split(r"[\s,]+", text.strip())


# Only scheme and host are ever repeated: a path or query may hold a token.
def _read_url(value: Optional[str], name: str, problems: List[str]) -> Optional[SplitResult]:
    if not value:
        problems.append(f"{name} is missing, expected the receiver's https address")
        return None
    try:
        url = urlsplit(str(value))
        host, _port = url.hostname, url.port
    except ValueError:
        host = None
    if not host or url.scheme not in ("https", "http") or re.search(r"[\x00-\x20\x7f]", str(value)):
        problems.append(f"{name} is not an https address")
        return None
    if url.username is not None or url.password is not None:
        problems.append(f"{name} holds a user name or password, which would end up in logs; use the key")
    if url.scheme == "http" and not _is_loopback(host):
        problems.append(f"{name} is http to {host}, expected https (http is allowed to loopback only)")
    return url._replace(fragment="", path=url.path or "/")


def _is_loopback(host: str) -> bool:
    return host in ("localhost", "::1") or re.fullmatch(r"127(\.\d{1,3}){3}", host, re.ASCII) is not None


def _read_key(value: Optional[str], name: str, least: int, problems: List[str]) -> str:
    if not value:
        problems.append(f"{name} is missing")
        return ""
    if re.fullmatch(r"[\x21-\x7e]*", value) is None:
        problems.append(f"{name} has characters that a header cannot carry, expected visible ASCII")
    elif len(value) < least:
        problems.append(f"{name} has {len(value)} characters, expected at least {least}")
    return value


def _read_secrets(value: Union[str, Sequence[str], None], name: str, problems: List[str]) -> Tuple[SigningKey, ...]:
    keys: List[SigningKey] = []
    for secret in [value] if isinstance(value, str) else value or []:
        try:
            keys.append(parse_signing_secret(secret))
        except ValueError:
            problems.append(f'{name} is not a signing secret, expected "whsec_" and base64 of 24 to 64 bytes')
    return tuple(keys)


def _check_number(name: str, value: float, low: float, high: float, problems: List[str], is_whole: bool = False) -> None:
    is_number = isinstance(value, int if is_whole else (int, float)) and not isinstance(value, bool)
    if not is_number or not low <= value <= high:
        kind = "a whole number" if is_whole else "a number"
        problems.append(f"{name} is {value!r}, expected {kind} from {low:g} to {high:g}")
