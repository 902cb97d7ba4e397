#!/usr/bin/env bash
# Tests the playground's page: the types of its modules, then what it does in headless Chromium. Installs what is missing.
#
#   tests/playground/run.sh                  everything
#   tests/playground/run.sh --built          with the binary that the workspace's tests have built, as CI does
#   tests/playground/run.sh --screenshots    also draws docs/playground*.png anew
#   tests/playground/run.sh chat.test.mjs    the types, and one file of tests
#
# COZE                  the path of the binary (default: what `cargo build -p coze-cli` makes)
# COZE_PLAYGROUND_URL   the address, key included, of a playground that runs already, for all files of tests
# CHROMIUM              the path of the browser (default: the one in the path)
set -euo pipefail
cd "$(dirname "$0")"

missing() {
    printf 'The tests of the playground need %s. Install it, or run them as root on Debian.\n' "$1" >&2
    exit 1
}

# Debian's packages: the first argument names what is missing, the others the packages.
install() {
    local what=$1 root=()
    shift
    command -v apt-get >/dev/null || missing "$what"
    if [ "$(id -u)" -ne 0 ]; then
        # A password can be asked for at a terminal only.
        command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; } || missing "$what"
        root=(sudo)
    fi
    "${root[@]}" apt-get update -qq || missing "$what"
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install --yes -qq --no-install-recommends "$@" >/dev/null ||
        missing "$what"
}

built=
while [ "$#" -gt 0 ]; do
    case $1 in
    --built) built=yes ;;
    --screenshots)
        export SCREENSHOTS=1
        fc-list :lang=zh 2>/dev/null | grep -q . || install 'a Chinese font' fontconfig fonts-noto-cjk
        ;;
    *) break ;;
    esac
    shift
done

command -v node >/dev/null && command -v npm >/dev/null || install 'Node.js with npm' nodejs npm
node -e 'const [major, minor] = process.versions.node.split(".").map(Number); process.exit(major > 18 || (major === 18 && minor >= 19) ? 0 : 1)' ||
    missing 'Node.js 18.19 or later'
find_browser() {
    command -v chromium || command -v chromium-browser || command -v google-chrome || true
}
[ -n "${CHROMIUM:-}" ] || CHROMIUM=$(find_browser)
[ -n "$CHROMIUM" ] || { install Chromium chromium && CHROMIUM=$(find_browser); }
[ -x "$CHROMIUM" ] || missing 'Chromium'
export CHROMIUM
# npm notes there what it has installed.
[ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --silent --no-audit --no-fund

node_modules/.bin/tsc --project .

if [ -z "${COZE:-}${COZE_PLAYGROUND_URL:-}" ]; then
    [ -n "$built" ] || cargo build --quiet --package coze-cli
    target=$(cargo metadata --format-version 1 --no-deps | grep -o '"target_directory":"[^"]*"' | cut -d '"' -f 4)
    COZE=$target/debug/coze
    [ -x "$COZE" ] || { echo "$COZE is not there: run \`cargo test --workspace\` first" >&2; exit 1; }
fi
export COZE="${COZE:-}"

[ "$#" -gt 0 ] || set -- *.test.mjs
# `timeout` leads a group of processes: what hangs, and what runs when this script is ended, goes with servers and browsers.
timeout --kill-after=10 600 node --test --test-concurrency=2 --test-reporter=spec "$@" &
tests=$!
trap 'kill "$tests" 2>/dev/null || true' EXIT
wait "$tests"
