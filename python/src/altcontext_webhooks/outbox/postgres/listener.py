"""Notices of PostgreSQL: what a transaction has committed is sent at once, and not when somebody looks next."""

import select
import socket
import threading
from typing import Any, Callable, Optional

from .connections import close_connection
from .names import identifier

# Looking goes on meanwhile, so a connection that is away is not in a hurry.
_AFTER_FAILURE_S = 5.0


class Listener:
    """A thread with a connection of its own that calls ``on_ready`` when somebody has written into the outbox. Where the driver
    tells of no notices it ends, and looking at intervals is all there is."""

    def __init__(self, connect: Callable[[], Any], channel: str, on_ready: Callable[[], None]) -> None:
        self._connect = connect
        self._channel = channel
        self._on_ready = on_ready
        self._stopping = threading.Event()
        self._wake, self._woken = socket.socketpair()
        threading.Thread(target=self._run, name="webhook-listener", daemon=True).start()

    def stop(self) -> None:
        self._stopping.set()
        self._wake.close()

    def _run(self) -> None:
        while not self._stopping.is_set():
            connection = None
            try:
                connection = self._connect()
                take_notices = _notices_of(connection)
                if take_notices is None:
                    return
                self._listen(connection, take_notices)
            except Exception:  # noqa: BLE001 - a driver may raise anything; the statements of the sender tell of it
                self._stopping.wait(_AFTER_FAILURE_S)
            finally:
                if connection is not None:
                    close_connection(connection)
        self._woken.close()

    def _listen(self, connection: Any, take_notices: Callable[[], bool]) -> None:
        connection.autocommit = True
        connection.cursor().execute(f"LISTEN {identifier(self._channel)}")
        # What was written before anybody listened.
        self._on_ready()
        while not self._stopping.is_set():
            select.select([connection, self._woken], [], [])
            if not self._stopping.is_set() and take_notices():
                self._on_ready()


def _notices_of(connection: Any) -> Optional[Callable[[], bool]]:
    """What takes the notices that have come, and says whether there were any; None for a driver that has no such thing."""
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
