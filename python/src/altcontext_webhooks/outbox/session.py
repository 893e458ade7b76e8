"""Events written in the product's own transaction, through a SQL function; relays and other emitters drain them too."""

import json
from typing import Any, Dict, Literal, Optional, Tuple

from ..errors import EmitterError
from .outbox import NewEvent
from .postgres.names import identifier

Kind = Literal["sqlalchemy", "sqlalchemy-async", "cursor", "connection", "connection-async", "asyncpg"]


def insert_in_session(session: Any, event: NewEvent, schema: str) -> None:
    """Writes an event with a SQLAlchemy session or connection (1.4 and 2), or a psycopg or psycopg2 connection or cursor.
    The driver's errors are passed to the caller: its transaction has failed. Raises ``EmitterError`` ``unsupported_session``.
    """
    kind = _kind_of(session)
    if kind == "sqlalchemy":
        session.execute(*_sqlalchemy_statement(event, schema))
    elif kind == "cursor":
        session.execute(*_dbapi_statement(event, schema))
    elif kind == "connection":
        with session.cursor() as cursor:
            cursor.execute(*_dbapi_statement(event, schema))
    else:
        raise _unsupported(session, "pass it to emit_async()")


async def insert_in_session_async(session: Any, event: NewEvent, schema: str) -> None:
    """``insert_in_session`` that also takes a SQLAlchemy ``AsyncSession`` or ``AsyncConnection``, a psycopg
    ``AsyncConnection``, and an asyncpg connection.
    """
    kind = _kind_of(session)
    if kind == "sqlalchemy-async":
        await session.execute(*_sqlalchemy_statement(event, schema))
    elif kind == "asyncpg":
        # As text, because a product may have told asyncpg to encode jsonb in another way.
        function = f"SELECT {_function(schema)}($1::text::jsonb, $2::text)"
        await session.fetchval(function, _envelope(event), event.traceparent)
    elif kind == "connection-async":
        async with session.cursor() as cursor:
            await cursor.execute(*_dbapi_statement(event, schema))
    else:
        insert_in_session(session, event, schema)


def _kind_of(session: Any) -> Kind:
    """By the class's modules and methods, so that no library has to be imported."""
    modules = [cls.__module__ for cls in type(session).__mro__]
    names = {cls.__name__ for cls in type(session).__mro__}
    if any(module.startswith("sqlalchemy.") for module in modules):
        if not hasattr(session, "execute") or names & {"Engine", "AsyncEngine"}:
            raise _unsupported(session, "pass a session or a connection, which has a transaction")
        is_async = any(module.startswith("sqlalchemy.ext.asyncio") for module in modules)
        return "sqlalchemy-async" if is_async else "sqlalchemy"
    if any(module.startswith("asyncpg.") for module in modules) and hasattr(session, "fetchval"):
        if "Pool" in names:
            raise _unsupported(session, "pass a connection, which has a transaction")
        return "asyncpg"
    if callable(getattr(session, "cursor", None)):
        return "connection-async" if any(name.startswith("Async") for name in names) else "connection"
    if callable(getattr(session, "execute", None)) and hasattr(session, "fetchone"):
        if any(name.startswith("Async") for name in names):
            raise _unsupported(session, "pass its connection")
        return "cursor"
    raise _unsupported(session, "pass a SQLAlchemy session or connection, or a psycopg or asyncpg connection")


def _unsupported(session: Any, advice: str) -> EmitterError:
    return EmitterError(
        "unsupported_session", f"Failed to emit in a {type(session).__name__}: it cannot be used here; {advice}."
    )


def _function(schema: str) -> str:
    return f"{identifier(schema)}.webhook_outbox_emit"


def _envelope(event: NewEvent) -> str:
    return json.dumps({"id": event.id, **json.loads(event.body)}, ensure_ascii=False)


def _dbapi_statement(event: NewEvent, schema: str) -> Tuple[str, Tuple[str, Optional[str]]]:
    return f"SELECT {_function(schema)}(CAST(%s AS jsonb), CAST(%s AS text))", (_envelope(event), event.traceparent)


def _sqlalchemy_statement(event: NewEvent, schema: str) -> Tuple[Any, Dict[str, Optional[str]]]:
    from sqlalchemy import text

    function = _function(schema).replace(":", "\\:")
    statement = text(f"SELECT {function}(CAST(:event AS jsonb), CAST(:traceparent AS text))")
    return statement, {"event": _envelope(event), "traceparent": event.traceparent}
