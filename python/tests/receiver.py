"""A receiver on a free port of this machine: stores what it is sent, unless another response is planned."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Set, TypeVar

from .comparing import compare_range

ADMIN_KEY = "python-tests-admin-key-of-40-characters"

T = TypeVar("T")


class Request(NamedTuple):
    at: float
    path: str
    headers: Dict[str, str]
    body: str
    ids: List[str]


Responder = Callable[["_Handler", Request], None]
"""Responds to one request in place of the receiver."""


def status(code: int, body: Any = None, **headers: str) -> Responder:
    def respond(handler: "_Handler", _request: Request) -> None:
        handler.respond(code, {"ok": False, "error": f"http_{code}"} if body is None else body, headers)

    return respond


def lost_response(handler: "_Handler", request: Request) -> None:
    """Stores, and breaks the connection before the response."""
    handler.receiver.store(request)
    handler.close_connection = True


def silence(handler: "_Handler", _request: Request) -> None:
    """No response until the receiver is closed."""
    handler.receiver.closing.wait(30)
    handler.close_connection = True


def drip(handler: "_Handler", _request: Request) -> None:
    """A response whose bytes come one now and then, and the last one never."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
    while not handler.receiver.closing.wait(0.02):
        try:
            handler.wfile.write(b" ")
        except OSError:
            break
    handler.close_connection = True


class _Server(ThreadingHTTPServer):
    # With the default of 5, connections of many requests at once wait for seconds until they are tried again.
    request_queue_size = 128


class Receiver:
    """``with Receiver() as receiver``; what it stored is in ``stored``, by id."""

    def __init__(self) -> None:
        self.requests: List[Request] = []
        self.stored: Dict[str, Dict[str, Any]] = {}
        self.heartbeats: List[Dict[str, Any]] = []
        self.asked: List[Dict[str, Any]] = []
        """Requests about ranges, and proofs."""
        self.on_asked: Callable[[], Optional[Responder]] = lambda: None
        """Called for a request about ranges; what it returns responds in place of the receiver."""
        self.sealed: Set[str] = set()
        self.floor = ""
        self.closing = threading.Event()
        self.judge: Optional[Callable[[Request], Optional[Responder]]] = None
        """Decides about a request when no response is planned."""
        self._planned: List[Responder] = []
        self._changed = threading.Condition()
        handler = type("Handler", (_Handler,), {"receiver": self})
        self._server = _Server(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/hooks"

    def __enter__(self) -> "Receiver":
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()

    def plan(self, *responders: Responder) -> None:
        self._planned.extend(responders)

    def take_request(self, request: Request) -> Optional[Responder]:
        with self._changed:
            self.requests.append(request)
            self._changed.notify_all()
            if self._planned:
                return self._planned.pop(0)
        return None if self.judge is None else self.judge(request)

    def store(self, request: Request) -> Any:
        value = json.loads(request.body)
        with self._changed:
            results = [self._store_one(id, event) for id, event in zip(request.ids, value.get("events", [value]))]
            self._changed.notify_all()
        if request.path.endswith("/batch"):
            return {"ok": True, "results": results}
        extra = {"duplicate": True} if results[0]["status"] == "duplicate" else {}
        return {"ok": True, "eventId": results[0]["eventId"], **extra}

    def compare(self, handler: "_Handler", body: str) -> None:
        request = json.loads(body)
        with self._changed:
            self.asked.append(request)
            self._changed.notify_all()
        responder = self.on_asked()
        if responder is not None:
            return responder(handler, Request(time.monotonic(), "reconcile", {}, body, []))
        stored = list(self.stored)
        results = [compare_range(stored, self.sealed, self.floor, asked, request["salt"]) for asked in request["ranges"]]
        handler.respond(200, {"ok": True, "results": results}, {})

    def note_heartbeat(self, body: str) -> None:
        with self._changed:
            self.heartbeats.append(json.loads(body))
            self._changed.notify_all()

    def wait(self, condition: Callable[["Receiver"], T], timeout_s: float = 60) -> T:
        """What the condition returns, once it is true."""
        deadline = time.monotonic() + timeout_s
        with self._changed:
            while True:
                result = condition(self)
                if result:
                    return result
                if time.monotonic() > deadline:
                    raise AssertionError(f"Waited for nothing: {len(self.requests)} requests, {len(self.stored)} stored")
                self._changed.wait(0.2)

    def _store_one(self, id: str, event: Dict[str, Any]) -> Dict[str, Any]:
        is_known = id in self.stored
        self.stored.setdefault(id, {name: value for name, value in event.items() if name != "id"})
        return {"status": "duplicate" if is_known else "stored", "eventId": id}


class _Handler(BaseHTTPRequestHandler):
    receiver: Receiver
    protocol_version = "HTTP/1.1"
    # Without it a response in two writes waits for the other side's acknowledgement.
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        if self.path.endswith("/reconcile"):
            return self.receiver.compare(self, body)
        if self.path.endswith("/heartbeat"):
            self.receiver.note_heartbeat(body)
            return self.respond(200, {"ok": True}, {})
        headers = {name.lower(): value for name, value in self.headers.items()}
        is_batch = self.path.endswith("/batch")
        ids = [event["id"] for event in json.loads(body)["events"]] if is_batch else [headers["webhook-id"]]
        request = Request(time.monotonic(), self.path, headers, body, ids)
        responder = self.receiver.take_request(request)
        if responder is not None:
            responder(self, request)
        elif headers.get("x-admin-key") != ADMIN_KEY:
            self.respond(401, {"ok": False, "error": "unauthorized"}, {})
        else:
            self.respond(200, self.receiver.store(request), {})

    def respond(self, code: int, body: Any, headers: Dict[str, str]) -> None:
        content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_args: object) -> None:
        pass
