#!/usr/bin/env bash
# Tests the playground's page in headless Chromium: installs what is missing, starts `coze playground`, runs the tests.
#
#   tests/playground/run.sh                  all tests
#   tests/playground/run.sh --screenshots    also draws docs/playground*.png anew
#   tests/playground/run.sh chat.test.mjs    one file
#
# COZE                  the path of the binary (default: `cargo run -p coze-cli --`)
# COZE_PLAYGROUND_URL   the address, key included, of a playground that runs already
# CHROMIUM              the path of the browser (default: Debian's)
set -euo pipefail
cd "$(dirname "$0")"

install() {
    local root=()
    [ "$(id -u)" -eq 0 ] || root=(sudo)
    "${root[@]}" apt-get update -qq
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install --yes -qq --no-install-recommends "$@"
}

if [ "${1:-}" = --screenshots ]; then
    shift
    export SCREENSHOTS=1
    fc-list :lang=zh 2>/dev/null | grep -q . || install fontconfig fonts-noto-cjk
fi
export CHROMIUM="${CHROMIUM:-/usr/bin/chromium}"
[ -x "$CHROMIUM" ] || install chromium
npm ci --silent --no-audit --no-fund

if [ -z "${COZE_PLAYGROUND_URL:-}" ]; then
    server=(cargo run --quiet -p coze-cli --)
    [ -z "${COZE:-}" ] || server=("$COZE")
    exec {output}< <(exec "${server[@]}" playground --port 0 2>&1)
    pid=$!
    trap 'kill "$pid" 2>/dev/null || true' EXIT
    # The first line may take a while: cargo builds.
    while IFS= read -r -u "$output" line; do
        if [[ $line =~ http://[^[:space:]]+key=[^[:space:]]+ ]]; then
            COZE_PLAYGROUND_URL=${BASH_REMATCH[0]}
            break
        fi
        printf '%s\n' "$line" >&2
    done
    [ -n "${COZE_PLAYGROUND_URL:-}" ] || { echo 'the playground did not start' >&2; exit 1; }
    # Whatever else it prints must not fill the pipe.
    cat <&"$output" >/dev/null &
    export COZE_PLAYGROUND_URL
fi

[ "$#" -gt 0 ] || set -- *.test.mjs
node --test --test-concurrency=1 --test-reporter=spec "$@"
