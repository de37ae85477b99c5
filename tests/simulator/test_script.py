"""What scripts do to the simulated TWS: prices, orders, messages, connections."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ibapi_port.simulator import SimulatedTws
from ibapi_port.simulator.errors import BadValue

from .helpers import RawClient, order, stock


def names(client: RawClient, last: str) -> list[str]:
    return [name for name, _ in client.until(last)]


class TestMarket:
    def test_a_quote_is_told_and_fills_what_it_reaches(
        self, tws: SimulatedTws, client: RawClient
    ) -> None:
        client.ask("placeOrder", 1, stock(), order("BUY", "10", "LMT", lmtPrice=100.0))
        client.until("orderStatus")
        tws.do("quote", symbol="AAPL", bid=Decimal("99.98"), ask=Decimal("100.00"))
        assert client.until("execDetails")[-1][1][2].price == 100.0
        quote = tws.call(lambda world: world.market.quote(world.instruments.by_con_id(265598)))  # type: ignore[arg-type]
        assert (quote.bid, quote.ask) == (Decimal("99.98"), Decimal("100.00"))

    @pytest.mark.parametrize(
        ("values", "field"),
        [({"symbol": "NONE"}, "symbol"), ({"symbol": "AAPL", "bid": Decimal(-1)}, "bid")],
    )
    def test_a_bad_value_is_named(
        self, tws: SimulatedTws, values: dict[str, object], field: str
    ) -> None:
        with pytest.raises(BadValue) as raised:
            tws.do("quote", **values)
        assert raised.value.field == field

    def test_halting_and_resetting_and_looking_elsewhere(
        self, tws: SimulatedTws, client: RawClient
    ) -> None:
        client.ask("reqMktDepth", 1, stock("AAPL", "NASDAQ"), 2, False, [])
        client.until("updateMktDepthL2")
        tws.do("reset_depth", symbol="AAPL")
        assert client.until("error")[-1][1][2] == 317
        tws.do("halt", symbol="AAPL")
        assert client.until("error")[-1][1][2] == 316
        with pytest.raises(BadValue):
            tws.do("halt", symbol="AAPL", code=3)
        tws.do("competing_session")
        client.ask("reqMktData", 2, stock("IBM"), "", False, False, [])
        assert client.until("error")[-1][1][2] == 10197

    def test_a_contract_id_names_an_instrument_too(self, tws: SimulatedTws) -> None:
        tws.do("quote", symbol=265598, last=Decimal("123.45"))
        assert tws.call(
            lambda world: world.market.quote(world.instruments.by_con_id(265598))
        ).last == Decimal("123.45")  # type: ignore[arg-type]


class TestOrders:
    def test_filling_in_parts(self, tws: SimulatedTws, client: RawClient) -> None:
        client.ask("placeOrder", 1, stock(), order("BUY", "10", "LMT", lmtPrice=100.0))
        client.until("orderStatus")
        tws.do("fill", order_id=1, price=Decimal(90), quantity=Decimal(4))
        status = client.until("orderStatus")[-1][1]
        assert (status[1], status[2], status[3], status[4]) == ("Submitted", 4, 6, 90.0)
        tws.do("fill", order_id=1, price=Decimal(100))
        status = client.until("orderStatus")[-1][1]
        assert (status[1], status[2], status[3], status[4], status[7]) == (
            "Filled",
            10,
            0,
            96.0,
            100.0,
        )
        with pytest.raises(ValueError, match="cannot be filled"):
            tws.do("fill", order_id=1, price=Decimal(100))

    def test_rejecting_and_cancelling(self, tws: SimulatedTws, client: RawClient) -> None:
        for order_id in (1, 2):
            client.ask("placeOrder", order_id, stock(), order("BUY", "10", "LMT", lmtPrice=100.0))
            client.until("orderStatus")
        tws.do("reject", order_id=1, reason="No.")
        told = client.until("error")
        assert "Inactive" in [arguments[1] for name, arguments in told if name == "orderStatus"]
        assert told[-1][1][2:4] == (201, "Order rejected - reason:No.")
        tws.do("cancel", order_id=2)
        assert client.until("error")[-1][1][2] == 202
        for order_id in (1, 2, 3):
            with pytest.raises(ValueError, match=r"(?i)order"):
                tws.do("cancel", order_id=order_id)

    def test_an_order_by_hand_belongs_to_nobody_who_is_there(
        self, tws: SimulatedTws, client: RawClient
    ) -> None:
        order_id = tws.do(
            "manual_order",
            symbol="AAPL",
            action="BUY",
            quantity=Decimal(5),
            order_type="LMT",
            price=Decimal(90),
        )
        client.ask("reqOpenOrders")
        assert names(client, "openOrderEnd") == ["openOrderEnd"]
        client.ask("reqAllOpenOrders")
        assert names(client, "openOrderEnd") == ["openOrder", "orderStatus", "openOrderEnd"]
        tws.do("fill", order_id=order_id)
        assert tws.call(lambda world: world.account.positions[265598].quantity) == 5
        with pytest.raises(ValueError, match="Invalid order action"):
            tws.do("manual_order", symbol="AAPL", action="HOLD", quantity=Decimal(5))


class TestMessages:
    def test_news_and_display_groups(self, tws: SimulatedTws, client: RawClient) -> None:
        client.ask("reqMktData", 5, stock(), "mdoff,292", False, False, [])
        client.ask("subscribeToGroupEvents", 6, 2)
        client.until("displayGroupUpdated")
        article = tws.do(
            "news", symbol="AAPL", headline="Something happened", text="What it was", provider="BZ"
        )
        assert client.until("tickNews")[-1][1][2:5] == ("BZ", article, "Something happened")
        client.ask("reqNewsArticle", 7, "BZ", article, [])
        assert client.until("newsArticle")[-1][1] == (7, 0, "What it was")
        tws.do("display_group", group=2, contract_info="265598@SMART")
        assert client.until("displayGroupUpdated")[-1][1] == (6, "265598@SMART")
        for bad in (
            {"symbol": "AAPL", "headline": "x", "provider": "NOSUCH"},
            {"symbol": "NOSUCH", "headline": "x"},
        ):
            with pytest.raises(ValueError, match="NOSUCH"):
                tws.do("news", **bad)
        with pytest.raises(ValueError, match="group"):
            tws.do("display_group", group=8, contract_info="none")

    def test_notices_and_bulletins(self, tws: SimulatedTws, client: RawClient) -> None:
        tws.do("notice", code=2137, text="careful", client_id=1)
        tws.do("notice", code=2137, text="not for this one", client_id=2)
        tws.do("bulletin", text="before it asked", exchange="NYSE", kind=2)
        client.ask("reqNewsBulletins", True)
        told = client.until("updateNewsBulletin")
        assert [arguments[3] for name, arguments in told if name == "error"] == ["careful"]
        assert told[-1][1] == (1, 2, "before it asked", "NYSE")
        tws.do("bulletin", text="while it listens")
        assert client.until("updateNewsBulletin")[-1][1] == (2, 1, "while it listens", "")
        client.ask("cancelNewsBulletins")
        client.ask("reqCurrentTime")
        client.until("currentTime")
        tws.do("bulletin", text="too late")
        client.ask("reqCurrentTime")
        assert names(client, "currentTime") == ["currentTime"]

    def test_news(self, tws: SimulatedTws, client: RawClient) -> None:
        client.ask("reqMktData", 1, stock(), "292:BRFG", False, False, [])
        client.ask("reqMktData", 2, stock("MSFT"), "292:BRFG", False, False, [])
        client.ask("reqCurrentTime")
        client.until("currentTime")
        article_id = tws.do(
            "news", symbol="AAPL", headline="Something has happened", text="Indeed."
        )
        told = client.until("tickNews")[-1][1]
        assert (told[0], told[2], told[3], told[4]) == (
            1,
            "BRFG",
            article_id,
            "Something has happened",
        )
        client.ask("reqNewsArticle", 3, "BRFG", article_id, [])
        assert client.until("newsArticle")[-1][1] == (3, 0, "Indeed.")
        with pytest.raises(BadValue, match="provider: no news provider 'NONE'"):
            tws.do("news", symbol="AAPL", headline="x", provider="NONE")


class TestConnections:
    @pytest.mark.parametrize("reset", [False, True])
    def test_dropping_one_client(self, tws: SimulatedTws, client: RawClient, reset: bool) -> None:
        with RawClient(tws.address) as second:
            second.start(2)
            assert tws.do("drop_connection", client_id=2, reset=reset) == 1
            if reset:
                with pytest.raises(ConnectionResetError):
                    second.wait_for_close()
            else:
                second.wait_for_close()
        client.ask("reqCurrentTime")
        client.until("currentTime")
        assert tws.do("drop_connection") == 1
        client.wait_for_close()
        assert tws.do("drop_connection") == 0

    def test_an_unknown_command(self, tws: SimulatedTws) -> None:
        for wrong in ("fly", "_instrument", "__init__"):
            with pytest.raises(ValueError, match="no command"):
                tws.do(wrong)


class TestLimits:
    @pytest.mark.parametrize(
        ("values", "field"),
        [
            ({"bid": Decimal("1e30")}, "bid"),
            ({"last": Decimal("1e400")}, "last"),
            ({"bid_size": Decimal(-1)}, "bid_size"),
        ],
    )
    def test_quotes(self, tws: SimulatedTws, values: dict[str, Decimal], field: str) -> None:
        before = tws.do("quote", symbol="AAPL")
        with pytest.raises(BadValue) as raised:
            tws.do("quote", symbol="AAPL", **values)
        assert raised.value.field == field
        assert tws.do("quote", symbol="AAPL") == before

    def test_prices_of_fills_and_corrections(self, tws: SimulatedTws, client: RawClient) -> None:
        client.ask("placeOrder", 1, stock(), order("BUY", "10", "LMT", lmtPrice=100.0))
        client.until("orderStatus")
        with pytest.raises(BadValue):
            tws.do("fill", order_id=1, price=Decimal("1e30"))
        tws.do("fill", order_id=1)
        exec_id = client.until("execDetails")[-1][1][2].execId
        for price in (Decimal(0), Decimal("1e30")):
            with pytest.raises(BadValue):
                tws.do("correct", exec_id=exec_id, price=price)
