"""A TCP proxy before the database that can go silent: it keeps connections, and passes nothing on."""

import socket
import threading
from typing import List
from urllib.parse import urlsplit


class Proxy:
    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        self._upstream = (address.hostname, address.port)
        self._server = socket.create_server(("127.0.0.1", 0))
        self._links: List[_Link] = []
        login = address.netloc.rpartition("@")[0]
        netloc = f"{login + '@' if login else ''}127.0.0.1:{self._server.getsockname()[1]}"
        self.url = address._replace(netloc=netloc).geturl()
        threading.Thread(target=self._accept, daemon=True).start()

    def silence(self) -> None:
        """For existing connections; new ones work."""
        for link in self._links:
            link.is_silent = True

    def close(self) -> None:
        # Wakes the thread that waits for a connection, which closing does not.
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        for link in self._links:
            link.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _address = self._server.accept()
            except OSError:
                return
            self._links.append(_Link(client, socket.create_connection(self._upstream)))


class _Link:
    def __init__(self, client: socket.socket, server: socket.socket) -> None:
        self.is_silent = False
        self._ends = (client, server)
        threading.Thread(target=self._pass_on, args=(client, server), daemon=True).start()
        threading.Thread(target=self._pass_on, args=(server, client), daemon=True).start()

    def close(self) -> None:
        for end in self._ends:
            end.close()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while True:
                data = source.recv(65536)
                if not data:
                    target.shutdown(socket.SHUT_WR)
                    return
                if not self.is_silent:
                    target.sendall(data)
        except OSError:
            return
