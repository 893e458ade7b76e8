"""Line emitters for the contract kit, each forked from one process that has imported everything: ``python -m tests.line_emitters PATH``.

A connection to the Unix socket at PATH starts one. Its first line says how, ``{ "env", "args" }`` in JSON; what follows is the
emitter's input, and what the emitter writes comes back.
"""

import json
import os
import signal
import socket
import sys

from . import line_emitter


def main() -> None:
    # Nobody needs to know how one has ended.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(sys.argv[1])
        door.listen(128)
        print("ready", flush=True)
        while True:
            connection, _address = door.accept()
            with connection:
                is_emitter = os.fork() == 0
                if is_emitter:
                    door.close()
                    _take_over(connection)
            if is_emitter:
                line_emitter.main()
                return


def _take_over(connection: socket.socket) -> None:
    """Makes the connection this process's input and output."""
    with connection.makefile("rb", buffering=0) as unread:
        how = json.loads(unread.readline())
    os.environ.update(how["env"])
    sys.argv[1:] = how["args"]
    for descriptor in (0, 1, 2):
        os.dup2(connection.fileno(), descriptor)


if __name__ == "__main__":
    main()
