#!/usr/bin/env bash
# Validates the bundled spec in both formats with openapi-spec-validator, which shares no code with
# this project. Needs python3 with venv, and PyPI on the first run.
set -euo pipefail
cd "$(dirname "$0")/../.."

validator='openapi-spec-validator==0.9.0'
folder=target/peers/validate-bundle
python=$folder/venv/bin/python

mkdir -p "$folder"
if ! "$python" -m pip show --quiet openapi-spec-validator 2>/dev/null; then
    python3 -m venv --clear "$folder/venv"
    "$python" -m pip install --quiet --disable-pip-version-check "$validator"
fi

for format in yaml json; do
    ${XTASK:-cargo xtask} bundle --format "$format" -o "$folder/bundle.$format"
    "$python" -m openapi_spec_validator --schema 3.0 "$folder/bundle.$format"
done
grep --quiet '"openapi": "3.0.3"' "$folder/bundle.json"

# It refuses what the schema does not allow.
sed 's/"operationId":/"operationID":/' "$folder/bundle.json" >"$folder/broken.json"
if "$python" -m openapi_spec_validator --schema 3.0 "$folder/broken.json" >"$folder/findings"; then
    printf 'The validator accepts unknown fields.\n' >&2
    exit 1
fi
grep --quiet operationID "$folder/findings"
