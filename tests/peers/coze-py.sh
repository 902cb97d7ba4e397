#!/usr/bin/env bash
# Tests the mock with the unmodified official Python SDK: runs stories with checked results and
# every Python sample of `coze`. Needs Python 3.11 or newer with venv, and PyPI on the first run.
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
# A call that hangs is an error. The signal also reaches the mock.
timeout 300 "$python" -B tests/peers/coze_py "$target/debug/coze"
