#!/usr/bin/env bash
# Tests the mock with the unmodified official Python SDK: runs stories with checked results, and
# checks the table behind the Python samples of `coze`.
set -euo pipefail
cd "$(dirname "$0")/../.."

python=$(tests/peers/cozepy.sh)
coze=$(.ci/coze)
# A call that hangs is an error. The signal also reaches the mock.
timeout 300 "$python" -B tests/peers/coze_py "$coze"
