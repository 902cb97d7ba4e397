"""Starts `coze serve --mock`."""

import subprocess
from contextlib import contextmanager

KEY = "a-key-of-this-test"
BOT = "7342866812345000001"
WORKFLOW = "7366468917055000001"


@contextmanager
def serving(program):
    """Yields the base URL and the key of a server with the models `bot` and `flow`."""
    models = ["--bot", f"bot={BOT}", "--workflow", f"flow={WORKFLOW}"]
    command = [program, "serve", "--mock", *models, "--port", "0", "--api-key", KEY]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield server.stdout.readline().strip(), KEY
    finally:
        server.terminate()
        server.wait()
