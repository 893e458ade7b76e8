"""Addresses with several servers, and a server that goes silent without ending connections, as if its machine were gone."""

import socket
import threading
from typing import Any
from unittest import TestCase, mock
from urllib.parse import urlsplit

from altcontext_webhooks.outbox.postgres import connections
from altcontext_webhooks.outbox.postgres.connections import Connections

from .postgres import the_database
from .proxy import Proxy


def ask(cursor: Any) -> Any:
    cursor.execute("SELECT 1")
    return cursor.fetchone()[0]


class SeveralServersTest(TestCase):
    def test_an_address_with_several_servers_leads_to_the_one_that_accepts_writes(self) -> None:
        address = urlsplit(the_database())
        with socket.create_server(("127.0.0.1", 0)) as gone:
            port = gone.getsockname()[1]
        login, _at, server = address.netloc.rpartition("@")
        several = address._replace(netloc=f"{login}@127.0.0.1:{port},{server}", query="target_session_attrs=read-write")
        connections = Connections(several.geturl())
        self.addCleanup(connections.close)
        self.assertEqual(connections.transaction(ask), 1)


class SilentDatabaseTest(TestCase):
    def setUp(self) -> None:
        self.proxy = Proxy(the_database())
        self.addCleanup(self.proxy.close)
        self.connections = Connections(self.proxy.url)
        self.addCleanup(self.connections.close)
        deadline = mock.patch.object(connections, "_DEADLINE_S", 0.5)
        deadline.start()
        self.addCleanup(deadline.stop)

    def test_a_statement_without_a_response_is_given_up_and_run_on_a_new_connection(self) -> None:
        self.connections.transaction(ask)
        self.proxy.silence()
        self.assertEqual(self.connections.transaction(ask), 1)

    def test_so_is_a_commit(self) -> None:
        self.connections.transaction(ask)
        asked = []

        def ask_once_before_silence(cursor: Any) -> Any:
            asked.append(ask(cursor))
            if len(asked) == 1:
                self.proxy.silence()
            return len(asked)

        self.assertEqual(self.connections.transaction(ask_once_before_silence), 2)

    def test_the_other_idle_connections_are_not_tried_one_by_one(self) -> None:
        # Three that exist at the same time.
        self.connections.transaction(lambda _: self.connections.transaction(lambda _: self.connections.transaction(ask)))
        self.proxy.silence()
        give_up = mock.Mock(side_effect=connections.cut)
        with mock.patch.object(connections, "cut", give_up):
            self.assertEqual(self.connections.transaction(ask), 1)
        self.assertEqual(give_up.call_count, 1)


class EndingProgramTest(TestCase):
    def test_a_transaction_runs_even_if_no_thread_can_be_started(self) -> None:
        connections = Connections(the_database())
        self.addCleanup(connections.close)
        ending = RuntimeError("can't create new thread at interpreter shutdown")
        with mock.patch.object(threading.Thread, "start", side_effect=ending):
            self.assertEqual(connections.transaction(ask), 1)
