"""An application on a port of this machine, for tests with a browser."""
from __future__ import annotations

import logging
import select
import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from werkzeug.serving import make_server


@contextmanager
def served(application: Any, host: str = "127.0.0.1", *, tls: ssl.SSLContext | None = None, port: int = 0) -> Iterator[str]:
    """The address at which a WSGI application answers inside the block; `host` is the name by which browsers call it, `tls`: by https."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", port, application, threaded=True, ssl_context=tls)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)  # how soon it hears that it is over
    thread.start()
    try:
        yield f"http{'s' if tls else ''}://{host}:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def terminated(inner: int, tls: ssl.SSLContext, port: int) -> Iterator[None]:
    """What a proxy does before an installation: TLS on `port` of this machine, and in clear to the port `inner` of it."""
    class Way(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError), tls.wrap_socket(self.request, server_side=True) as near, socket.create_connection(("127.0.0.1", inner)) as far:
                _carry(near, far)

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address, daemon_threads, block_on_close = True, True, False

    with Server(("127.0.0.1", port), Way) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield
        server.shutdown()
        thread.join()


def _carry(near: ssl.SSLSocket, far: socket.socket) -> None:
    """Both ways until one side closes; in one thread, since TLS must not be read and written by two at once."""
    while True:
        ready = [near] if near.pending() else select.select([near, far], [], [], 60)[0]
        if not ready:
            return
        for one in ready:
            if not (said := one.recv(65536)):
                return
            (far if one is near else near).sendall(said)
