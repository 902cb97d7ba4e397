#!/usr/bin/env bash
# Makes every system call of a renewal and of a login fail or kill the process, one at a time, and
# checks that no refresh token is lost: that the next run finds one that the server accepts. Needs
# Linux and strace, which is installed on Debian if it is missing. Takes minutes.
#
#   tests/faults/stores.sh                 all programs
#   tests/faults/stores.sh renewal call    some: renewal, call, login-token, login-app,
#                                          login-other-app
#
# WORKERS   the number of runs at the same time (default: 4)
set -euo pipefail
cd "$(dirname "$0")/../.."

if ! command -v strace >/dev/null; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install --yes -qq --no-install-recommends strace >/dev/null
fi
cargo build --quiet --package coze-tests --bin token-store
coze=$(COZE= .ci/coze)
exec python3 -B tests/faults/stores.py "${coze%/*}" "$@"
