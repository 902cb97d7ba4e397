#!/usr/bin/env bash
# Uses `coze serve` and `coze mcp` over the mock with unmodified clients: the packages `openai` of
# PyPI and npm, and the official MCP SDK of npm. Needs Python 3.11 or newer with venv, Node.js 20 or
# newer with npm, and both registries on the first run.
set -euo pipefail
cd "$(dirname "$0")/../.."

client='openai==3.57.0'
folder=target/peers/serve
python=$folder/venv/bin/python
packages=tests/peers/serve

mkdir -p "$folder"
if ! "$python" -m pip freeze 2>/dev/null | grep --quiet --line-regexp "$client"; then
    python3 -m venv --clear "$folder/venv"
    "$python" -m pip install --quiet --disable-pip-version-check "$client"
fi
# npm updates this file after each installation.
[ "$packages/node_modules/.package-lock.json" -nt "$packages/package-lock.json" ] ||
    npm ci --prefix "$packages" --silent --no-audit --no-fund

coze=$(.ci/coze)

# A call that hangs is an error.
timeout 120 "$python" -B "$packages/openai_client.py" "$coze"
timeout 120 node "$packages/openai-client.mjs" "$coze"
timeout 120 node "$packages/mcp-client.mjs" "$coze"
