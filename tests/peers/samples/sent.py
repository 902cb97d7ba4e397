"""Requests as flat maps, so that requests of several clients can be compared value by value."""

import email
import email.policy
import json
from urllib.parse import parse_qsl, urlsplit

# Empty values, which some SDKs send for omitted arguments.
NOTHING = (None, "", [], {})


def of(request):
    """Returns the values of a recorded request."""
    method, url, headers, body = request
    parts = urlsplit(url)
    values = {"method": method, "path": parts.path}
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        name = f"query.{name}"
        values[name] = f"{values[name]},{value}" if name in values else value
    values |= {f"header.{name}": value for name, value in headers.items() if name in ("authorization", "agw-js-conv")}
    kind = headers.get("content-type", "")
    if kind.startswith("multipart/form-data"):
        head = f"Content-Type: {kind}\r\n\r\n".encode()
        for part in email.message_from_bytes(head + body, policy=email.policy.HTTP).iter_parts():
            name = part.get_param("name", header="content-disposition")
            content = part.get_payload(decode=True).decode()
            values[f"form.{name}"] = f"{part.get_filename()}: {content}" if part.get_filename() else content
    elif body:
        flatten("body", json.loads(body), values)
    return {name: value for name, value in values.items() if value not in NOTHING}


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
