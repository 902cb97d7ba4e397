#!/usr/bin/env bash
# Tests the mock with the unmodified official JavaScript SDK: runs stories with checked results, and
# checks the table behind the JavaScript samples of `coze`. Needs Node.js 18.19 or newer, and the
# npm registry on the first run. With `--install`, it only prints the path of the packages.
set -euo pipefail
cd "$(dirname "$0")/../.."

folder=$PWD/tests/peers/coze_js
# npm updates this file after each installation.
[ "$folder/node_modules/.package-lock.json" -nt "$folder/package-lock.json" ] ||
    npm ci --prefix "$folder" --silent --no-audit --no-fund --ignore-scripts
if [ "${1:-}" = --install ]; then
    echo "$folder/node_modules"
    exit
fi

COZE=$(.ci/coze)
export COZE
# A call that hangs is an error. The signal also reaches the mock.
timeout 120 node --test "$folder"/*.test.mjs
