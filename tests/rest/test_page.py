"""Scenario 16: the page, in a browser."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ibapi_port.guards import DayLimit
from ibapi_port.rest import RestServer
from ibapi_port.rest.security import digest
from ibapi_port.simulator import SimulatedTws

from .browser import PROGRAM, Page, browsing
from .helpers import LMT, MKT, TOKEN, Client, eventually, order, serving

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
        # the keyboard stays on a button while events make the rows anew
        page.run("document.querySelector('#orders tbody button').focus()")
        (another,) = order(client, {**LMT, "lmtPrice": 99}).json()["orders"]
        rows = "document.querySelectorAll('#orders tbody tr').length"
        page.wait(f"{rows} === 2")
        assert f"Cancel order {number}" in page.run("document.activeElement.ariaLabel")
        client.delete(f"/order/{another}")
        page.wait(f"{rows} === 1")
        assert f"Cancel order {number}" in page.run("document.activeElement.ariaLabel")
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
        # halting by the keyboard, which stays where it was
        page.run("document.getElementById('halt').focus()")
        page.press("Enter")
        page.wait("document.activeElement.value === 'no'")
        page.run("document.getElementById('confirm-yes').focus()")
        page.press("Enter")
        page.wait("document.activeElement.id === 'resume'")
        assert client.get("/trading").json()["halted"] == "the page"
        client.post("/trading/resume")
        page.wait("document.getElementById('halted').hidden")
        # halting is shown
        client.post("/trading/halt", json={"reason": "a test of the page"})
        page.wait("!document.getElementById('halted').hidden")
        client.post("/trading/resume")
        page.wait("document.getElementById('halted').hidden")
        # an error and its cure; what is refused says so
        page.run(
            "document.getElementById('symbol').value = 'NOSUCH'; document.querySelector('#watch-form button').click()"
        )
        page.wait("document.querySelector('#log .cure')")
        page.wait("document.querySelector('#watch tbody').innerText.includes('refused')")
        # every control has a name
        assert page.run(
            "[...document.querySelectorAll('button, input, select')].every(e => e.innerText || e.ariaLabel || e.labels?.length)"
        )
        assert page.console == []


def test_the_page_of_who_may_only_read(tmp_path: Path) -> None:
    """Several accounts, a token that may not trade, months of a future, and a server that goes away
    and comes back.
    """
    guards = {"day": DayLimit(orders=2), "live": ("*",)}
    file = tmp_path / "tokens"
    file.write_text(
        f"screen read,stream sha256:{digest('screen')}\nlame read sha256:{digest('lame')}"
    )
    with (
        SimulatedTws(tick_interval=3600, account="DU1111111,DU2222222") as tws,
        serving(tws, token_file=str(file), guards=guards) as rest,
        Client(rest) as client,
    ):
        port = rest.port
        assert order(client, {**LMT, "account": "DU1111111"}).status_code == 201
        with browsing(rest.url + "/") as page:
            log_in(page, "lame")
            page.wait("document.getElementById('login-error').innerText.includes('stream')")
            log_in(page, "screen")
            page.wait("document.getElementById('state').className === 'ready'")
            # each account, and nothing to press that the token may not do
            rows = "document.querySelectorAll('#accounts tbody tr')"
            page.wait(f"{rows}.length === 2 && {rows}[1].innerText.includes('1,000,000.00 USD')")
            page.wait("document.querySelector('#orders tbody').innerText.includes('AAPL')")
            assert page.run("document.querySelector('#orders tbody button')") is None
            assert page.run("document.getElementById('halt').hidden")
            # what the guards have counted goes on with the orders
            page.wait("document.getElementById('guards').innerText.includes('orders today: 1')")
            for status in (201, 422):
                assert order(client, {**LMT, "account": "DU2222222"}).status_code == status
            page.wait("document.getElementById('guards').innerText.includes('orders today: 2')")
            page.wait("document.getElementById('guards').innerText.includes('1 refused')")
            # a future, by the keyboard: its months are to choose from
            page.run("document.getElementById('kind').value = 'FUT'")
            page.run("document.getElementById('symbol').focus()")
            page.type("es")
            page.press("Enter")
            page.wait(
                "document.activeElement.id === 'which' && document.activeElement.options.length > 1"
            )
            month = page.run(
                "document.getElementById('which').selectedOptions[0].text.split(' ')[0]"
            )
            page.run("document.querySelector('#watch-form button').focus()")
            page.press("Enter")
            page.wait(f"document.querySelector('#watch tbody').innerText.includes('{month}')")
            page.wait("document.querySelectorAll('#chart rect').length > 1")
            # the last bar goes on
            before = page.run("document.getElementById('chart-title').innerText")
            tws.do("quote", symbol=month, bid=7001, ask=7002, last=7001.5)
            page.wait(f"document.getElementById('chart-title').innerText !== '{before}'")
            # what a phone shows fits it
            page.call("Emulation.setDeviceMetricsOverride", width=390, height=844,
                      deviceScaleFactor=1, mobile=True)  # fmt: skip
            for table in ("watch", "positions", "orders", "depth"):
                fits = f"(e => e.scrollWidth <= e.clientWidth)(document.getElementById('{table}').parentNode)"
                assert page.run(fits), table
            # the server goes away, and quotes are shown as old ones until it is back
            rest.stop()
            page.wait("document.querySelector('#watch tbody .stale')")
            # that the first try to come back fails is not the end
            tried = "performance.getEntriesByType('resource').filter(e => e.name.endsWith('/stream/ticket')).length"
            before = page.run(tried)
            page.wait(f"{tried} > {before}")
            with serving(tws, token_file=str(file), port=port):
                page.wait("document.getElementById('state').className === 'ready'")
                page.wait("!document.querySelector('#watch tbody .stale')")
                tws.do("quote", symbol=month, bid=7011, ask=7012, last=7011)
                page.wait("document.querySelector('#watch tbody').innerText.includes('7,011')")


def log_in(page: Page, token: str) -> None:
    page.wait("document.getElementById('login').open")
    page.run("document.getElementById('token').focus()")
    page.type(token)
    page.press("Enter")


def test_the_documentation_needs_no_other_site(rest: RestServer) -> None:
    with browsing(rest.url + "/docs") as page:
        page.wait("document.querySelectorAll('details').length > 60")
        assert "/market/depth" in page.text()
        # what a body may be is there, and found from the route
        page.run("location.hash = 'type-OrderRequest'")
        page.wait("document.getElementById('type-OrderRequest').open")
        page.run("document.querySelector('#type-OrderRequest a[href=\"#type-Order\"]').click()")
        page.wait("document.getElementById('type-Order').open")
        assert "lmtPrice number" in page.run("document.getElementById('type-Order').innerText")
        missing = "[...document.querySelectorAll('main a')].filter(a => !document.getElementById(a.hash.slice(1))).length"
        assert page.run(missing) == 0
        loaded = page.run("performance.getEntriesByType('resource').map(e => e.name)")
        assert all(each.startswith(rest.url) for each in loaded)
        assert page.console == []


def test_a_page_of_another_name_is_refused(rest: RestServer) -> None:
    """A name that somebody else has bound to this address."""
    with Client(rest) as client:
        eventually(lambda: client.get("/health").status_code == 200)
        answer = client.get("/", headers={"Host": "rebound.example", "Accept": "text/html"})
        assert answer.status_code == 421
