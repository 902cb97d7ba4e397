"""A proxy before the mock that keeps every request, so that samples of all languages can be compared."""

import http.client
import http.server
import threading
from urllib.parse import urlsplit


class Recorder:
    """The proxy. `target` is the address of the mock, and may change."""

    def __init__(self):
        self.requests, self.target = [], None
        recorder = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self):
                recorder.forward(self)

            do_GET = do_POST = do_PUT = do_DELETE = handle_any

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def forward(self, handler):
        body = read_body(handler)
        headers = {name: value for name, value in handler.headers.items() if name.lower() not in HOP_BY_HOP}
        self.requests.append((handler.command, handler.path, {name.lower(): value for name, value in headers.items()}, body))
        target = http.client.HTTPConnection(urlsplit(self.target).netloc)
        try:
            target.request(handler.command, handler.path, body, headers)
            response = target.getresponse()
            handler.send_response(response.status)
            for name, value in response.getheaders():
                if name.lower() not in HOP_BY_HOP:
                    handler.send_header(name, value)
            handler.send_header("connection", "close")
            handler.end_headers()
            # What has arrived is passed on at once, so that streams stay streams.
            while piece := response.read1(65536):
                handler.wfile.write(piece)
                handler.wfile.flush()
        except (BrokenPipeError, ConnectionResetError):
            # The sample does not read the rest.
            pass
        finally:
            handler.close_connection = True
            target.close()


# Headers of one connection, which a proxy does not pass on.
HOP_BY_HOP = {
    "connection", "content-length", "expect", "host", "http2-settings", "keep-alive", "transfer-encoding", "upgrade",
}  # fmt: skip


def read_body(handler):
    """Reads the body of a request, which has a length or comes in chunks."""
    if handler.headers.get("transfer-encoding", "").lower() != "chunked":
        return handler.rfile.read(int(handler.headers.get("content-length", 0)))
    body = b""
    while size := int(handler.rfile.readline().split(b";")[0], 16):
        body += handler.rfile.read(size)
        handler.rfile.readline()
    handler.rfile.readline()
    return body
