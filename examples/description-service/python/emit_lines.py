"""Hands each event, a line of JSON on standard input, to a webhook-relay of its own. Standard library only.

It shows the contract tests how a Python product delivers: this program only hands over, and the relay keeps,
signs, batches, waits and retries. In production the relay runs beside the product all the time (see
post_to_relay.py); the tests want one command that starts and ends, so that this program starts it.

    npx webhook-contract-tests emitter --command "python3 emit_lines.py"
"""

import json
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid

from events import Event


def hand_over(url: str, event: Event) -> None:
    # The id makes a repeated request the same event, and three events that are alike three.
    body = json.dumps({"id": str(uuid.uuid4()), **event}).encode()
    request = urllib.request.Request(url, data=body, headers={"content-type": "application/json"})
    for _ in range(100):
        try:
            urllib.request.urlopen(request, timeout=10).close()
            return
        except urllib.error.HTTPError as error:
            if error.code < 500:
                # The event breaks the contract: a mistake of this program, which no retry would mend.
                print(f"The relay refused an event with {error.code}", file=sys.stderr)
                return
        except (urllib.error.URLError, ConnectionError):
            pass  # It has only just been started.
        time.sleep(0.1)
    sys.exit("The relay takes no events")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


with tempfile.TemporaryDirectory() as folder:
    port = free_port()
    # WEBHOOK_URL and the secrets come from the environment; npx has put the command on the path.
    flags = ["--outbox", f"{folder}/outbox.db", "--port", str(port), "--shutdown-timeout", "9s"]
    # The lines are not the relay's to read.
    relay = subprocess.Popen(["webhook-relay", "serve", *flags], stdin=subprocess.DEVNULL)
    for line in sys.stdin:
        hand_over(f"http://127.0.0.1:{port}/events", json.loads(line))
    relay.send_signal(signal.SIGTERM)
    relay.wait()
