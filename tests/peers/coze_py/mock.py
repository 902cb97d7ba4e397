"""The mock server, as a program of its own."""

import contextlib
import subprocess
import threading


@contextlib.contextmanager
def running(program):
    """Its base URL, and the list to which it adds a line per request."""
    quiet = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
    server = subprocess.Popen([program, "mock"], **quiet)
    try:
        base = server.stdout.readline().strip()
        assert base, "the mock does not start"
        # What follows are the requests; nobody reads them otherwise, and a full pipe stops the mock.
        log = []
        threading.Thread(target=lambda: log.extend(server.stdout), daemon=True).start()
        yield base, log
    finally:
        server.terminate()
        server.wait()
