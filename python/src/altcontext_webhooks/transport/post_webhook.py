"""One signed request and its response."""

import errno
import http.client
import socket
import ssl
import threading
import time
from typing import Dict, NamedTuple, Optional
from urllib.parse import SplitResult

from ..options import EmitterOptions
from ..wire.signing import sign_webhook
from .connection import HttpConnection
from .http_date import parse_http_date

# Five hundred results with issues are about 200 KB.
_MAX_RESPONSE_BYTES = 1_048_576


class Response(NamedTuple):
    """What came back for one request: a response, or the code of the error that prevented one."""

    status: Optional[int]
    retry_after: Optional[str] = None
    body: Optional[bytes] = None
    error: Optional[str] = None
    receiver_time_s: Optional[float] = None
    """The receiver's clock, from its ``Date``, in seconds since 1970."""


class WebhookPoster:
    """Sends requests, each thread on a connection of its own. Every call is one attempt: retries are up to the delivery."""

    def __init__(self, options: EmitterOptions) -> None:
        self._options = options
        self._local = threading.local()
        self._headers = {
            "content-type": "application/json",
            "accept": "application/json",
            "user-agent": "altcontext-webhooks-python",
            "x-admin-key": options.admin_key,
        }

    def post(self, url: SplitResult, id: str, body: str, traceparent: Optional[str]) -> Response:
        content = body.encode("utf-8", "replace")
        timestamp = str(int(time.time()))
        headers: Dict[str, str] = {**self._headers, "webhook-id": id, "webhook-timestamp": timestamp}
        if traceparent is not None:
            headers["traceparent"] = traceparent
        if self._options.signing_keys:
            headers["webhook-signature"] = sign_webhook(id, timestamp, content, self._options.signing_keys)
        connection: Optional[HttpConnection] = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = HttpConnection(self._options.url)
        try:
            response = connection.post(url, headers, content, self._options.timeout_s, _MAX_RESPONSE_BYTES)
        except (OSError, http.client.HTTPException, ValueError) as error:
            return Response(None, error=_code_of(error))
        return Response(response.status, response.retry_after, response.body, None, parse_http_date(response.date))

    def close(self) -> None:
        """Ends the connection of the thread that calls it."""
        connection: Optional[HttpConnection] = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()


def _code_of(error: Exception) -> str:
    """Only codes such as ECONNREFUSED are repeated: messages of a client library hold addresses and ports."""
    if isinstance(error, TimeoutError):
        return "timeout"
    if isinstance(error, ssl.SSLError):
        return "tls_error"
    if isinstance(error, socket.gaierror):
        return "name_not_found"
    if isinstance(error, http.client.RemoteDisconnected):
        return "ECONNRESET"
    if isinstance(error, OSError) and error.errno is not None:
        return errno.errorcode.get(error.errno, "network_error")
    return "malformed_response" if isinstance(error, http.client.HTTPException) else "network_error"
