"""The command line: ``python -m altcontext_webhooks COMMAND``."""

import argparse
import logging
import sys
from typing import Optional, Sequence

from .emit_lines import emit_lines
from .emitter import Emitter
from .errors import EmitterError


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Runs a command and returns its exit code: 0 done, 1 failed, 2 wrong flags."""
    arguments = _parser().parse_args(argv)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        if arguments.command == "emit":
            emitter = Emitter.from_env()
            refused = emit_lines(emitter, sys.stdin)
            report = emitter.close(timeout_s=9)
            return 0 if refused == 0 and report.is_complete else 1
    except EmitterError as error:
        print(error, file=sys.stderr)
        return 2 if error.code == "invalid_options" else 1
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m altcontext_webhooks",
        description="Sends the description service's webhook events. WEBHOOK_URL, ADMIN_API_KEY and WEBHOOK_SIGNING_SECRET say where to.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("emit", help="read events, one JSON object a line, from standard input, and deliver them")
    return parser
