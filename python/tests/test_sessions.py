"""Events in the product's own transaction, with every library that is installed."""

import asyncio
import importlib.util
import unittest
from typing import Any, Callable, List

from altcontext_webhooks import EmitterError, PostgresOutbox

from .emitting import SCAN, EmitterTestCase
from .postgres import new_schema, run_sql, the_database


def needs(*modules: str) -> None:
    for module in modules:
        if importlib.util.find_spec(module) is None:
            raise unittest.SkipTest(f"{module} is not installed")


class SessionsTest(EmitterTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.url = the_database()
        self.schema = new_schema()
        self.addCleanup(run_sql, self.url, f'DROP SCHEMA IF EXISTS "{self.schema}" CASCADE')
        self.outbox = PostgresOutbox(self.url, self.schema, poll_interval_s=0.05)
        self.outbox.migrate()
        self.subject = self.emitter(outbox=self.outbox)

    def emit_in(self, session: Any, job: str) -> str:
        return self.subject.emit("scan.completed", {**SCAN, "jobId": job}, session=session).event_id  # type: ignore[misc]

    def assert_sent_if_committed(self, run: Callable[[str, bool], Any]) -> None:
        """``run`` writes an event named so in a transaction that it commits, or rolls back."""
        run("rolled-back", False)
        run("committed", True)
        self.receiver.wait(lambda receiver: receiver.stored)
        jobs = [event["payload"]["jobId"] for event in self.receiver.stored.values()]
        self.assertEqual(jobs, ["committed"])
        rows = run_sql(self.url, f'SELECT count(*) FROM "{self.schema}".webhook_outbox')
        self.assertEqual(rows, [(1,)])

    def test_an_orm_session_of_sqlalchemy_emits_in_its_transaction(self) -> None:
        needs("sqlalchemy", "psycopg2")
        from sqlalchemy import create_engine
        from sqlalchemy.orm import Session, scoped_session, sessionmaker

        engine = create_engine(self.url.replace("postgres://", "postgresql://"))
        self.addCleanup(engine.dispose)

        def run(job: str, commits: bool) -> None:
            with Session(engine) as session:
                self.emit_in(session, job)
                session.commit() if commits else session.rollback()

        self.assert_sent_if_committed(run)
        scoped = scoped_session(sessionmaker(engine))
        self.emit_in(scoped, "scoped")
        scoped.commit()
        scoped.remove()
        with engine.begin() as connection:
            self.emit_in(connection, "connection")
        self.receiver.wait(lambda receiver: len(receiver.stored) == 3)
        with self.assertRaises(EmitterError) as caught:
            self.emit_in(engine, "engine")
        self.assertEqual(caught.exception.code, "unsupported_session")

    def test_an_async_session_of_sqlalchemy_emits_in_its_transaction(self) -> None:
        needs("sqlalchemy", "asyncpg", "greenlet")
        from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

        url = self.url.replace("postgres://", "postgresql://").replace("postgresql://", "postgresql+asyncpg://")

        async def transaction(job: str, commits: bool) -> None:
            engine = create_async_engine(url)
            async with AsyncSession(engine) as session:
                await self.subject.emit_async("scan.completed", {**SCAN, "jobId": job}, session=session)  # type: ignore[misc]
                await (session.commit() if commits else session.rollback())
            await engine.dispose()

        self.assert_sent_if_committed(lambda job, commits: asyncio.run(transaction(job, commits)))

    def test_a_connection_and_a_cursor_of_psycopg2_emit_in_their_transaction(self) -> None:
        needs("psycopg2")
        import psycopg2

        connection = psycopg2.connect(self.url)
        self.addCleanup(connection.close)

        def run(job: str, commits: bool) -> None:
            with connection.cursor() as cursor:
                self.emit_in(cursor if commits else connection, job)
            connection.commit() if commits else connection.rollback()

        self.assert_sent_if_committed(run)

    def test_a_connection_of_psycopg_emits_in_its_transaction(self) -> None:
        needs("psycopg")
        import psycopg

        with psycopg.connect(self.url) as connection:

            def run(job: str, commits: bool) -> None:
                self.emit_in(connection, job)
                connection.commit() if commits else connection.rollback()

            self.assert_sent_if_committed(run)

    def test_an_async_connection_of_psycopg_emits_in_its_transaction(self) -> None:
        needs("psycopg")
        import psycopg

        async def transaction(job: str, commits: bool) -> None:
            async with await psycopg.AsyncConnection.connect(self.url) as connection:
                await self.subject.emit_async("scan.completed", {**SCAN, "jobId": job}, session=connection)  # type: ignore[misc]
                await (connection.commit() if commits else connection.rollback())

        self.assert_sent_if_committed(lambda job, commits: asyncio.run(transaction(job, commits)))

    def test_a_connection_of_asyncpg_emits_in_its_transaction(self) -> None:
        needs("asyncpg")
        import asyncpg

        async def transaction(job: str, commits: bool) -> None:
            connection = await asyncpg.connect(self.url)
            # A product that has told asyncpg to write and read jsonb as Python values.
            import json

            await connection.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")
            block = connection.transaction()
            await block.start()
            await self.subject.emit_async("scan.completed", {**SCAN, "jobId": job}, session=connection)  # type: ignore[misc]
            await (block.commit() if commits else block.rollback())
            await connection.close()

        self.assert_sent_if_committed(lambda job, commits: asyncio.run(transaction(job, commits)))

    def test_anything_but_a_session_is_refused_and_an_invalid_event_writes_nothing(self) -> None:
        refused: List[Any] = [object(), "postgres://x", self.outbox]
        for session in refused:
            with self.subTest(type(session).__name__), self.assertRaises(EmitterError) as caught:
                self.emit_in(session, "job")
            self.assertEqual(caught.exception.code, "unsupported_session")
        with self.assertRaises(EmitterError) as caught:
            self.emit_in(object(), "")
        self.assertEqual(caught.exception.code, "invalid_event")
