"""The page of the control port: who may use it, and what a browser makes of it."""

from __future__ import annotations

import http.client
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ibapi_port.simulator import SimulatedTws

from .browser import WHY_NOT, Browser
from .helpers import RawClient, order, stock


@pytest.fixture
def tws() -> Iterator[SimulatedTws]:
    with SimulatedTws(control_port=0, virtual=True, market_hours="exchange") as tws:
        yield tws


def ask(tws: SimulatedTws, method: str, path: str, body: Any = None, **headers: str) -> Any:
    assert tws.control_port is not None
    connection = http.client.HTTPConnection("127.0.0.1", tws.control_port, timeout=10)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, None if body is None else json.dumps(body), named)
        answer = connection.getresponse()
        return answer.status, answer.getheaders(), answer.read().decode()
    finally:
        connection.close()


def token_of(tws: SimulatedTws) -> str:
    text = ask(tws, "GET", "/", Accept="text/html")[2]
    found = re.search(r'control-token" content="([^"]+)"', text)
    assert found is not None
    return found[1]


class TestWhoMay:
    def test_a_browser_gets_a_page_and_a_program_json(self, tws: SimulatedTws) -> None:
        status, headers, text = ask(tws, "GET", "/", Accept="text/html,*/*")
        assert (status, text[:15]) == (200, "<!DOCTYPE html>")
        policy = dict(headers)["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "{{" not in text
        assert "commands" in json.loads(ask(tws, "GET", "/")[2])["result"]

    def test_the_page_needs_its_token(self, tws: SimulatedTws) -> None:
        origin = f"http://127.0.0.1:{tws.control_port}"
        body = {"symbol": "AAPL", "price": 123}
        with_token = {"Origin": origin, "X_Control_Token": token_of(tws)}
        assert ask(tws, "POST", "/trade", body, **with_token)[0] == 200
        assert tws.do("quote", symbol="AAPL")["last"] == "123"
        for headers in (
            {"Origin": origin},
            {"Origin": origin, "X_Control_Token": "guess"},
            {"Origin": "http://evil.example", "X_Control_Token": token_of(tws)},
            {"Origin": "null", "X_Control_Token": token_of(tws)},
            {"Sec_Fetch_Site": "cross-site"},
            {"Sec_Fetch_Site": "same-site"},
            {"Host": "evil.example"},
        ):
            body["price"] = 99
            assert ask(tws, "POST", "/trade", body, **headers)[0] == 403, headers
        assert ask(tws, "GET", "/events", Origin="http://evil.example")[0] == 403
        assert tws.do("quote", symbol="AAPL")["last"] == "123"

    def test_events_tell_the_state_and_the_log(self, tws: SimulatedTws) -> None:
        assert tws.control_port is not None
        connection = http.client.HTTPConnection("127.0.0.1", tws.control_port, timeout=10)
        connection.request("GET", "/events")
        answer = connection.getresponse()
        assert answer.headers["Content-Type"] == "text/event-stream"

        def following() -> dict[str, Any]:
            while not (line := answer.readline()).startswith(b"data: "):
                pass
            view: dict[str, Any] = json.loads(line[6:])
            return view

        assert following()["clock"]["speed"] == "stands still"
        with RawClient(tws.address) as client:
            client.start(7)
            kinds: list[str] = []
            while "request" not in kinds:
                view = following()
                kinds += [event["kind"] for event in view["log"]]
            assert [each["client_id"] for each in view["clients"]] == [7]
        connection.close()

    def test_time_gets_another_speed(self, tws: SimulatedTws) -> None:
        assert tws.do("speed", factor=5) == "5 times real time"
        assert tws.do("speed", factor="max") == "as fast as possible"
        assert tws.do("speed", factor=0) == "stands still"
        for wrong in (-1, "fast"):
            with pytest.raises(ValueError, match="factor"):
                tws.do("speed", factor=wrong)


@pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)
def test_in_a_browser(tws: SimulatedTws, tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{tws.control_port}/"
    browser = Browser(tmp_path / "profile")
    try:
        with RawClient(tws.address) as client:
            client.start(3)
            limit = order("BUY", "100", "LMT", lmtPrice=1.0)
            client.ask("placeOrder", 1, stock(), limit)
            client.ask("placeOrder", 2, stock(), order("BUY", "300", "MKT"))
            client.ask("placeOrder", 3, stock(), order("BUY", "100", "LMT", lmtPrice=2.0))
            client.until("execDetails")
            browser.show(url, 1280)
            # it shows clients and what they ask, orders, fills, positions, candles and the book
            browser.until("document.querySelectorAll('#orders button').length >= 2")
            browser.until("document.querySelector('#clients').innerText.includes('placeOrder')")
            browser.until("document.querySelectorAll('#candles rect').length > 10")
            browser.until("document.querySelectorAll('#bids tr').length >= 3")
            assert "BOT" in browser.run("document.querySelector('#fills').innerText")
            assert "AAPL" in browser.run("document.querySelector('#positions').innerText")
            assert "stands still" in browser.run("document.querySelector('header').innerText")
            # by keyboard: to the button of the limit order
            label = "document.activeElement.getAttribute('aria-label')"
            for _ in range(40):
                browser.key("Tab")
                if browser.run(label) == "Fill order 1 of client 3":
                    break
            assert browser.run(label) == "Fill order 1 of client 3"
            browser.key("Enter")
            browser.until("document.querySelector('#said').innerText.includes('fill is done')")
            assert tws.do("state")["orders"][-1]["status"] == "Filled"
            # a form, and what is wrong in one
            form = "document.querySelector('form[data-command=trade]')"
            browser.run(f"{form}.price.value = '222'; {form}.requestSubmit()")
            browser.until("document.querySelector('#quote').innerText.includes('last 222')")
            browser.run(f"{form}.symbol.value = 'APPL'; {form}.requestSubmit()")
            browser.until("document.querySelector('#said').innerText.includes('did you mean AAPL')")
            # what an assistive device needs: each control has a name, each table its headings
            unnamed = (
                "[...document.querySelectorAll('input,select,button')].filter(e => !(e.labels &&"
                " e.labels.length) && !e.textContent.trim() && !e.ariaLabel).length"
            )
            assert browser.run(unnamed) == 0
            assert browser.run("document.querySelectorAll('th:not([scope])').length") == 0
            pictures = Path(os.environ.get("CONTROL_PAGE_PICTURES", tmp_path))
            browser.picture(pictures / "light.png")
            for width, dark in ((1280, True), (375, False)):
                browser.show(url, width, dark=dark)
                browser.until("document.querySelectorAll('#candles rect').length > 10")
                assert browser.run("document.documentElement.scrollWidth") <= width
                # the buttons of orders are in sight, however narrow the window is
                edge = "[...document.querySelectorAll('#orders td.do')].map(e => e.getBoundingClientRect().right)"
                assert all(right <= width for right in browser.run(edge))
                browser.picture(pictures / f"{width}{'dark' if dark else ''}.png")
            errors = [each for each in browser.errors() if "400" not in json.dumps(each)]
            assert not errors
    finally:
        browser.close()
