"""Requests as flat maps, so that requests of two clients can be compared value by value."""

import email
import email.policy
import json
import shlex
from urllib.parse import parse_qsl, urlsplit

# Empty values, which cozepy sends for omitted arguments.
NOTHING = (None, "", [], {})


def of_httpx(request):
    """Returns the values of a request of httpx."""
    return request_of(request.method, str(request.url), request.headers.get("content-type", ""), request.read())


def of_curl(command):
    """Returns the values of the request that a curl command sends."""
    method, url, values = "GET", "", {}
    words = iter(shlex.split(command.replace("\\\n", " "))[1:])
    for word in words:
        match word:
            case "--request":
                method = next(words)
            case "--header":
                next(words)
            case "--data-raw":
                flatten("body", json.loads(next(words)), values)
            case "--data":
                next(words)
            case "--form-string":
                name, value = next(words).split("=", 1)
                values[f"form.{name}"] = value
            case "--form":
                name, value = next(words).split("=", 1)
                values[f"form.{name}"] = value.removeprefix("@").strip('"')
            case _:
                assert not word.startswith("-"), f"unknown option of curl: {word}"
                url = word
    return address(method, url) | values


def request_of(method, url, kind, body):
    values = address(method, url)
    if kind.startswith("multipart/form-data"):
        head = f"Content-Type: {kind}\r\n\r\n".encode()
        for part in email.message_from_bytes(head + body, policy=email.policy.HTTP).iter_parts():
            name = part.get_param("name", header="content-disposition")
            content = part.get_filename() or part.get_payload(decode=True).decode()
            values[f"form.{name}"] = content
    elif kind.startswith("application/x-www-form-urlencoded"):
        values |= {f"form.{name}": value for name, value in parse_qsl(body.decode())}
    elif body:
        flatten("body", json.loads(body), values)
    return {name: value for name, value in values.items() if value not in NOTHING}


def address(method, url):
    parts = urlsplit(url)
    values = {"method": method.upper(), "path": parts.path}
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        name = f"query.{name}"
        values[name] = f"{values[name]},{value}" if name in values else value
    return values


def flatten(name, value, values):
    """Adds every nested value to `values` under its path."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            flatten(f"{name}.{key}", inner, values)
    elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
        for index, item in enumerate(value):
            flatten(f"{name}[{index}]", item, values)
    else:
        values[name] = value
