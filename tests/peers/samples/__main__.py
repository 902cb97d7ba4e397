"""Runs the samples of every language against the mock, and compares the requests that they send.

usage: samples COZE NODE_MODULES [LANGUAGE…]

The samples are those that the playground shows for the examples of the spec. curl is the reference, which the Rust tests
compare with the SDK itself.
"""

import os
import pathlib
import re
import sys
import tempfile
import time
import traceback

import playground
import sent
from languages import HOSTS, Go, Java, Language, Rust, hosted
from recorder import Recorder

# The first ones send what the SDK would send, and the official SDKs are compared with them.
LANGUAGES = [
    Language("curl", "sh", ["bash", str(HOSTS / "host.sh")]),
    Rust("rust", "rs", None),
    Java("java", "java", None),
    Go("go", "go", None),
    Language("python", "py", [sys.executable, "-B", str(HOSTS / "host.py")]),
    Language("javascript", "mjs", ["node", str(HOSTS / "host.mjs")]),
]

# The values that the official SDKs send differently, with the reasons.
OTHERWISE = {
    "python": {
        "apps.list": dict.fromkeys(("query.page_num", "query.page_index"), "a wrong name"),
        "bots.list": dict.fromkeys(("query.page_num", "query.page_index"), "a wrong name"),
        "bots.unpublish": {"body.bot_id": "once more than needed"},
        "chat.retrieve": {"method": "the API takes both"},
        "datasets.process": {"header.agw-js-conv": "cozepy omits it"},
    },
    "javascript": {
        "chat.retrieve": {"method": "the API takes both"},
        "datasets.process": {"header.agw-js-conv": "@coze/api omits it"},
    },
}

OMITTED = re.compile(r"^(?:#|//) \S+(?: [\d.]+)? (?:has no argument for|cannot send this value of) (\S+)\.$", re.MULTILINE)

# Text that must be escaped in one language or another, in a body, a query and a form.
HOSTILE = """it's "so"; a \\ and \\u0041, `b` \"\"\" $BODY ${HOME} $(id) %s\n\t#{x} <汉字> 😀 \x01"""
HOSTILE_VALUES = {
    "conversations.messages.create": {"content": HOSTILE},
    "datasets.list": {"name": HOSTILE.replace("\x01", "")},
    "audio.voiceprint_groups.features.create": {"desc": "it's `so`; \\ ${HOME} $BODY %s 汉字 😀"},
}

# What a scenario prints.
PRINTED = {
    "stream": r"is a Tuesday",
    "poll": r"You said: Which day",
    "tools": r"\d{4}-\d\d-\d\dT\d\d:\d\d|Unix time \d{10}",
    "image": r"example\.png",
    "run": r"this is a workflow of the mock",
    "resume": r"Monday",
}


class Case:
    """A call or a scenario, with its samples by language."""

    def __init__(self, operation, call, samples):
        self.operation, self.samples = operation, samples
        self.scenario = samples["scenario"]
        words = [call["id"], "stream" if call.get("stream") else None, call.get("scenario"), call.get("name")]
        self.name = ", ".join(filter(None, words))
        self.expected = None


def cases(page):
    """Returns all cases, with the samples of the playground."""
    base = page.request("GET", "/api/state")["base_url"]
    for name, (operation, values) in page.operations().items():
        calls = [{}]
        if operation.get("stream", {}).get("switch"):
            calls.append({"stream": True})
        first = [page.samples(id=name, values=values, **call) for call in calls]
        shown = [samples["scenario"] for samples in first]
        calls += [{"scenario": each["id"]} for each in first[0]["scenarios"] if each["id"] and each["id"] not in shown]
        if name in HOSTILE_VALUES:
            calls.append({"values": values | HOSTILE_VALUES[name], "name": "hostile"})
        for call in calls:
            call = {"id": name, "values": values, **call}
            samples = page.samples(**call)
            for language in (each.name for each in LANGUAGES):
                missing = language not in samples
                assert missing == (language in samples["missing"]), f"{name} has no sample in {language} and no reason"
                assert missing or base in samples[language], f"{name} in {language} does not name the mock"
            yield base, Case(operation, call, samples)


