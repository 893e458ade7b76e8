"""How the listener lives: with silent networks, forks, many open files and connections that are not its own."""

import os
import resource
import uuid
from typing import Any, Callable, List
from unittest import TestCase, mock

from altcontext_webhooks.outbox.postgres import listener
from altcontext_webhooks.outbox.postgres.connections import connect
from altcontext_webhooks.outbox.postgres.listener import Listener

from .emitting import EmitterTestCase, wait_until
from .postgres import run_sql, the_database
from .proxy import Proxy
from .test_sessions import needs

_LISTENING = "SELECT pid FROM pg_stat_activity WHERE query = %s AND state = 'idle'"


class ListenerTest(TestCase):
    def setUp(self) -> None:
        self.url = the_database()
        self.channel = f"webhook_outbox_{uuid.uuid4().hex}"
        self.calls = 0

    def listen(self, source: Callable[[], Any]) -> None:
        def count() -> None:
            self.calls += 1

        self.addCleanup(Listener(source, self.channel, count).stop)

    def notify(self) -> None:
        run_sql(self.url, "SELECT pg_notify(%s, '')", self.channel)

    def listening(self) -> List[int]:
        return [pid for (pid,) in run_sql(self.url, _LISTENING, f'LISTEN "{self.channel}"')]

    def proxy(self) -> Proxy:
        proxy = Proxy(self.url)
        self.addCleanup(proxy.close)
        return proxy

    def hasten(self, **seconds: float) -> None:
        for name, value in seconds.items():
            patch = mock.patch.object(listener, name, value)
            patch.start()
            self.addCleanup(patch.stop)

    def test_a_connection_that_has_gone_silent_is_replaced(self) -> None:
        self.hasten(_HEARTBEAT_S=0.1, _DEADLINE_S=2, _AFTER_FAILURE_S=0.1)
        proxy = self.proxy()
        self.listen(lambda: connect(proxy.url))
        # Its first call. The database shows what it listens to only until the first heartbeat.
        wait_until(lambda: self.calls)
        proxy.silence()
        calls = self.calls
        wait_until(lambda: self.calls > calls)

    def test_a_database_that_goes_silent_while_a_connection_begins_to_listen_holds_nothing_up(self) -> None:
        self.hasten(_DEADLINE_S=2, _AFTER_FAILURE_S=0.1)
        proxy = self.proxy()

        def connect_once_to_silence() -> Any:
            connection = connect(proxy.url)
            if not opened:
                proxy.silence()
            opened.append(connection)
            return connection

        opened: List[Any] = []
        self.listen(connect_once_to_silence)
        wait_until(self.listening)

    def test_a_process_with_more_than_1024_open_files_listens(self) -> None:
        needs("psycopg2")
        import psycopg2

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        files = [os.open(os.devnull, os.O_RDONLY) for _file in range(1100)]
        opened: List[Any] = []

        def open_beyond_1023() -> Any:
            opened.append(psycopg2.connect(self.url))
            return opened[-1]

        try:
            self.listen(open_beyond_1023)
            wait_until(lambda: self.calls)
        finally:
            # psycopg, with which this test looks, has no room for more than 1024.
            for file in files:
                os.close(file)
        self.assertGreater(opened[0].fileno(), 1023)
        self.notify()
        wait_until(lambda: self.calls > 1)
        self.assertEqual(len(opened), 1)

    def test_a_connection_that_has_begun_a_transaction_listens_outside_of_it(self) -> None:
        def in_transaction() -> Any:
            connection = connect(self.url)
            connection.cursor().execute("SELECT 1")
            return connection

        self.listen(in_transaction)
        wait_until(self.listening)

    def test_a_connection_of_a_pool_is_given_back(self) -> None:
        needs("sqlalchemy")
        import sqlalchemy

        engine = sqlalchemy.create_engine(self.url.replace("postgres://", "postgresql://"), pool_size=1, max_overflow=0)
        self.addCleanup(engine.dispose)
        self.listen(engine.raw_connection)
        wait_until(lambda: engine.pool.checkedin() == 1)
        self.assertEqual(self.listening(), [])


class ForkTest(EmitterTestCase):
    def test_close_ends_the_thread_while_a_child_of_a_fork_lives(self) -> None:
        program = """
import os, threading, time
from altcontext_webhooks.outbox.postgres.connections import connect
from altcontext_webhooks.outbox.postgres.listener import Listener
heard = threading.Event()
listener = Listener(lambda: connect(os.environ["DATABASE"]), "a_channel", heard.set)
assert heard.wait(60)
told, tell = os.pipe()
if os.fork() == 0:
    os.close(tell)
    os.read(told, 1)
    os._exit(0)
listener.stop()
threads = [one for one in threading.enumerate() if one.name == "webhook-listener"]
for thread in threads:
    thread.join(60)
print("alive" if any(thread.is_alive() for thread in threads) else "ended")
os.close(tell)
"""
        result = self.run_program(program, DATABASE=the_database())
        self.assertEqual((result.returncode, result.stderr, result.stdout), (0, "", "ended\n"))
