"""The outbox's tables and functions: the very script that the Node emitter and the relay use."""

import re
from importlib import resources
from typing import Any

from .connections import Connections
from .names import checked_schema, identifier, within_literal

# Read once, and not in a sender thread: `resources` imports modules of its own as it reads.
_SCRIPT = resources.files(__package__).joinpath("outbox.sql").read_text("utf-8")


def outbox_sql(schema: str = "public") -> str:
    """The script, for products with migrations of their own. Run it again after an update; it does not change what is
    there already. Raises ``EmitterError`` ``invalid_options`` for a schema whose name would end the body of a function.
    """
    checked_schema(schema)
    script = _SCRIPT
    if schema == "public":
        script = re.sub(r"^CREATE SCHEMA .*\n", "", script, flags=re.MULTILINE)
    written = {
        '\'"{schema}"': "'" + within_literal(identifier(schema)),
        '"{schema}"': identifier(schema),
        "{schema}": within_literal(schema),
    }
    # All in one pass: a name may look like a placeholder.
    return re.sub("|".join(map(re.escape, written)), lambda found: written[found.group()], script)


def migrate_outbox(connections: Connections, schema: str) -> None:
    """Creates or updates the tables and functions. Safe at every start and from several processes at once; needs no rights to
    change anything when nothing needs to change.
    """
    script = outbox_sql(schema)
    newest = max(int(version) for version in re.findall(r"\(version\) VALUES \((\d+)\)", script))
    table = f"{identifier(schema)}.webhook_outbox_migrations"

    def migrate(cursor: Any) -> None:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", (table,))
        if cursor.fetchone()[0]:
            cursor.execute(f"SELECT max(version) FROM {table}")
            if (cursor.fetchone()[0] or 0) >= newest:
                return
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('webhook_outbox_migrations', 0))")
        # The transaction is our own.
        cursor.execute(re.sub(r"^(BEGIN|COMMIT);\n", "", script, flags=re.MULTILINE))

    connections.transaction(migrate)
