"""Scenario 19: a client that is made of the OpenAPI document alone places an order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx

from .helpers import Client


class Generated:
    """A method for each operation of the document, with its parameters by name."""

    def __init__(self, http: httpx.Client) -> None:
        document = http.get("/openapi.json").json()
        self._document = document
        for path, methods in document["paths"].items():
            for verb, operation in methods.items():
                setattr(self, operation["operationId"], self._method(http, path, verb, operation))

    def _resolved(self, node: dict[str, Any]) -> dict[str, Any]:
        if "$ref" not in node:
            return node
        found = self._document
        for part in node["$ref"][2:].split("/"):
            found = found[part]
        return dict(found)

    def _method(
        self, http: httpx.Client, path: str, verb: str, operation: dict[str, Any]
    ) -> Callable[..., Any]:
        places = {p["name"]: p["in"] for p in map(self._resolved, operation["parameters"])}

        def call(body: Any = None, **given: Any) -> Any:
            unknown = given.keys() - {name.replace("-", "_") for name in places}
            assert not unknown, unknown
            where: dict[str, dict[str, Any]] = {"path": {}, "query": {}, "header": {}}
            for name, place in places.items():
                if name.replace("-", "_") in given:
                    where[place][name] = given[name.replace("-", "_")]
            if body is not None:
                assert "requestBody" in operation
            answer = http.request(
                verb, path.format(**where["path"]), params=where["query"],
                headers=where["header"], json=body,
            )  # fmt: skip
            assert str(answer.status_code) in operation["responses"], answer.text
            return answer.json()

        return call

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"the document has no operation {name}")


def test_a_generated_client_places_an_order(client: Client) -> None:
    api = Generated(client)
    assert api.get_contract(symbol="AAPL")["contractDetails"]
    body = {
        "contract": {"symbol": "AAPL", "secType": "STK", "exchange": "SMART", "currency": "USD"},
        "order": {"action": "BUY", "totalQuantity": 5, "orderType": "LMT", "lmtPrice": 100},
    }
    placed = api.post_order(body, wait="submitted", Idempotency_Key="generated")
    (number,) = placed["orders"]
    assert api.get_order_orderId(orderId=number)["order"]["totalQuantity"] == 5
    assert api.put_order_orderId({"order": {"lmtPrice": 101}}, orderId=number)["orders"]
    cancelled = api.delete_order_orderId(orderId=number)
    assert cancelled["orders"][number]["status"] == "Cancelled"
    assert api.get_market_data(symbol="AAPL", timeout=5)["complete"]
    assert api.delete_order_orderId(orderId=99999)["status"] == 404


def test_each_list_says_what_is_in_it(client: Client) -> None:
    """Generators of clients leave out what does not."""

    def lists(node: Any, path: str) -> list[str]:
        if isinstance(node, list):
            return [each for n, one in enumerate(node) for each in lists(one, f"{path}/{n}")]
        if not isinstance(node, dict):
            return []
        bare = node.get("type") == "array" and not node.keys() & {"items", "prefixItems"}
        inner = [each for name, one in node.items() for each in lists(one, f"{path}/{name}")]
        return [path, *inner] if bare else inner

    assert lists(client.get("/openapi.json").json(), "") == []
