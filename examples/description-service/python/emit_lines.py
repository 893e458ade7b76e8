"""Hands each event, a line of JSON on standard input, to a webhook-relay of its own. Standard library only.

It shows the contract tests how a Python product delivers: this program only hands over, and the relay keeps,
signs, batches, waits and retries. In production the relay runs beside the product all the time (see
post_to_relay.py); the tests want one command that starts and ends, so that this program starts it.

    npx webhook-contract-tests emitter --command "python3 emit_lines.py"
"""

import json
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
import uuid
from typing import IO

from events import Event


def hand_over(url: str, event: Event) -> None:
    # The id makes a repeated request the same event, and keeps three equal events apart.
    body = json.dumps({"id": str(uuid.uuid4()), **event}).encode()
    request = urllib.request.Request(url, data=body, headers={"content-type": "application/json"})
    for _ in range(100):
        try:
            urllib.request.urlopen(request, timeout=10).close()
            return
        except urllib.error.HTTPError as error:
            if error.code < 500:
                # The event breaks the contract: a mistake of this program, which no retry would correct.
                print(f"The relay refused an event with {error.code}", file=sys.stderr)
                return
        time.sleep(0.1)
    sys.exit("The relay takes no events")


def url_of(log: IO[str]) -> str:
    """The relay's first line says where it listens. The lines after that are passed on as this program's output."""
    for line in log:
        print(line, end="", flush=True)
        url = json.loads(line).get("url")
        if url is not None:
            threading.Thread(target=shutil.copyfileobj, args=(log, sys.stdout), daemon=True).start()
            return str(url)
    sys.exit("The relay did not start")


with tempfile.TemporaryDirectory() as folder:
    # On a free port. WEBHOOK_URL and the secrets come from the environment; npx has put the command on the path.
    flags = ["--outbox", f"{folder}/outbox.db", "--port", "0", "--shutdown-timeout", "9s"]
    # The relay must not read the lines.
    relay = subprocess.Popen(["webhook-relay", "serve", *flags], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    assert relay.stdout is not None
    url = url_of(relay.stdout)
    for line in sys.stdin:
        hand_over(url, json.loads(line))
    relay.send_signal(signal.SIGTERM)
    relay.wait()
