"""The database that a run of the tests was given."""

import os
import unittest
import uuid
from typing import Any

from altcontext_webhooks.outbox.postgres.connections import Connections


def the_database() -> str:
    """Its address. Tests that need a database are left out if there is none."""
    url = os.environ.get("WEBHOOK_TEST_DATABASE")
    if not url:
        raise unittest.SkipTest("WEBHOOK_TEST_DATABASE is not set: npm run python -- test starts a PostgreSQL.")
    try:
        run_sql(url, "SELECT 1")
    except Exception as error:  # noqa: BLE001
        raise unittest.SkipTest(f"No driver or no database: {type(error).__name__}") from None
    return url


def new_schema() -> str:
    return f"outbox_{uuid.uuid4().hex[:12]}"


def run_sql(url: str, statement: str, *parameters: Any) -> Any:
    """One transaction; the rows, if there are any."""

    def run(cursor: Any) -> Any:
        cursor.execute(statement, parameters)
        return cursor.fetchall() if cursor.description else None

    connections = Connections(url)
    try:
        return connections.transaction(run)
    finally:
        connections.close()
