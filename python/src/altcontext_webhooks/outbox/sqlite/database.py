"""The file of a SQLite outbox: the same tables as the Node emitter's, so that the relay's command line reads it."""

import os
import sqlite3
import stat
from typing import Optional

from ...errors import EmitterError

# Other processes read or write only for moments, but SQLite has no queue for those that wait: on a busy machine one of several
# may not get its turn for seconds. This is how long it waits, in seconds, before its event counts as not accepted.
_BUSY_TIMEOUT_S = 30.0
# "AltC": distinguishes our files from others.
_APPLICATION_ID = 0x416C7443

# Times are milliseconds since 1970. `due_at` is 0 if the event can be claimed now, else when its lease or wait ends.
_TABLES = """
CREATE TABLE events (
  seq         INTEGER PRIMARY KEY,
  id          TEXT    NOT NULL UNIQUE,
  event_type  TEXT    NOT NULL,
  body        TEXT,
  traceparent TEXT,
  state       TEXT    NOT NULL DEFAULT 'pending',
  reason      TEXT,
  attempts    INTEGER NOT NULL DEFAULT 0,
  is_claimed  INTEGER NOT NULL DEFAULT 0,
  due_at      INTEGER NOT NULL DEFAULT 0,
  accepted_at INTEGER NOT NULL,
  changed_at  INTEGER NOT NULL,
  is_erased   INTEGER NOT NULL DEFAULT 0,
  history     TEXT    NOT NULL DEFAULT '[]'
) STRICT;
CREATE INDEX events_pending ON events (due_at, seq) WHERE state = 'pending';
CREATE INDEX events_settled ON events (changed_at) WHERE state <> 'pending';
CREATE TABLE ledger (counter TEXT PRIMARY KEY, events INTEGER NOT NULL) STRICT, WITHOUT ROWID;
"""
_MIGRATIONS = (
    _TABLES,
    # The last moment that the outbox has seen; 0 before there is one.
    """
CREATE TABLE clock (mark INTEGER NOT NULL) STRICT;
INSERT INTO clock SELECT coalesce(max(changed_at), 0) FROM events;
""",
    # Whether a second clock has ever agreed with it.
    "ALTER TABLE clock ADD COLUMN is_confirmed INTEGER NOT NULL DEFAULT 0;",
    # The id of this outbox, a UUID version 4, sent with its events, and when it was compared with the receiver; events that were
    # sent before, without the id, cannot be compared. And the sums of delivered events that are pruned: `total` is the sum of their
    # hashes, in hexadecimal.
    """
CREATE TABLE producer (id TEXT NOT NULL, compared_at INTEGER NOT NULL) STRICT;
INSERT INTO producer SELECT substr(h, 1, 8) || '-' || substr(h, 9, 4) || '-4' || substr(h, 14, 3) || '-'
    || substr('89ab', 1 + abs(random() % 4), 1) || substr(h, 18, 3) || '-' || substr(h, 21, 12),
    CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)
  FROM (SELECT lower(hex(randomblob(16))) AS h);
ALTER TABLE events ADD COLUMN is_compared INTEGER NOT NULL DEFAULT 0;
CREATE TABLE sealed (bucket TEXT PRIMARY KEY, events INTEGER NOT NULL, total TEXT NOT NULL) STRICT, WITHOUT ROWID;
""",
)


def open_database(path: str, is_delivering: bool) -> sqlite3.Connection:
    """Opens the file and creates its tables. Raises ``EmitterError`` ``outbox_failed``.

    Only the connection that delivers moves the log into the file: if two do so at the same moment, SQLite before 3.51.3
    may confuse them and corrupt the file.
    """
    if sqlite3.sqlite_version_info < (3, 37):
        raise _failed(f"SQLite is {sqlite3.sqlite_version}, expected 3.37 or newer")
    make_private_file(path)
    try:
        database = connect(path, _BUSY_TIMEOUT_S)
        owner = database.execute("PRAGMA application_id").fetchone()[0]
        tables = database.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
        if owner != _APPLICATION_ID and tables > 0:
            database.close()
            raise _failed(f"{path} is another program's database. Choose another path")
        # Checked first: changing the mode, or the tables, waits badly for its turn while other processes write.
        if database.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            database.execute("PRAGMA journal_mode = WAL")
        # What is erased is overwritten, not just unlinked.
        database.execute("PRAGMA secure_delete = ON")
        database.execute(f"PRAGMA wal_autocheckpoint = {2000 if is_delivering else 0}")
        if _version(database) < len(_MIGRATIONS):
            database.execute("BEGIN IMMEDIATE")
            for migration in _MIGRATIONS[_version(database) :]:
                for statement in migration.split(";"):
                    database.execute(statement)
                database.execute(f"PRAGMA user_version = {len(_MIGRATIONS)}")
                database.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
            database.execute("COMMIT")
        return database
    except sqlite3.Error as error:
        # SQLite's messages hold no value of a row, and only the path that the caller gave.
        raise _failed(f"{error}. Make room or repair the file system") from error


def _version(database: sqlite3.Connection) -> int:
    return int(database.execute("PRAGMA user_version").fetchone()[0])


def connect(path: str, timeout_s: float) -> sqlite3.Connection:
    """A connection that any thread may use, one at a time, and whose transactions are begun and ended explicitly."""
    return sqlite3.connect(path, timeout=timeout_s, isolation_level=None, check_same_thread=False)


def make_private_file(path: str) -> None:
    """Creates a file that nobody else may read, and leaves an existing one to SQLite: closing any other handle of a file
    releases every lock that this process has on it (POSIX). Raises ``EmitterError`` ``outbox_failed``.
    """
    try:
        os.makedirs(os.path.dirname(os.path.abspath(path)), mode=0o700, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        pass
    except OSError as error:
        raise _failed(f"{path} cannot be created ({error.strerror})") from None
    found = _lstat(path)
    if found is None or not stat.S_ISREG(found.st_mode):
        raise _failed(f"{path} is not a plain file. Give the path of the file itself")
    if os.name == "posix" and found.st_mode & 0o077:
        os.chmod(path, 0o600)


def _lstat(path: str) -> Optional[os.stat_result]:
    try:
        return os.lstat(path)
    except OSError:
        return None


def _failed(why: str) -> EmitterError:
    return EmitterError("outbox_failed", f"Failed to open the SQLite outbox: {why}.")
