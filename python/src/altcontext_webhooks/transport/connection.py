"""One HTTP/1.1 connection on which every request ends by its deadline, whatever comes back."""

import http.client
import io
import select
import socket
import ssl
import time
from typing import Dict, NamedTuple, Optional
from urllib.parse import SplitResult

from .resolve import resolve


class HttpResponse(NamedTuple):
    """What came back. ``body`` is None when it was longer than wanted."""

    status: int
    retry_after: Optional[str]
    date: Optional[str]
    body: Optional[bytes]


class HttpConnection:
    """A connection that is kept open between requests. Only one thread at a time may use it."""

    def __init__(self, url: SplitResult) -> None:
        self._host = url.hostname or ""
        self._port = url.port or (443 if url.scheme == "https" else 80)
        self._tls = ssl.create_default_context() if url.scheme == "https" else None
        name = f"[{self._host}]" if ":" in self._host else self._host
        self._host_header = name if url.port is None else f"{name}:{url.port}"
        self._socket: Optional[socket.socket] = None
        self._is_kept = False

    def post(
        self, url: SplitResult, headers: Dict[str, str], body: bytes, timeout_s: float, max_response_bytes: int
    ) -> HttpResponse:
        """Sends one POST and follows no redirect: a redirected POST becomes an empty GET that "succeeds". Raises
        ``TimeoutError``, another ``OSError`` or ``http.client.HTTPException``; the next request then opens a new connection.
        """
        deadline = time.monotonic() + timeout_s
        message = self._head(url, headers, len(body)) + body
        try:
            return self._exchange(message, deadline, max_response_bytes)
        except _StaleConnection:
            return self._exchange(message, deadline, max_response_bytes)

    def _exchange(self, message: bytes, deadline: float, max_response_bytes: int) -> HttpResponse:
        is_reusable = False
        connected = self._connect(deadline)
        is_kept, self._is_kept = self._is_kept, True
        reader = _DeadlineReader(connected, deadline)
        try:
            _set_timeout(connected, deadline)
            connected.sendall(message)
            response, is_reusable = _read_response(reader, max_response_bytes)
            return response
        except (ConnectionError, ssl.SSLEOFError) as error:
            # Only using a kept connection shows whether the other side has closed it in the meantime. That costs no attempt:
            # the request is sent once more, on a new connection, unless part of a response has come.
            if is_kept and not reader.has_received:
                raise _StaleConnection from error
            raise
        finally:
            if not is_reusable:
                self.close()

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
            self._is_kept = False

    def _connect(self, deadline: float) -> socket.socket:
        if self._socket is not None and not _is_idle(self._socket):
            self.close()
        if self._socket is None:
            connected = self._open(deadline)
            self._socket = connected
            if self._tls is not None:
                _set_timeout(connected, deadline)
                self._socket = self._tls.wrap_socket(connected, server_hostname=self._host)
        return self._socket

    def _open(self, deadline: float) -> socket.socket:
        failure: OSError = OSError("no address")
        for family, kind, protocol, _name, address in resolve(self._host, self._port, _remaining(deadline)):
            connection = socket.socket(family, kind, protocol)
            try:
                _set_timeout(connection, deadline)
                connection.connect(address)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return connection
            except OSError as error:
                connection.close()
                failure = error
        raise failure

    def _head(self, url: SplitResult, headers: Dict[str, str], length: int) -> bytes:
        target = url.path + (f"?{url.query}" if url.query else "")
        fields = {"host": self._host_header, "content-length": str(length), "accept-encoding": "identity", **headers}
        lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        return f"POST {target} HTTP/1.1\r\n{lines}\r\n".encode("ascii")


class _StaleConnection(Exception):
    pass


class _DeadlineReader(io.RawIOBase):
    """Reads a socket; each read has only the time that is left."""

    def __init__(self, connection: socket.socket, deadline: float) -> None:
        super().__init__()
        self._connection = connection
        self._deadline = deadline
        self.has_received = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:  # type: ignore[no-untyped-def]
        _set_timeout(self._connection, self._deadline)
        count = self._connection.recv_into(buffer)
        self.has_received = self.has_received or count > 0
        return count


class _SocketLike:
    """What ``http.client.HTTPResponse`` needs from a socket."""

    def __init__(self, reader: io.BufferedReader) -> None:
        self._reader = reader

    def makefile(self, *_args: object) -> io.BufferedReader:
        return self._reader


def _read_response(reader: _DeadlineReader, max_bytes: int) -> "tuple[HttpResponse, bool]":
    response = http.client.HTTPResponse(_SocketLike(io.BufferedReader(reader)), method="POST")  # type: ignore[arg-type]
    response.begin()
    if response.status < 200:
        # 101 and the like end HTTP on this connection.
        raise http.client.BadStatusLine("informational")
    body: Optional[bytes] = response.read(max_bytes + 1)
    if body is not None and len(body) > max_bytes:
        body = None
    is_reusable = body is not None and response.isclosed() and not response.will_close
    received = HttpResponse(response.status, response.getheader("retry-after"), response.getheader("date"), body)
    return received, is_reusable


def _is_idle(connection: socket.socket) -> bool:
    """Whether nothing has arrived between two requests: neither the end of the connection, nor bytes that belong to no request."""
    try:
        poller = select.poll()
        poller.register(connection, select.POLLIN | select.POLLHUP | select.POLLERR)
        return not poller.poll(0)
    except AttributeError:  # Windows
        return not select.select([connection], [], [], 0)[0]
    except (OSError, ValueError):
        return False


def _remaining(deadline: float) -> float:
    remaining_s = deadline - time.monotonic()
    if remaining_s <= 0:
        raise TimeoutError
    return remaining_s


def _set_timeout(connection: socket.socket, deadline: float) -> None:
    connection.settimeout(_remaining(deadline))
