#!/usr/bin/env python3
"""Runs the fuzz targets with libFuzzer, on stable Rust, and reports what they found.

    coze-api/fuzz/run.py                      100,000 runs of each target
    coze-api/fuzz/run.py --runs 1000000 spec  more runs of some targets
    coze-api/fuzz/run.py --keep ...           also keeps new inputs in corpus/

An input that fails is written to target/fuzz/TARGET, beside the workspace's other builds. Needs a C++ compiler, for
libFuzzer itself. A corpus is a file with one input in each line, as a JSON string whose characters are bytes.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
BUILD = HERE.parent.parent / "target/fuzz"
# The instrumentation of cargo-fuzz, without the sanitizers that need a nightly compiler.
FLAGS = (
    "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4"
    " -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table"
    " -Cllvm-args=-sanitizer-coverage-trace-compares"
)
# The kept inputs of a target have at most so many bytes together, and each at most so many.
CORPUS, INPUT = 8 * 1024, 1024


def build():
    """Builds the program with the versions of the workspace, and returns its path."""
    if not (HERE / "Cargo.lock").exists():
        shutil.copy(HERE.parent.parent / "Cargo.lock", HERE / "Cargo.lock")
    version = subprocess.run(["rustc", "-vV"], check=True, capture_output=True, text=True).stdout
    host = re.search(r"host: (.*)", version)[1]
    # With a target, build scripts and macros are not instrumented.
    command = ["cargo", "build", "--release", "--target", host, "--manifest-path", HERE / "Cargo.toml"]
    environment = os.environ | {"RUSTFLAGS": FLAGS, "CARGO_TARGET_DIR": str(BUILD)}
    subprocess.run(command, check=True, env=environment)
    return BUILD / host / "release/fuzz"


def read(name):
    path = HERE / "corpus" / f"{name}.jsonl"
    lines = path.read_text().splitlines() if path.exists() else []
    return [json.loads(line).encode("latin-1") for line in lines]


def write(name, inputs):
    path = HERE / "corpus" / f"{name}.jsonl"
    path.write_text("".join(json.dumps(each.decode("latin-1")) + "\n" for each in inputs))


def fuzz(program, name, runs):
    """Runs a target. Returns the number of runs, and whether none failed."""
    folder = BUILD / name
    found = folder / "found"
    found.mkdir(parents=True, exist_ok=True)
    for number, each in enumerate(read(name)):
        (found / f"kept-{number}").write_bytes(each)
    options = [f"-runs={runs}", "-max_len=4096", "-timeout=20", "-print_final_stats=1", "-verbosity=1", "-seed=1"]
    process = subprocess.run(
        [program, *options, f"-artifact_prefix={folder}/", found],
        env=os.environ | {"TARGET": name},
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    )
    done = re.search(r"number_of_executed_units: (\d+)", process.stderr)
    pace = re.search(r"average_exec_per_sec: +(\d+)", process.stderr)
    cover = re.findall(r"cov: (\d+)", process.stderr)
    done, pace, cover = (int(each) if each else 0 for each in (done and done[1], pace and pace[1], cover and cover[-1]))
    result = "no failure" if process.returncode == 0 else f"FAILED, see {folder}"
    print(f"{name}: {done:,} runs, {pace:,} a second, {cover:,} edges, {len(list(found.iterdir()))} inputs: {result}", flush=True)
    if process.returncode != 0:
        print("\n".join(process.stderr.splitlines()[-40:]), flush=True)
    return done, process.returncode == 0


def keep(program, name):
    """Keeps the inputs that matter, the smallest ones first, as long as there is room."""
    folder = BUILD / name
    minimal = folder / "minimal"
    shutil.rmtree(minimal, ignore_errors=True)
    minimal.mkdir()
    command = [program, "-merge=1", "-max_len=4096", minimal, folder / "found"]
    subprocess.run(command, env=os.environ | {"TARGET": name}, stderr=subprocess.DEVNULL, check=True)
    kept = read(name)
    room = CORPUS - sum(map(len, kept))
    for each in sorted((path.read_bytes() for path in minimal.iterdir()), key=len):
        if each not in kept and len(each) <= min(INPUT, room):
            kept.append(each)
            room -= len(each)
    write(name, kept)


def main():
    source = (HERE / "src/lib.rs").read_text()
    targets = re.findall(r'\("(\w+)", \w+::run\)', source)
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("targets", nargs="*", choices=[*targets, []], metavar="TARGET")
    arguments = parser.parse_args()
    program = build()
    names = arguments.targets or targets
    results = [fuzz(program, name, arguments.runs) for name in names]
    print(f"{sum(done for done, _ in results):,} runs in all")
    if arguments.keep:
        for name in names:
            keep(program, name)
    sys.exit(not all(passed for _, passed in results))


main()
