#!/usr/bin/env bash
# Drives the mock with the official Python SDK, unmodified: a client that nobody here wrote. Stories whose results are
# looked at, and every Python sample of `coze`. Needs Python 3.11 or newer with venv, and PyPI the first time.
set -euo pipefail
cd "$(dirname "$0")/../.."

client='cozepy==0.20.0'
folder=target/peers/coze-py
python=$folder/venv/bin/python

mkdir -p "$folder"
if ! "$python" -m pip freeze 2>/dev/null | grep --quiet --line-regexp "$client"; then
    python3 -m venv --clear "$folder/venv"
    "$python" -m pip install --quiet --disable-pip-version-check "$client"
fi

cargo build --quiet --package coze-cli
target=$(cargo metadata --format-version 1 --no-deps |
    "$python" -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')
# A call that hangs is an error; the signal reaches the mock as well.
timeout 300 "$python" -B tests/peers/coze_py "$target/debug/coze"
