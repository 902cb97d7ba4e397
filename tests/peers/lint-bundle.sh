#!/usr/bin/env bash
# Checks the bundled spec with two independent linters, Redocly and Spectral. Exceptions and their
# reasons are in linters/. Needs Node.js 20.19 or later, and the npm registry on the first run.
set -euo pipefail
cd "$(dirname "$0")/../.."

linters=tests/peers/linters
bundle=target/peers/lint-bundle/bundle.yaml

# npm updates this file after each installation.
[ "$linters/node_modules/.package-lock.json" -nt "$linters/package-lock.json" ] ||
    npm ci --prefix "$linters" --silent --no-audit --no-fund

mkdir -p "$(dirname "$bundle")"
${XTASK:-cargo xtask} bundle --format yaml -o "$bundle"

export REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true
"$linters/node_modules/.bin/redocly" lint --config "$linters/redocly.yaml" "$bundle" &
redocly=$!
trap 'kill "$redocly" 2>/dev/null || true' EXIT
"$linters/node_modules/.bin/spectral" lint --ruleset "$linters/spectral.yaml" --fail-severity=warn "$bundle"
wait "$redocly"
