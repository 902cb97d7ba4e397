"""The mock server in a separate process."""

import contextlib
import subprocess
import threading


@contextlib.contextmanager
def running(program):
    """Yields its base URL, and the list to which a line per request is added."""
    quiet = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
    server = subprocess.Popen([program, "mock"], **quiet)
    try:
        base = server.stdout.readline().strip()
        assert base, "the mock does not start"
        # The following lines are the requests. They must be read, because a full pipe blocks the
        # mock.
        log = []
        threading.Thread(target=lambda: log.extend(server.stdout), daemon=True).start()
        yield base, log
    finally:
        server.terminate()
        server.wait()
