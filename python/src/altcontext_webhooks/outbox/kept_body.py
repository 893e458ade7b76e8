"""What is kept of the body of a delivered event, so that it can be sent again."""

from typing import Callable, Sequence

from ..contract.contract import Contract


def kept_body_sql(contract: Contract, row: str, without: Callable[[str, Sequence[str]], str]) -> str:
    """SQL: the body without its private fields. An event of a type that the contract does not know may hold anything private, so
    nothing of it is kept. ``without`` is SQL for a body without some fields of its payload.
    """
    body = f"{row}.body"
    kept = [
        f"WHEN '{_quoted(event_type)}' THEN {without(body, event.private_fields) if event.private_fields else body}"
        for event_type, event in contract.events.items()
    ]
    return f"CASE {row}.event_type {' '.join(kept)} END"


def sql_literal(text: str) -> str:
    return f"'{_quoted(text)}'"


def _quoted(text: str) -> str:
    # A "%" marks a parameter for PostgreSQL's drivers; no name of an event or field holds one.
    return text.replace("'", "''")
