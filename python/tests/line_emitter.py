"""The emitter that the contract kit checks, on the schedule that the kit is told: ``--delays 0.3,0.6,0.9 --timeout 6``."""

import argparse
import logging
import os
import sys
import tempfile
from typing import Any, Dict

from altcontext_webhooks import CompletenessOptions, Emitter, SqliteOutbox
from altcontext_webhooks.emit_lines import emit_lines

from .emitter_mistakes import make_mistake


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--delays", default="1,5,30")
    parser.add_argument("--timeout", type=float, default=10.0)
    parser.add_argument("--mistake")
    parser.add_argument("--completeness", action="store_true", help="with a durable outbox, compared every second")
    arguments = parser.parse_args()
    logging.basicConfig(stream=sys.stderr, level=logging.DEBUG)
    delays_s = [float(delay) for delay in arguments.delays.split(",")]
    if arguments.mistake is not None:
        make_mistake(arguments.mistake)
    with tempfile.TemporaryDirectory() as folder:
        durable: Dict[str, Any] = {}
        if arguments.completeness:
            outbox = SqliteOutbox(os.path.join(folder, "outbox.db"))
            durable = {"outbox": outbox, "completeness": CompletenessOptions(1, 1)}
        emitter = Emitter.from_env(delays_s=delays_s, timeout_s=arguments.timeout, **durable)
        emit_lines(emitter, sys.stdin)
        emitter.close(timeout_s=0 if arguments.completeness else 9)


if __name__ == "__main__":
    main()
