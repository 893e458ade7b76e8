"""PostgreSQL's notices: what a transaction has committed is sent at once, not only at the next look."""

import os
import selectors
import socket
import threading
from contextlib import contextmanager, suppress
from typing import Any, Callable, Iterator, Optional

from .connections import close_connection
from .names import identifier

# The outbox is looked into meanwhile, so a lost connection need not be replaced in a hurry.
_AFTER_FAILURE_S = 5.0
# Nothing else would reveal a connection that has gone silent.
_HEARTBEAT_S = 15.0
_DEADLINE_S = 5.0


class Listener:
    """A thread with a connection of its own that calls ``on_ready`` when somebody has written into the outbox. If the driver
    reports no notices it ends, and only looking at intervals is left; likewise if the connection belongs to a pool, which has few.
    """

    def __init__(self, connect: Callable[[], Any], channel: str, on_ready: Callable[[], None]) -> None:
        self._connect = connect
        self._channel = channel
        self._on_ready = on_ready
        self._stopping = threading.Event()
        self._wake, self._woken = socket.socketpair()
        threading.Thread(target=self._run, name="webhook-listener", daemon=True).start()

    def stop(self) -> None:
        self._stopping.set()
        # Closing alone wakes nobody while a forked child also has this end open.
        with suppress(OSError):
            self._wake.send(b"\0")
        self._wake.close()

    def _run(self) -> None:
        while not self._stopping.is_set():
            connection = None
            try:
                connection = self._connect()
                take_notices = _notices_of(connection)
                if take_notices is None:
                    break
                self._listen(connection, take_notices)
            except Exception:  # noqa: BLE001 - a driver may raise anything; the sender's statements will report it
                self._stopping.wait(_AFTER_FAILURE_S)
            finally:
                if connection is not None:
                    close_connection(connection)
        self._woken.close()

    def _listen(self, connection: Any, take_notices: Callable[[], bool]) -> None:
        with _deadline(connection):
            # A notice comes at the end of a transaction, and whoever connects may have begun one.
            connection.rollback()
            connection.autocommit = True
            connection.cursor().execute(f"LISTEN {identifier(self._channel)}")
        # For events that were written before anybody listened.
        self._on_ready()
        # Unlike select(), it takes file descriptors above 1023.
        with selectors.DefaultSelector() as selector:
            selector.register(connection, selectors.EVENT_READ)
            selector.register(self._woken, selectors.EVENT_READ)
            while not self._stopping.is_set():
                if not selector.select(_HEARTBEAT_S):
                    with _deadline(connection):
                        connection.cursor().execute("SELECT 1")
                # The driver may have taken notices from the socket together with the response to a heartbeat.
                if not self._stopping.is_set() and take_notices():
                    self._on_ready()


@contextmanager
def _deadline(connection: Any) -> Iterator[None]:
    """Ends a statement that gets no response: with its socket shut down, the driver raises."""
    with socket.socket(fileno=os.dup(connection.fileno())) as shared:
        timer = threading.Timer(_DEADLINE_S, shared.shutdown, (socket.SHUT_RDWR,))
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()


def _notices_of(connection: Any) -> Optional[Callable[[], bool]]:
    """A function that takes the notices that have come, and says whether there were any; None for a driver without notices, and
    for a pool's connection."""
    # SQLAlchemy's names for the driver's connection inside its own.
    if hasattr(connection, "driver_connection"):
        return None
    driver: Any = getattr(connection, "pgconn", None)
    if driver is not None:

        def take_of_psycopg() -> bool:
            driver.consume_input()
            found = False
            while driver.notifies() is not None:
                found = True
            return found

        return take_of_psycopg
    if hasattr(connection, "poll") and hasattr(connection, "notifies"):

        def take_of_psycopg2() -> bool:
            connection.poll()
            found = bool(connection.notifies)
            connection.notifies.clear()
            return found

        return take_of_psycopg2
    return None
