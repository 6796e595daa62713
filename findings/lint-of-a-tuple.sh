#!/bin/sh
# The guess: OpenAPI 3.1 is JSON Schema 2020-12, so a level of a book, `["120.00", "5", 1]`, is told as `prefixItems` of
# three with `items: false` (nothing behind them), and the linters for 3.1 take it, as validators do.
# What is: Spectral 6.16.3 with its own `spectral:oas` refuses it as an error (`array-items`: "Schemas with "type: array",
# require a sibling "items" field"): the rule asks whether `items` is truthy, and `false` is not. With `maxItems` and an
# `items` that allows the members' types it passes. openapi-spec-validator 0.9.0 and Redocly 2.77.0 take the document as it is.
# Seen 2026-12-01, on Node 20 and Python 3.11:
#   items false:  error array-items at components.schemas.Level.items
#   items object: no error
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >log 2>&1
npm install --silent --no-audit --no-fund --ignore-scripts @stoplight/spectral-cli@6.16.3 @redocly/cli@2.77.0 >log 2>&1 || { cat log; exit 1; }
python3 -m venv py
py/bin/pip install --quiet --disable-pip-version-check openapi-spec-validator==0.9.0
document() {
    cat <<JSON
{"openapi":"3.1.0","info":{"title":"t","version":"1","license":{"name":"MIT","identifier":"MIT"}},"servers":[{"url":"/"}],
"paths":{"/book":{"get":{"operationId":"get_book","summary":"A book","security":[],
"responses":{"200":{"description":"A level","content":{"application/json":{"schema":{"\$ref":"#/components/schemas/Level"}}}},
"400":{"description":"no"}}}}},
"components":{"schemas":{"Level":{"type":"array","prefixItems":[{"type":"string"},{"type":"string"},{"type":"integer"}],
"minItems":3,"maxItems":3,"items":$1}}}}
JSON
}
document false >closed.json
document '{"type":["string","integer"]}' >open.json
echo 'extends: ["spectral:oas"]' >rules.yaml
for name in closed open; do
    py/bin/openapi-spec-validator $name.json >log 2>&1 || { cat log; exit 1; }
    npx redocly lint --extends spec $name.json >log 2>&1 || { cat log; exit 1; }
    npx spectral lint --ruleset rules.yaml --format json $name.json >$name.out 2>log || true
    python3 - $name <<'PY'
import json, sys

text = open(f"{sys.argv[1]}.out").read()
found = json.loads(text[text.index("["):text.rindex("]") + 1]) if "[" in text else []
print(sys.argv[1], sorted((one["code"], ".".join(one["path"])) for one in found if one["severity"] == 0))
PY
done >out
cat out
cat >expected <<'TXT'
closed [('array-items', 'components.schemas.Level.items')]
open []
TXT
cmp out expected
