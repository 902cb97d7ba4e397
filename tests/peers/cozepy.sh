#!/usr/bin/env bash
# Installs the official Python SDK into a virtual environment, and prints the path of its Python.
# Needs Python 3.11 or newer with venv, and PyPI on the first run.
set -euo pipefail
cd "$(dirname "$0")/../.."

client='cozepy==0.20.0'
folder=$PWD/target/peers/coze-py
python=$folder/venv/bin/python

mkdir -p "$folder"
if ! "$python" -m pip freeze 2>/dev/null | grep --quiet --line-regexp "$client"; then
    python3 -m venv --clear "$folder/venv"
    "$python" -m pip install --quiet --disable-pip-version-check "$client"
fi
echo "$python"
