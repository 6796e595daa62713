"""Which reads there are, and with what each can be asked: the numbers come out of the lists."""

SKIPPED = {
    "open_stream", "get_openapi", "get_asyncapi", "get_readiness", "get_health",
    # Of a browser's session, and of files.
    "list_sessions", "list_attachments", "get_attachment",
}


# What a read has to be asked with beside what stands in its address.
NEEDED = {
    "/v1/statements/cash": ["account_id", "currency"],
    "/v1/statements/units": ["account_id", "symbol"],
    "/v1/statements/days/cash": ["account_id", "currency"],
    "/v1/statements/days/units": ["account_id", "symbol"],
    "/v1/market/{symbol}/candles": ["resolution"],
    "/v1/market/{symbol}/cost": ["side", "type", "quantity"],
    "/v1/names": ["entities"],
}


def reads(paths, signs, http):
    """Each read with its address and arguments; one of a kind comes behind its list."""

    def ask(target):
        answer = http.get(target)
        assert answer.status_code == 200, (target, answer.text)
        return answer.json()

    accounts = ask("/v1/accounts?limit=1000")["items"]
    listings = ask("/v1/listings?limit=1")["items"]
    assets = ask("/v1/assets?limit=1")["items"]
    known = {"symbol": listings[0]["terms"]["symbol"] if "terms" in listings[0] else listings[0]["symbol"]}
    known |= {"account_id": accounts[-1]["account_id"], "asset_id": assets[0]["asset_id"], "entity_id": 1}
    known |= {"currency": "CNY", "resolution": "1h", "entities": "1"}
    # A name that Python has already ends with a stroke in clients.
    known |= {"side": "buy", "type": "market", "type_": "market", "quantity": "1"}
    orders = [order for one in accounts for order in ask(f"/v1/orders?account_id={one['account_id']}&limit=1")["items"]]
    if orders:
        known["order_id"] = orders[0]["order_id"]
    for path, operations in sorted(paths.items()):
        operation = operations.get("get")
        if operation is None or operation["operationId"] in SKIPPED:
            continue
        if "{" not in path:
            yield path, operation, {name: known[name] for name in NEEDED.get(path, [])}
            continue
        if "{id}" in path:
            # A record is found by its list. A lot tells its rights as long as it is open, and a sale is confirmed once it
            # was made: the first that answers is taken.
            for item in ask(path.split("/{id}")[0] + "?limit=100")["items"]:
                (record,) = [value for key, value in item.items() if key not in ("at", "command", "effects")]
                number = number_of(path, record)
                if number is not None and http.get(path.replace("{id}", str(number))).status_code == 200:
                    yield path, operation, {"id": number, "id_": number}
                    break
            continue
        names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
        names += NEEDED.get(path, [])
        if all(name in known for name in names):
            yield path, operation, {name: known[name] for name in [*names, *(["type_"] if "type" in names else [])]}


def number_of(path, record):
    """The number by which a record is asked for: its own member, or what it is about."""
    noun = path.split("/")[2]
    names = {
        "titles": ["asset_id"], "facts": ["entity_id"], "holders": ["asset_id"], "appraisers": ["entity_id"],
        "right-facts": ["asset_id"], "forfeits": ["lot_id"], "titles-sold": ["transfer_id"], "auctions": ["lot_id"],
        "offers": ["transfer_id"], "distributions": ["transfer_id"], "loan-plans": ["loan_id"], "takings": ["lot_id"],
        "lot-parties": ["lot_id"], "securities-asked": ["loan_id"], "pool-loans": ["loan_id"],
        "guarantor-figures": ["entity_id"], "disposals": ["disposal_id"],
    }
    own = noun.replace("-", "_").rstrip("s") + "_id"
    for name in names.get(noun, []) + [own, noun.replace("ies", "y").replace("-", "_") + "_id"]:
        if name in record:
            return record[name]
    return None
