"""The playground in a separate process: its samples, and its mock."""

import contextlib
import json
import os
import pathlib
import subprocess
import tempfile
import urllib.parse
import urllib.request


MODEL = pathlib.Path(__file__).parents[3] / "coze-spec/src/model.json"


class Playground:
    def __init__(self, url):
        self.address, fragment = url.split("/#", 1)
        self.key = urllib.parse.parse_qs(fragment).get("key", [fragment])[0]

    def request(self, method, path, body=None):
        headers = {"authorization": f"Bearer {self.key}", "content-type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.address + path, data, headers, method=method)
        with urllib.request.urlopen(request) as response:
            return json.load(response)

    def operations(self):
        """Returns every operation with its example values, in the order of the model."""

        def of(group):
            yield from group.get("operations", [])
            for child in group.get("children", []):
                yield from of(child)

        model = json.loads(MODEL.read_text())
        operations = [operation for resource in model["resources"] for operation in of(resource["group"])]
        return {operation["id"]: (operation, example(operation)) for operation in operations}

    def samples(self, **call):
        return self.request("POST", "/api/samples", call)

    def reset(self):
        """Replaces the mock by a new one, and returns its address."""
        return self.request("PUT", "/api/mock")["base_url"]


def example(operation):
    body = operation.get("body", {}).get("example", {})
    values = {}
    for parameter in operation.get("params", []):
        name = parameter["wire"]
        value = parameter.get("example", body.get(name))
        # The examples of files are contents rather than file names.
        if value is not None and parameter["kind"] != "file" and "constant" not in parameter:
            values[name] = value
    return values


@contextlib.contextmanager
def running(program):
    """Runs the playground on its mock."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("COZE_")}
        environment["COZE_CONFIG_DIR"] = folder
        server = subprocess.Popen(
            [program, "playground", "--mock", "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
        )
        try:
            url = next(word for line in server.stdout for word in line.split() if "/#" in word)
            yield Playground(url)
        finally:
            server.terminate()
            server.wait()
