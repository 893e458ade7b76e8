"""Names looked up within a time limit, which the system's resolver does not have."""

# Imported here, not by the first look-up in a sender thread: a fork in the middle of an import leaves the module
# locked for ever in the child, which would then never connect.
import encodings.idna  # noqa: F401
import ipaddress
import queue
import socket
import threading
from typing import Any, List, Tuple, Union

Address = Tuple[int, int, int, str, Any]


def resolve(host: str, port: int, timeout_s: float) -> List[Address]:
    """``socket.getaddrinfo`` that raises ``TimeoutError`` after ``timeout_s``. A lookup that hangs ends on its own later."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        pass
    else:
        return _look_up(host, port)
    results: "queue.SimpleQueue[Union[List[Address], OSError]]" = queue.SimpleQueue()

    def look_up() -> None:
        try:
            results.put(_look_up(host, port))
        except OSError as error:
            results.put(error)
        except UnicodeError:
            results.put(socket.gaierror(socket.EAI_NONAME, "no name"))

    threading.Thread(target=look_up, name="webhook-resolve", daemon=True).start()
    try:
        result = results.get(timeout=max(0.0, timeout_s))
    except queue.Empty:
        raise TimeoutError from None
    if isinstance(result, OSError):
        raise result
    return result


def _look_up(host: str, port: int) -> List[Address]:
    return list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
