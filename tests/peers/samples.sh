#!/usr/bin/env bash
# Runs the samples of every language against the mock: curl, Rust with this SDK, Python with the
# unmodified cozepy, JavaScript with the unmodified @coze/api, Java with the JDK and Gson, and Go.
# Rust, Java and Go are built once. Installs what is missing on Debian.
#
#   tests/peers/samples.sh          all languages
#   tests/peers/samples.sh curl go  some; the first one is the reference of the others
#
# COZE         the path of the command line (default: that of .ci/coze)
# COZE_SOURCE  the folder of the crates that it was built from (default: this checkout)
set -euo pipefail
cd "$(dirname "$0")/../.."

packages=()
command -v jq >/dev/null || packages+=(jq)
command -v javac >/dev/null || packages+=(default-jdk-headless)
[ -e /usr/share/java/gson.jar ] || packages+=(libgoogle-gson-java)
command -v go >/dev/null || packages+=(golang-go)
if [ "${#packages[@]}" -gt 0 ]; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install --yes -qq --no-install-recommends "${packages[@]}" >/dev/null
fi

python=$(tests/peers/cozepy.sh)
modules=$(tests/peers/coze-js.sh --install)
coze=$(.ci/coze)
export GOFLAGS=-mod=mod GOTOOLCHAIN=local
timeout 300 "$python" -B tests/peers/samples "$coze" "$modules" "$@"
