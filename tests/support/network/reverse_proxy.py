"""A reverse proxy: an own path prefix that it keeps or strips, headers that it sets, and responses that it compresses."""

import gzip
import http.client
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

_OF_THE_CONNECTION = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length"})


@dataclass(frozen=True)
class ProxyRules:
    """What the proxy does to requests and responses."""

    strip: str = ""
    """A prefix of paths that is removed."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Headers that replace the client's."""
    passes_host: bool = False
    """True: the client's `Host`; False: the address of the hub, as nginx does by default."""
    etag: str = ""
    """How the tag of a compressed response looks: `"{}-gzip"`; empty: nothing is compressed."""


@contextmanager
def reverse_proxy(upstream: str, rules: ProxyRules) -> Iterator[str]:
    """Run a proxy for a hub, and yield its URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(upstream, rules))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(upstream: str, rules: ProxyRules) -> type[BaseHTTPRequestHandler]:
    host = urlsplit(upstream).netloc

    class Handler(BaseHTTPRequestHandler):
        """One connection of a client."""

        def handle_one_request(self) -> None:
            self.raw_requestline = self.rfile.readline(65537)
            self.close_connection = True
            if self.raw_requestline and self.parse_request():
                self._forward()

        def _forward(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
            headers |= {"Host": self.headers["host"] if rules.passes_host else host, **rules.headers}
            with closing(http.client.HTTPConnection(host, timeout=60)) as connection:
                connection.request(self.command, self.path.removeprefix(rules.strip), body, headers)
                answer = connection.getresponse()
                self._answer(answer.status, answer.getheaders(), answer.read())

        def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
            headers = [(name, value) for name, value in headers if name.lower() not in _OF_THE_CONNECTION]
            if rules.etag and status == 200:
                body = gzip.compress(body)
                headers = [
                    (name, rules.etag.format(value.strip('"')) if name.lower() == "etag" else value)
                    for name, value in headers
                ]
                headers.append(("Content-Encoding", "gzip"))
            self.send_response_only(status)
            for name, value in [*headers, ("Content-Length", str(len(body)))]:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

    return Handler
