"""A demo market to be asked, and a key of its operator that any client can sign with: HMAC needs no library."""

import hashlib
import hmac
import json
import os
import subprocess
import time
import urllib.request

URL = os.environ.get("ZHIHENG_CONTRACT_URL", "")


def text(venue, timestamp, nonce, method, path, query, body):
    """What is signed."""
    digest = hashlib.sha256(body).hexdigest()
    return "\n".join(["zhiheng request 2", venue, timestamp, nonce, method.upper(), path, query, digest])


class Signer:
    """Signs requests with an HMAC key."""

    def __init__(self, venue, key, secret):
        self.venue, self.key, self.secret, self.given = venue, str(key), bytes.fromhex(secret), 0

    def headers(self, method, target, body=b""):
        self.given += 1
        timestamp, nonce = str(int(time.time() * 1000)), f"{os.getpid()}-{self.given}-{time.time_ns()}"
        path, _, query = target.partition("?")
        said = text(self.venue, timestamp, nonce, method, path, query, body)
        return {
            "Zhiheng-Key": self.key,
            "Zhiheng-Timestamp": timestamp,
            "Zhiheng-Nonce": nonce,
            "Zhiheng-Signature": hmac.new(self.secret, said.encode(), hashlib.sha256).hexdigest(),
        }


def signer():
    """The signer whose key `key_of` had made."""
    return Signer(**json.loads(os.environ["ZHIHENG_CONTRACT_KEY"]))


def key_of(program, key_file, url, user):
    """A new HMAC key of this user, admitted by the operator whose key file this is."""
    with urllib.request.urlopen(f"{url}/v1/venue") as answer:
        venue = json.load(answer)["venue_id"]
    body = json.dumps(
        {
            "client_id": f"contract-{user}-{time.time_ns()}",
            "user_id": user,
            "material": {"algorithm": "hmac-sha256"},
            "scopes": ["read", "trade", "list", "admin"],
        }
    )
    path = "/v1/participants/keys"
    command = [program, "sign", "--url", url, "--key-file", key_file, "POST", path, body]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    headers = dict(line.split(": ", 1) for line in lines if ": " in line)
    request = urllib.request.Request(f"{url}{path}", body.encode(), headers | {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        done = json.load(answer)
    return {"venue": venue, "key": done["outcome"]["key_id"], "secret": done["secret"]}


if __name__ == "__main__":
    import sys

    print(json.dumps(key_of(*sys.argv[1:4], int(sys.argv[4]))))
