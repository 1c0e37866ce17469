"""A proxy between the product and PostgreSQL that loses one COMMIT, or the reply to it, and the connection with it."""

from __future__ import annotations

import os
import selectors
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.engine import make_url

LOSE_REQUEST, LOSE_REPLY = "the COMMIT never arrives", "the COMMIT is done and its reply is lost"


@dataclass
class LossyProxy:
    """Passes bytes on both ways over a socket of its own; ``lose`` is what to do with the next COMMIT, once."""

    server: str
    folder: Path
    lose: str = ""
    lost: list[str] = field(default_factory=list)

    def serve(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return  # closed: the test is over
            threading.Thread(target=self._pass_on, args=[client], daemon=True).start()

    def _pass_on(self, client: socket.socket) -> None:
        server = socket.socket(socket.AF_UNIX)
        server.connect(self.server)
        other = {client: server, server: client}
        reply_is_lost = False
        with selectors.DefaultSelector() as ready, client, server:
            for end in other:
                ready.register(end, selectors.EVENT_READ)
            while True:
                for key, _ in ready.select():
                    data = key.fileobj.recv(1 << 16)  # type: ignore[union-attr]  # a socket
                    if not data or (key.fileobj is server and reply_is_lost):
                        return
                    if key.fileobj is client and self.lose and b"COMMIT" in data:
                        self.lost.append(self.lose)
                        reply_is_lost, drop, self.lose = self.lose == LOSE_REPLY, self.lose == LOSE_REQUEST, ""
                        if drop:
                            return
                    other[key.fileobj].sendall(data)  # type: ignore[index]  # a socket


@contextmanager
def lossy(url: str) -> Iterator[tuple[LossyProxy, str]]:
    """A proxy before the server of a URL, and the URL that leads through it."""
    parsed = make_url(url)
    folder = Path(tempfile.mkdtemp(prefix="proxy"))
    port = parsed.port or 5432
    proxy = LossyProxy(f"{parsed.query['host']}/.s.PGSQL.{port}", folder)
    listener = socket.socket(socket.AF_UNIX)
    own = folder / f".s.PGSQL.{port}"
    listener.bind(str(own))
    listener.listen()
    threading.Thread(target=proxy.serve, args=[listener], daemon=True).start()
    try:
        yield proxy, parsed.update_query_dict({"host": str(folder)}).render_as_string(hide_password=False)
    finally:
        listener.close()
        own.unlink()
        os.rmdir(folder)
