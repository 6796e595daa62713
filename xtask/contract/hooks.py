"""What Schemathesis has to know: how a request is signed, and what the venue promises of one that its document allows."""

import os
import sys

sys.path.insert(0, os.path.dirname(__file__))

import schemathesis
from requests.auth import AuthBase
from schemathesis.generation import GenerationMode
from venue import signer


class Signed(AuthBase):
    def __init__(self):
        self.signer = signer()

    def __call__(self, request):
        body = request.body or b""
        if isinstance(body, str):
            body = body.encode()
        request.headers.update(self.signer.headers(request.method, request.path_url, body))
        return request


schemathesis.auth.set_from_requests(Signed())


def whole(value):
    """Numbers as the venue reads them: 3, and not 3.0, which JSON Schema calls the same."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [whole(item) for item in value]
    if isinstance(value, dict):
        return {name: whole(item) for name, item in value.items()}
    return value


@schemathesis.hook
def map_body(context, body):
    return whole(body)


# Refusals of the form of a request, and those of them that no schema foresees: days that the month has not, decimals that
# the currency has not, a text of which nothing can be seen, members that go only together, a number out of its range.
FORM = {
    "MALFORMED_JSON", "DUPLICATE_FIELD", "UNKNOWN_FIELD", "MISSING_FIELD", "CONFLICTING_FIELDS", "WRONG_TYPE",
    "UNKNOWN_OPERATION", "CLIENT_ID_INVALID", "UNKNOWN_VALUE", "MALFORMED_NUMBER", "WRONG_SCALE", "OUT_OF_RANGE",
    "TEXT_INVALID", "SYMBOL_INVALID", "TIME_INVALID", "DATE_INVALID", "HEX_INVALID", "NETWORK_INVALID",
    "UNSUPPORTED_MEDIA_TYPE", "BAD_REQUEST",
}
UNFORESEEN = {"DATE_INVALID", "TIME_INVALID", "WRONG_SCALE", "TEXT_INVALID", "OUT_OF_RANGE", "NETWORK_INVALID", "CONFLICTING_FIELDS"}
# Of these the one asks for the other.
TOGETHER = {"/price", "/material/public_key"}


@schemathesis.check
def the_server_does_not_fail(context, response, case):
    # 503 is an answer: later. A slow disk may make anybody wait.
    assert response.status_code < 500 or response.status_code == 503, response.text


@schemathesis.check
def what_the_document_allows_is_read(context, response, case):
    mode = case.meta.generation.mode if case.meta else None
    if mode is not GenerationMode.POSITIVE or response.status_code < 400:
        return
    told = response.json()
    code, field = told.get("code"), told.get("field")
    if code == "MISSING_FIELD" and field in TOGETHER:
        return
    if "command" in (field or ""):
        # What is proposed is read by the command's own document.
        return
    assert code not in FORM - UNFORESEEN, f"{code} at {field}, which the document allows"
