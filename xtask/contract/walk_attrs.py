"""Every read of the API, asked by the client that openapi-python-client made: each answer has to be parsed."""

import enum
import importlib
import inspect
import json
import os
import pkgutil
import sys

sys.path[:0] = [os.path.dirname(__file__), sys.argv[1]]

from venue import URL, signer

package = importlib.import_module(sys.argv[2])
client_type = importlib.import_module(f"{sys.argv[2]}.client").Client
signs = signer()


def sign(request):
    request.headers.update(signs.headers(request.method, request.url.raw_path.decode(), request.read()))


client = client_type(base_url=URL, httpx_args={"event_hooks": {"request": [sign]}}, raise_on_unexpected_status=True)
operations = json.load(open(sys.argv[3]))["paths"]
api = importlib.import_module(f"{sys.argv[2]}.api")
modules = {
    name.rsplit(".", 1)[1]: name
    for _, name, is_package in pkgutil.walk_packages(api.__path__, f"{api.__name__}.")
    if not is_package
}
from walk import reads

def typed(parameter, value):
    """The value as the client wants it: a word of several is a type of its own there."""
    kind = parameter.annotation
    return kind(value) if inspect.isclass(kind) and issubclass(kind, enum.Enum) else value


parsed = 0
for path, operation, given in reads(operations, signs, client.get_httpx_client()):
    name = operation["operationId"]
    module = importlib.import_module(modules[name])
    takes = inspect.signature(module.sync_detailed).parameters
    arguments = {key: typed(takes[key], value) for key, value in given.items() if key in takes}
    missing = [key for key, one in takes.items() if one.default is one.empty and key not in arguments and key != "client"]
    assert not missing, (path, missing)
    answer = module.sync_detailed(client=client, **arguments)
    assert answer.status_code == 200, (path, given, answer.content)
    assert answer.parsed is not None, (path, answer.content)
    if hasattr(answer.parsed, "to_dict") and "json" in answer.headers.get("content-type", ""):
        told = json.loads(answer.content)
        assert answer.parsed.to_dict() == told, (path, told, answer.parsed.to_dict())
    parsed += 1
print(f"{parsed} reads parsed by openapi-python-client")
