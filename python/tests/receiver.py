"""A receiver on a free port of this machine: stores what it is sent, unless the next answer is planned otherwise."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Set, TypeVar

from .comparing import answer_range

ADMIN_KEY = "python-tests-admin-key-of-40-characters"

T = TypeVar("T")


class Request(NamedTuple):
    at: float
    path: str
    headers: Dict[str, str]
    body: str
    ids: List[str]


Answer = Callable[["_Handler", Request], None]
"""Answers one request in place of the receiver."""


def status(code: int, body: Any = None, **headers: str) -> Answer:
    def answer(handler: "_Handler", _request: Request) -> None:
        handler.reply(code, {"ok": False, "error": f"http_{code}"} if body is None else body, headers)

    return answer


def lost_answer(handler: "_Handler", request: Request) -> None:
    """Stores, and breaks the connection before the answer."""
    handler.receiver.store(request)
    handler.close_connection = True


def silence(handler: "_Handler", _request: Request) -> None:
    """No answer until the receiver is closed."""
    handler.receiver.closing.wait(30)
    handler.close_connection = True


def drip(handler: "_Handler", _request: Request) -> None:
    """An answer of which a byte comes now and then, and the last one never."""
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
        """Questions about ranges, and proofs."""
        self.on_asked: Callable[[], Optional[Answer]] = lambda: None
        """Called before a question is answered; answers in place of the receiver."""
        self.sealed: Set[str] = set()
        self.floor = ""
        self.closing = threading.Event()
        self.judge: Optional[Callable[[Request], Optional[Answer]]] = None
        """Decides about a request when no answer is planned."""
        self._planned: List[Answer] = []
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

    def plan(self, *answers: Answer) -> None:
        self._planned.extend(answers)

    def take_request(self, request: Request) -> Optional[Answer]:
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
        answer = self.on_asked()
        if answer is not None:
            return answer(handler, Request(time.monotonic(), "reconcile", {}, body, []))
        stored = list(self.stored)
        results = [answer_range(stored, self.sealed, self.floor, asked, request["salt"]) for asked in request["ranges"]]
        handler.reply(200, {"ok": True, "results": results}, {})

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
                    raise AssertionError(f"Waited in vain: {len(self.requests)} requests, {len(self.stored)} stored")
                self._changed.wait(0.2)

    def _store_one(self, id: str, event: Dict[str, Any]) -> Dict[str, Any]:
        is_known = id in self.stored
        self.stored.setdefault(id, {name: value for name, value in event.items() if name != "id"})
        return {"status": "duplicate" if is_known else "stored", "eventId": id}


class _Handler(BaseHTTPRequestHandler):
    receiver: Receiver
    protocol_version = "HTTP/1.1"
    # Without it an answer in two writes waits for the other side's acknowledgement.
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        if self.path.endswith("/reconcile"):
            return self.receiver.compare(self, body)
        if self.path.endswith("/heartbeat"):
            self.receiver.note_heartbeat(body)
            return self.reply(200, {"ok": True}, {})
        headers = {name.lower(): value for name, value in self.headers.items()}
        is_batch = self.path.endswith("/batch")
        ids = [event["id"] for event in json.loads(body)["events"]] if is_batch else [headers["webhook-id"]]
        request = Request(time.monotonic(), self.path, headers, body, ids)
        answer = self.receiver.take_request(request)
        if answer is not None:
            answer(self, request)
        elif headers.get("x-admin-key") != ADMIN_KEY:
            self.reply(401, {"ok": False, "error": "unauthorized"}, {})
        else:
            self.reply(200, self.receiver.store(request), {})

    def reply(self, code: int, body: Any, headers: Dict[str, str]) -> None:
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