def check(language, page, recorder, all_cases, environment):
    """Runs the samples of a language. Returns the names of those that failed."""
    start = time.monotonic()
    shown = [case for case in all_cases if language.name in case.samples]
    failed = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        if language.name == "javascript":
            (folder / "node_modules").symlink_to(environment["NODE_MODULES"])
        command, names = language.prepare(folder, [case.samples[language.name] for case in shown])
        built = time.monotonic()
        with hosted(command, folder, environment) as host:
            for case, sample in zip(shown, names):
                try:
                    recorder.target = page.reset()
                    check_one(language.name, case, sample, host, folder, recorder)
                except Exception as error:
                    details = error if isinstance(error, AssertionError) else traceback.format_exc()
                    print(f"--- {case.name} in {language.name}\n{case.samples[language.name]}\n{details}")
                    failed.append(f"{case.name} in {language.name}")
    end = time.monotonic()
    print(f"{language.name}: {len(shown)} samples, {built - start:.1f} s to build and {end - built:.1f} s to run", flush=True)
    return failed


def check_one(language, case, sample, host, folder, recorder):
    for file in ("example.txt", "example.png"):
        (folder / file).write_text("At noon.")
    (folder / "reply.bin").unlink(missing_ok=True)
    recorder.requests.clear()
    printed, error = host.run(sample)
    assert not error, f"{printed}\n{error}"
    path = "/v1/files/upload" if case.scenario == "image" else None
    requests = [request for request in recorder.requests if not request[1].startswith(path or "\0")]
    assert requests, "it sends nothing"
    if case.scenario:
        assert re.search(PRINTED[case.scenario], printed), f"it prints {printed}"
    else:
        assert len(requests) == 1, f"{len(requests)} requests"
        if case.operation["reply"] == "binary":
            assert (folder / "reply.bin").stat().st_size
        # Samples in Rust print values instead of JSON, and fail if the response is an error.
        elif '"code"' in printed and language != "rust":
            assert re.search(r'"code": ?0\b', printed), printed
    compare(language, case, sent.of(requests[0]))


def compare(language, case, actual):
    """Compares a request with that of the first language, as far as the sample and the list above do not explain it."""
    if case.expected is None:
        case.expected = actual
        return
    omitted = set(OMITTED.findall(case.samples[language]))
    otherwise = OTHERWISE.get(language, {}).get(case.operation["id"], {}).keys()
    wrong, used = [], set()
    for key in sorted(case.expected.keys() | actual.keys()):
        if case.expected.get(key) == actual.get(key) or key.endswith(f".{CONTENT}") and case.scenario == "image":
            continue
        path = re.sub(r"\[\d+\]", "[]", key.partition(".")[2])
        excuses = {key} & otherwise
        if key not in actual:
            excuses |= {part for part in omitted if path == part or path.startswith((f"{part}.", f"{part}["))}
        if not excuses:
            wrong.append(f"{key}: {actual.get(key)!r} instead of {case.expected.get(key)!r}")
        used |= excuses
    wrong += [f"{excuse} does not differ" for excuse in sorted((omitted | otherwise) - used)]
    assert not wrong, "\n".join(wrong)


CONTENT = "content"


def main(program, node_modules, *chosen):
    recorder = Recorder()
    environment = dict(os.environ, COZE_API_TOKEN="pat_sample", NODE_MODULES=node_modules, NO_PROXY="127.0.0.1")
    with playground.running(program) as page:
        all_cases = []
        for base, case in cases(page):
            for language in (each.name for each in LANGUAGES):
                if language in case.samples:
                    case.samples[language] = case.samples[language].replace(base, recorder.address)
            all_cases.append(case)
        failed = []
        for language in LANGUAGES:
            if not chosen or language.name in chosen:
                failed += check(language, page, recorder, all_cases, environment)
    if failed:
        print(f"{len(failed)} failed: {', '.join(failed)}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
