"""How the schema of an outbox is named in SQL."""

import re

from ...errors import EmitterError

# A "$" would end the body of a function, and a "%" marks a parameter for the drivers.
_NAME = re.compile(r"[^\x00-\x1f$%]+")
# PostgreSQL's names have at most 63 bytes, and the channel's name is "webhook_outbox_" and the schema's.
_MAX_BYTES = 48


def checked_schema(schema: object) -> str:
    """The same. Raises ``EmitterError`` ``invalid_options``."""
    if isinstance(schema, str) and _NAME.fullmatch(schema) and len(schema.encode("utf-8", "replace")) <= _MAX_BYTES:
        return schema
    raise EmitterError(
        "invalid_options",
        "Failed to name the tables of the outbox: schema is not a name of 1 to 48 bytes without $, % and control "
        "characters. Use another schema.",
    )


def identifier(name: str) -> str:
    return '"{}"'.format(name.replace('"', '""'))


def within_literal(text: str) -> str:
    """As it is written between the quotes of a text."""
    return text.replace("'", "''")
