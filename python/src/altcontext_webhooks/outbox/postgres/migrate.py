"""The outbox's tables and functions: the very script that the Node emitter and the relay use."""

import re
from importlib import resources
from typing import Any

from .connections import Connections


def outbox_sql(schema: str = "public") -> str:
    """The script, for those who keep their migrations themselves. To be run again after an update; it changes nothing that is
    there already.
    """
    script = resources.files(__package__).joinpath("outbox.sql").read_text("utf-8")
    if schema == "public":
        script = re.sub(r"^CREATE SCHEMA .*\n", "", script, flags=re.MULTILINE)
    return script.replace("{schema}", schema)


def migrate_outbox(connections: Connections, schema: str) -> None:
    """Makes or updates the tables and functions. Safe at every start and from several processes at once; needs no rights to
    change anything when there is nothing to do.
    """
    script = outbox_sql(schema)
    newest = max(int(version) for version in re.findall(r"\(version\) VALUES \((\d+)\)", script))
    table = f'"{schema}".webhook_outbox_migrations'

    def migrate(cursor: Any) -> None:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", (table,))
        if cursor.fetchone()[0]:
            cursor.execute(f"SELECT max(version) FROM {table}")
            if (cursor.fetchone()[0] or 0) >= newest:
                return
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('webhook_outbox_migrations', 0))")
        # The transaction is ours.
        cursor.execute(re.sub(r"^(BEGIN|COMMIT);\n", "", script, flags=re.MULTILINE))

    connections.transaction(migrate)
