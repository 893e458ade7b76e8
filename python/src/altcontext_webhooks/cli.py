"""The command line: ``python -m altcontext_webhooks COMMAND``."""

import argparse
import json
import logging
import os
import signal
import sys
from dataclasses import asdict
from typing import Optional, Sequence, Union
from urllib.parse import parse_qs, urlsplit

from .emit_lines import emit_lines
from .emitter import Emitter
from .errors import EmitterError
from .outbox.outbox import Outbox
from .outbox.postgres.migrate import outbox_sql
from .outbox.postgres.outbox import PostgresOutbox
from .outbox.sqlite.outbox import SqliteOutbox
from .reconcile_command import run_reconcile


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Runs a command and returns its exit code: 0 done, 1 failed, 2 wrong flags or variables."""
    arguments = _parser().parse_args(argv)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        if arguments.command == "sql":
            print(outbox_sql(arguments.schema), end="")
            return 0
        outbox = _open_outbox(arguments.outbox, arguments.schema)
        if arguments.command == "emit":
            return _emit(outbox)
        if outbox is None:
            raise EmitterError(
                "invalid_options", "Failed to start: no outbox. Give --outbox, or set WEBHOOK_OUTBOX, to a path or postgres://."
            )
        if arguments.command == "reconcile":
            return run_reconcile(outbox, arguments.since, arguments.dry_run, arguments.json)
        return _deliver(outbox) if arguments.command == "deliver" else _show_status(outbox)
    except EmitterError as error:
        print(error, file=sys.stderr)
        return 2 if error.code == "invalid_options" else 1


def _emit(outbox: Optional[Outbox]) -> int:
    emitter = Emitter.from_env() if outbox is None else Emitter.from_env(outbox=outbox)
    refused = emit_lines(emitter, sys.stdin)
    report = emitter.close(timeout_s=9)
    return 0 if refused == 0 and report.is_complete else 1


def _deliver(outbox: Outbox) -> int:
    """Delivers until SIGTERM or SIGINT, then for another ten seconds at most; the rest waits in the outbox."""
    ends = {signal.SIGTERM, signal.SIGINT}
    # The signals are blocked in every thread that starts from here on, and waited for: only this thread would call a handler, when
    # it wakes up, and under load a signal did not always wake it.
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    emitter = Emitter.from_env(outbox=outbox)
    emitter.start()
    logging.getLogger("altcontext_webhooks").info("Delivering what the outbox holds.")
    signal.sigwait(ends)
    emitter.close()
    return 0


def _show_status(outbox: Union[PostgresOutbox, SqliteOutbox]) -> int:
    print(json.dumps(asdict(outbox.counts())))
    outbox.close()
    return 0


def _open_outbox(given: Optional[str], schema: str) -> Union[PostgresOutbox, SqliteOutbox, None]:
    if given is not None and _holds_password(given):
        raise EmitterError(
            "invalid_options",
            "Failed to open the outbox: --outbox holds a password, and other users can see command lines. Give the "
            "address in WEBHOOK_OUTBOX, or the password in PGPASSWORD.",
        )
    source = given or os.environ.get("WEBHOOK_OUTBOX")
    if not source:
        return None
    return PostgresOutbox(source, schema) if source.startswith("postgres") and "://" in source else SqliteOutbox(source)


def _holds_password(address: str) -> bool:
    """Whether a database's address holds a password, as ``postgres://user:password@host`` or in its query."""
    try:
        parts = urlsplit(address)
        return bool(parts.password) or not {"password", "sslpassword"}.isdisjoint(parse_qs(parts.query))
    except ValueError:
        return False


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m altcontext_webhooks",
        description="Sends the description service's webhook events. "
        "WEBHOOK_URL, ADMIN_API_KEY and WEBHOOK_SIGNING_SECRET name the receiver and its keys.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name, description in (
        ("deliver", "deliver what an outbox holds, until SIGTERM; any number may share a PostgreSQL outbox"),
        ("emit", "read events from standard input, one JSON object per line, and deliver them"),
        ("status", "the ledger of an outbox as JSON"),
        ("reconcile", "prove that the receiver has what was delivered: compare, name missing events and send them again"),
        ("sql", "print the tables and functions of a PostgreSQL outbox, for migrations of your own"),
    ):
        command = commands.add_parser(name, help=description, description=description)
        if name != "sql":
            command.add_argument("--outbox", help="a path, or postgres://... without a password; default: WEBHOOK_OUTBOX")
        command.add_argument("--schema", default="public", help="the schema of a PostgreSQL outbox; default: public")
        if name == "reconcile":
            _add_reconcile_flags(command)
    return parser


def _add_reconcile_flags(command: argparse.ArgumentParser) -> None:
    command.add_argument("--since", metavar="WHEN", help="only events that were made since then: 12h, or a date; default: all")
    how = command.add_mutually_exclusive_group()
    how.add_argument("--repair", action="store_true", help="send missing events again; this is the default")
    how.add_argument("--dry-run", action="store_true", help="only name missing events")
    command.add_argument("--json", action="store_true", help="the report as one object")
