#!/usr/bin/env bash
# Tests the playground page: checks the types of its modules and the lengths of their functions,
# then runs it in headless Chromium.
# Installs missing tools.
#
#   tests/playground/run.sh                  all tests
#   tests/playground/run.sh --screenshots    also updates docs/playground*.png
#   tests/playground/run.sh --pictures FOLDER
#                                            only takes pictures of every view and dialog: at 1440,
#                                            1024 and 390 px, light and dark, in both languages
#   tests/playground/run.sh chat.test.mjs    the types, the lint and one test file
#
# COZE                  the path of the binary (default: that of .ci/coze)
# COZE_PLAYGROUND_URL   the URL, including the key, of a running playground for all test files; what
#                       it keeps is deleted
# PAGE_FROM_DISK        if set, the files of the page come from this checkout instead of the binary
# CHROMIUM              the path of the browser (default: search PATH)
set -euo pipefail
start=$PWD
cd "$(dirname "$0")"

missing() {
    printf 'The playground tests need %s. Install it, or run them as root on Debian.\n' "$1" >&2
    exit 1
}

# Installs Debian packages. The first argument describes the missing tool.
install() {
    local tool=$1 root=()
    shift
    command -v apt-get >/dev/null || missing "$tool"
    if [ "$(id -u)" -ne 0 ]; then
        # sudo can ask for a password only at a terminal.
        command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; } || missing "$tool"
        root=(sudo)
    fi
    "${root[@]}" apt-get update -qq || missing "$tool"
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install --yes -qq --no-install-recommends "$@" >/dev/null ||
        missing "$tool"
}

chinese_font() {
    fc-list :lang=zh 2>/dev/null | grep -q . || install 'a Chinese font' fontconfig fonts-noto-cjk
}

while [ "$#" -gt 0 ]; do
    case $1 in
    --screenshots)
        export SCREENSHOTS=1
        chinese_font
        ;;
    --pictures)
        [ "$#" -eq 2 ] || { echo 'Name a folder for the pictures.' >&2; exit 2; }
        case $2 in
        /*) export PICTURES=$2 ;;
        *) export PICTURES=$start/$2 ;;
        esac
        chinese_font
        set -- pictures.mjs
        break
        ;;
    *) break ;;
    esac
    shift
done

command -v node >/dev/null && command -v npm >/dev/null || install 'Node.js with npm' nodejs npm
node_is_at_least() {
    node -e 'const [version, wanted] = [process.versions.node.split("."), process.argv.slice(1)].map((each) => each.map(Number));
        process.exit(version[0] > wanted[0] || (version[0] === wanted[0] && version[1] >= wanted[1]) ? 0 : 1)' "$1" "$2"
}
node_is_at_least 18 19 || missing 'Node.js 18.19 or later'
find_browser() {
    # Without a window, the tests need two thirds of the time.
    command -v chromium-headless-shell || command -v chromium || command -v chromium-browser || command -v google-chrome || true
}
[ -n "${CHROMIUM:-}" ] || CHROMIUM=$(find_browser)
if [ -z "$CHROMIUM" ]; then
    # Not every release of Debian and Ubuntu has the first one.
    (install Chromium chromium-headless-shell) 2>/dev/null || install Chromium chromium
    CHROMIUM=$(find_browser)
fi
[ -x "$CHROMIUM" ] || missing 'Chromium'
export CHROMIUM
# npm updates this file after each installation.
[ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --silent --no-audit --no-fund

node_modules/.bin/tsc --project .
node_modules/.bin/tsc --project tsconfig.widget.json
# The linter does not accept paths above its folder.
if node_is_at_least 20 19; then
    (cd ../.. && tests/playground/node_modules/.bin/oxlint --quiet --config tests/playground/.oxlintrc.json \
        --ignore-pattern '**/marked.*' --ignore-pattern '**/purify.*' \
        coze-cli/src/playground/page coze-widget/page tests/playground web)
else
    echo 'The lint of the page needs Node.js 20.19 or later and is skipped.' >&2
fi

if [ -z "${COZE:-}${COZE_PLAYGROUND_URL:-}" ]; then
    COZE=$(../../.ci/coze)
fi
export COZE="${COZE:-}"

[ "$#" -gt 0 ] || set -- *.test.mjs
# `timeout` ends the whole process group, including servers and browsers, if tests hang or this
# script is stopped.
timeout --kill-after=10 1500 node --test --test-concurrency=2 --test-reporter=spec "$@" &
tests=$!
trap 'kill "$tests" 2>/dev/null || true' EXIT
wait "$tests"
