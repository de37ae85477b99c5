"""Scenario 16: the page, in a browser."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ibapi_port.rest import RestServer
from ibapi_port.simulator import SimulatedTws

from .browser import PROGRAM, browsing
from .helpers import LMT, MKT, TOKEN, Client, eventually, order

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="needs Debian's package chromium")
SCREENSHOTS = os.environ.get("REST_SCREENSHOTS")  # a folder, to look at them


def test_the_page(tws: SimulatedTws, rest: RestServer, client: Client, tmp_path: Path) -> None:
    folder = Path(SCREENSHOTS) if SCREENSHOTS else tmp_path
    order(client, MKT, wait="filled")
    (number,) = order(client, LMT).json()["orders"]
    with browsing(rest.url + "/") as page:
        page.wait("document.getElementById('login').open")
        page.run(f"document.getElementById('token').value = '{TOKEN}'")
        page.run("document.querySelector('#login button').click()")
        page.wait("document.getElementById('state').className === 'ready'")
        # account, positions, orders and fills
        page.wait("document.getElementById('values').innerText.includes('Net Liquidation')")
        page.wait("document.querySelector('#positions tbody').innerText.includes('AAPL')")
        page.wait("document.querySelector('#fills tbody').innerText.includes('bought 10 AAPL')")
        page.wait(f"document.querySelector('#orders tbody').innerText.includes('{number}')")
        # the watch list: a live quote, depth, and the chart with the fill on it
        page.run("document.getElementById('symbol').value = 'AAPL'")
        page.run("document.querySelector('#watch-form button').click()")
        tws.do("quote", symbol="AAPL", bid=231.25, ask=231.5)
        page.wait("document.querySelector('#watch tbody').innerText.includes('231.25')")
        page.wait("document.querySelectorAll('#depth tbody tr').length > 2")
        page.wait("document.querySelectorAll('#chart rect').length > 10")
        page.run(
            "document.getElementById('bars').value = '3600 S|1 min'; document.getElementById('bars').dispatchEvent(new Event('change'))"
        )
        page.wait("document.querySelectorAll('#chart .fill').length > 0")
        # light, dark, and on a phone
        for name, width, dark in (
            ("light", 1280, False),
            ("dark", 1280, True),
            ("phone", 390, False),
        ):
            page.call(
                "Emulation.setDeviceMetricsOverride",
                width=width,
                height=844,
                deviceScaleFactor=1,
                mobile=width < 500,
            )
            scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
            page.call("Emulation.setEmulatedMedia", features=scheme)
            page.screenshot(folder / f"{name}.png")
            assert page.run("document.documentElement.scrollWidth") <= width, name
        # cancelling asks first
        page.run("document.querySelector('#orders tbody button').click()")
        page.wait("document.getElementById('confirm').open")
        assert number in page.run("document.getElementById('confirm-text').innerText")
        assert page.run("document.activeElement.value") == "no"
        page.run("document.getElementById('confirm-yes').click()")
        page.wait(f"!document.querySelector('#orders tbody').innerText.includes('{number}')")
        status = client.get(f"/order/{number}").json()["orderStatus"]["status"]
        assert status == "Cancelled"
        # an order's error by an event of that name is no end of the stream
        page.run("window.marked = document.getElementById('log').children.length")
        assert order(client, {**LMT, "lmtPrice": 100.0001}).status_code == 422
        page.wait("document.getElementById('log').children.length > window.marked")
        assert page.run("document.getElementById('state').className") == "ready"
        # after a loss the lists are fetched anew
        page.run("window.away = false")
        page.run(
            "new MutationObserver((seen) => { window.away ||= seen.some((each) => each.oldValue !== 'ready'); })"
            ".observe(document.getElementById('state'), { attributeFilter: ['class'], attributeOldValue: true })"
        )
        tws.do("drop_connection")
        page.wait("window.away")  # it may be back before anybody looks
        page.wait("document.getElementById('state').className === 'ready'")
        (later,) = order(client, LMT).json()["orders"]
        page.wait(f"document.querySelector('#orders tbody').innerText.includes('{later}')")
        # halting is shown
        client.post("/trading/halt", json={"reason": "a test of the page"})
        page.wait("!document.getElementById('halted').hidden")
        client.post("/trading/resume")
        page.wait("document.getElementById('halted').hidden")
        # an error and its cure
        page.run(
            "document.getElementById('symbol').value = 'NOSUCH'; document.querySelector('#watch-form button').click()"
        )
        page.wait("document.querySelector('#log .cure')")
        # every control has a name
        assert page.run(
            "[...document.querySelectorAll('button, input, select')].every(e => e.innerText || e.ariaLabel || e.labels?.length)"
        )
        assert page.console == []


def test_the_documentation_needs_no_other_site(rest: RestServer) -> None:
    with browsing(rest.url + "/docs") as page:
        page.wait("document.querySelectorAll('details').length > 60")
        assert "/market/depth" in page.text()
        loaded = page.run("performance.getEntriesByType('resource').map(e => e.name)")
        assert all(each.startswith(rest.url) for each in loaded)
        assert page.console == []


def test_a_page_of_another_name_is_refused(rest: RestServer) -> None:
    """A name that somebody else has bound to this address."""
    with Client(rest) as client:
        eventually(lambda: client.get("/health").status_code == 200)
        answer = client.get("/", headers={"Host": "rebound.example", "Accept": "text/html"})
        assert answer.status_code == 421
