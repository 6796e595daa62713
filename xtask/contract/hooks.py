"""Schemathesis signs what it asks."""

import json
import os
import sys

sys.path.insert(0, os.path.dirname(__file__))

import schemathesis
from requests.auth import AuthBase
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
