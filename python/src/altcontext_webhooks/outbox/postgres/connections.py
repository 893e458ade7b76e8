"""Connections to the product's PostgreSQL, with psycopg or psycopg2, whichever is there."""

import contextlib
import importlib
import os
import re
import socket
import threading
from types import ModuleType
from typing import Any, Callable, Iterator, List, Optional, TypeVar, Union

from ...errors import EmitterError

Result = TypeVar("Result")

_MAX_IDLE = 5
_CONNECT_TIMEOUT_S = 5
# Every statement is a matter of milliseconds; one that hangs must not keep an event's lease for ever.
_STATEMENT_TIMEOUT = "SET LOCAL statement_timeout = '30s'"
# A connection that goes silent responds to nothing, not even to being given up.
_DEADLINE_S = 40


class Connections:
    """A few connections that any thread may use, one at a time. ``source`` is a ``postgres://`` address, a SQLAlchemy engine,
    or a function that opens a DB-API connection.
    """

    _lock: threading.Lock
    _idle: List[Any]
    _is_closed: bool

    def __init__(self, source: Union[str, Callable[[], Any], Any]) -> None:
        self.open = _opener(source)
        self.forget()

    def transaction(self, run: Callable[[Any], Result]) -> Result:
        """Runs statements on a cursor and commits. A connection that was lost while nobody used it is replaced and the
        statements run again. All our statements may run twice: ids are unique, and a settlement changes only pending events.
        """
        while True:
            connection, is_reused = self._take()
            try:
                with _cut_after(_DEADLINE_S, connection, self._end_idle):
                    cursor = connection.cursor()
                    cursor.execute(_STATEMENT_TIMEOUT)
                    result = run(cursor)
                    cursor.close()
                    connection.commit()
            except BaseException as error:
                is_lost = _is_lost(connection)
                close_connection(connection)
                if is_reused and is_lost and isinstance(error, Exception):
                    continue
                raise
            self._give_back(connection)
            return result

    def close(self) -> None:
        self._is_closed = True
        self._end_idle()

    def _end_idle(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            close_connection(connection)

    def forget(self) -> None:
        """After a fork: the connections stay the parent's. Both drivers end a connection only in the process that opened it."""
        self._lock = threading.Lock()
        self._idle = []
        self._is_closed = False

    def _take(self) -> "tuple[Any, bool]":
        with self._lock:
            if self._idle:
                return self._idle.pop(), True
        return self.open(), False

    def _give_back(self, connection: Any) -> None:
        with self._lock:
            if not self._is_closed and len(self._idle) < _MAX_IDLE:
                self._idle.append(connection)
                return
        close_connection(connection)


@contextlib.contextmanager
def _cut_after(seconds: float, connection: Any, on_cut: Callable[[], None]) -> Iterator[None]:
    """Ends a connection that is still used then: whoever waits for its response is told that it is lost."""
    # A SQLAlchemy engine's connection is a proxy for the driver's.
    driver = getattr(connection, "driver_connection", connection)
    lock = threading.Lock()
    is_over = False

    def end() -> None:
        with lock:
            if is_over:
                return
            cut(driver)
        # Connections that were idle meanwhile have probably gone silent too.
        on_cut()

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    # An interpreter that is ending can start no more threads. What it still has to write is written, without a deadline.
    with contextlib.suppress(RuntimeError):
        timer.start()
    try:
        yield
    finally:
        timer.cancel()
        with lock:
            is_over = True


def cut(driver: Any) -> None:
    """Ends the socket and leaves the file to the driver, which waits for it."""
    with contextlib.suppress(Exception), socket.socket(fileno=os.dup(driver.fileno())) as end:
        end.shutdown(socket.SHUT_RDWR)


def _opener(source: Any) -> Callable[[], Any]:
    if isinstance(source, str):
        address = source
        # Imported now, not at the first claim in a sender thread: a fork in the middle of an import leaves the module locked
        # for ever in the child.
        _find_driver()
        return lambda: connect(address)
    raw_connection: Optional[Callable[[], Any]] = getattr(source, "raw_connection", None)
    if callable(raw_connection):
        return raw_connection
    if callable(source):
        return source  # type: ignore[no-any-return]
    raise EmitterError(
        "invalid_options",
        "Failed to open the PostgreSQL outbox: expected a postgres:// address, a SQLAlchemy engine or a function that "
        "connects. Correct the options.",
    )


def connect(address: str) -> Any:
    """A connection of psycopg, or else of psycopg2."""
    # As SQLAlchemy writes them: postgresql+psycopg2://, postgresql+asyncpg://
    address = re.sub(r"\Apostgres(?:ql)?\+\w+://", "postgresql://", address)
    driver: Any = _find_driver()
    if driver is None:
        raise EmitterError(
            "outbox_failed",
            "Failed to open the PostgreSQL outbox: neither psycopg nor psycopg2 is installed. Install one of them.",
        )
    # A pooler in between may not know the statements that psycopg has prepared on another connection.
    options = {"prepare_threshold": None} if driver.__name__ == "psycopg" else {}
    return driver.connect(address, connect_timeout=_CONNECT_TIMEOUT_S, **options)


def _find_driver() -> Optional[ModuleType]:
    for name in ("psycopg", "psycopg2"):
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    return None


def _is_lost(connection: Any) -> bool:
    # A SQLAlchemy engine's connection is a proxy for the driver's.
    driver = getattr(connection, "driver_connection", connection)
    return driver is None or bool(getattr(driver, "closed", False))


def close_connection(connection: Any) -> None:
    """Whatever state it is in."""
    # It is lost already.
    with contextlib.suppress(Exception):
        connection.close()
