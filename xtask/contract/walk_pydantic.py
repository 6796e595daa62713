"""Every read of the API, asked by the client that OpenAPI Generator made: each answer has to be parsed."""

import importlib
import inspect
import json
import os
import pkgutil
import sys
import urllib.error
import urllib.request

sys.path[:0] = [os.path.dirname(__file__), sys.argv[1]]

from venue import URL, signer
from walk import reads

package = importlib.import_module(sys.argv[2])
signs = signer()


class Signing(package.ApiClient):
    """Signs what it sends, in the words in which it is sent."""

    def call_api(self, method, url, header_params=None, body=None, *others, **named):
        target = url[len(self.configuration.host) :]
        signed = signs.headers(method, target, (body or "").encode())
        return super().call_api(method, url, {**(header_params or {}), **signed}, body, *others, **named)


class Plain:
    """A plain way to ask, for what the walk has to know."""

    class Answer:
        def __init__(self, status, body):
            self.status_code, self.text = status, body

        def json(self):
            return json.loads(self.text)

    def get(self, target):
        request = urllib.request.Request(URL + target, headers=signs.headers("GET", target))
        try:
            with urllib.request.urlopen(request) as answer:
                return self.Answer(answer.status, answer.read().decode())
        except urllib.error.HTTPError as refused:
            return self.Answer(refused.code, refused.read().decode())


client = Signing(package.Configuration(host=URL))
methods = {}
for _, name, _ in pkgutil.iter_modules(importlib.import_module(f"{sys.argv[2]}.api").__path__):
    for _, api in inspect.getmembers(importlib.import_module(f"{sys.argv[2]}.api.{name}"), inspect.isclass):
        if api.__module__.endswith(name):
            methods |= {key: getattr(api(client), key) for key, _ in inspect.getmembers(api, inspect.isfunction)}

parsed = 0
for path, operation, given in reads(json.load(open(sys.argv[3]))["paths"], signs, Plain()):
    if operation["operationId"] == "get_auction_log":
        # JSON lines are no JSON, and this client knows nothing else.
        continue
    method = methods[operation["operationId"]]
    takes = inspect.signature(method).parameters
    answer = method(**{key: value for key, value in given.items() if key in takes})
    assert answer is not None, path
    parsed += 1
print(f"{parsed} reads parsed by OpenAPI Generator's client")
