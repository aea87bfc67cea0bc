"""An application on a port of this machine, for tests with a browser."""
from __future__ import annotations

import logging
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
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
