"""Runs the Python samples of `coze` and compares their requests with those of the Rust SDK."""

import contextlib
import io
import os
import pathlib
import re
import subprocess
import tempfile
import traceback
import warnings

import httpx

import mock
import sent
import table
from support import WORKFLOW

# The values that cozepy sends differently from the Rust SDK, with the reasons.
OTHERWISE = {
    "apps.list": dict.fromkeys(("query.page_num", "query.page_index"), "a wrong name"),
    "bots.list": dict.fromkeys(("query.page_num", "query.page_index"), "a wrong name"),
    "bots.unpublish": {"body.bot_id": "once more than needed"},
    "chat.retrieve": {"method": "the API takes both"},
}

# The ids that replace those of the example, with the reasons.
IN_PLACE_OF = {
    # The example of the spec has numbers where the platform has strings, and so do entities of the
    # mock.
    "7480071412345684300": WORKFLOW,
}

LEFT_OUT = re.compile(r"^# cozepy (?:has no argument for|cannot send this value of) (\S+)\.$", re.MULTILINE)


class Wrong(Exception):
    """An error in a sample."""


def check(program):
    """Runs all samples and returns the names of those that failed."""
    known = table.load()["operations"]
    ids = [line.split()[0] for line in coze(program, "ops").splitlines()]
    failed, ran = [], 0
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        pathlib.Path("example.txt").write_text("At noon.")
        for name in ids:
            for stream in [False, True] if "stream" in known.get(name, {}) else [False]:
                try:
                    check_one(program, name, known.get(name), stream)
                    ran += name in known
                except Exception:
                    print(f"--- the sample of {name}", traceback.format_exc(), sep="\n")
                    failed.append(f"{name}, stream" if stream else name)
    print(f"cozepy: {ran} samples of {len(known)} operations; it does not have {len(ids) - len(known)} others")
    return failed


def check_one(program, name, entry, stream):
    more = ["--stream"] if stream else []
    if entry is None:
        shown = run(program, "ops", "show", name, "--sample", "python")
        assert shown.returncode == 2, f"a sample of an operation that cozepy does not have: {shown.stdout}"
        return
    sample, curl = (
        with_substitutes(coze(program, "ops", "show", name, "--sample", language, *more)) for language in ("python", "curl")
    )
    call = entry["stream"] if stream else entry
    # Each sample has its own mock, because one may delete what another needs.
    with mock.running(program) as (base, _):
        theirs, printed = run_sample(name, sample, base, call.get("bug", {}).get("raises"))
    compare(f"{name}, stream" if stream else name, sample, sent.of_curl(curl), theirs)
    raises = call.get("bug", {}).get("raises")
    if raises is None:
        empty = call.get("gives") in ("nothing", "file")
        assert bool(printed) != empty or call.get("gives") == "page", f"it printed {printed!r}"
    if call.get("gives") == "file":
        assert os.path.getsize("reply.bin")
        os.remove("reply.bin")


def with_substitutes(text):
    for example, real in IN_PLACE_OF.items():
        text = text.replace(example, real)
    return text


def coze(program, *words):
    shown = run(program, *words)
    assert shown.returncode == 0, shown.stderr
    return shown.stdout


def run(program, *words):
    return subprocess.run([program, *words], capture_output=True, text=True, check=False)


def run_sample(name, sample, base, raises):
    """Runs a sample, changed only in its address. Returns the request that cozepy sent and the output."""
    local = sample.replace("base_url=COZE_CN_BASE_URL", f"base_url={base!r}")
    assert local != sample, "the sample does not name an address"
    code = compile(local, f"<sample of {name}>", "exec")
    os.environ["COZE_API_TOKEN"] = "pat_sample"
    printed = io.StringIO()
    with recorded_requests() as requests, contextlib.redirect_stdout(printed), warnings.catch_warnings():
        # For example of a file that cozepy opens and does not close.
        warnings.simplefilter("ignore")
        try:
            exec(code, {"__name__": "__main__"})
        except Exception as error:
            if type(error).__name__ != raises:
                raise
        else:
            assert raises is None, f"cozepy has fixed this: no {raises}"
    assert len(requests) == 1, f"{len(requests)} requests"
    return requests[0], printed.getvalue()


@contextlib.contextmanager
def recorded_requests():
    """Yields the list of requests that httpx sends in the block."""
    requests, send = [], httpx.Client.send

    def listening(client, request, **more):
        requests.append(sent.of_httpx(request))
        return send(client, request, **more)

    httpx.Client.send = listening
    try:
        yield requests
    finally:
        httpx.Client.send = send


def compare(name, sample, ours, theirs):
    """Returns the differences between the requests of cozepy and of the Rust SDK that neither the sample nor the lists above explain."""
    left_out = set(LEFT_OUT.findall(sample))
    otherwise = OTHERWISE.get(name, {}).keys()
    wrong, used = [], set()
    for key in sorted(ours.keys() | theirs.keys()):
        if ours.get(key) == theirs.get(key):
            continue
        path = re.sub(r"\[\d+\]", "[]", key.partition(".")[2])
        excuses = {key} & otherwise
        if key not in theirs:
            excuses |= {part for part in left_out if path == part or path.startswith((f"{part}.", f"{part}["))}
        if not excuses:
            wrong.append(f"{key}: {ours.get(key)!r} here, {theirs.get(key)!r} with cozepy")
        used |= excuses
    wrong += [f"{excuse} does not differ" for excuse in sorted((left_out | otherwise) - used)]
    if wrong:
        raise Wrong("\n".join([*wrong, sample]))
