"""When requests may go, in virtual time: the pure rules."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

import pytest

from ibapi_port.contract import Contract
from ibapi_port.order import Order
from ibapi_port.pacing import HISTORY_RULES, Pacing, Progress, Rule
from ibapi_port.pacing.limits import Per
from ibapi_port.pacing.pacer import Pacer
from ibapi_port.pacing.progress import duration
from ibapi_port.pacing.tickets import Slot, Ticket, is_small_bar, ticket_of
from ibapi_port.protocol.schema.conversations import CONVERSATIONS, Rate
from ibapi_port.protocol.schema.messages import REQUESTS
from ibapi_port.simulator.errors import Refusal
from ibapi_port.simulator.history.admission import Pacing as SimulatedPacing

Request = tuple[str, tuple[object, ...]]


def stock(symbol: str = "AAPL") -> Contract:
    return Contract(symbol=symbol, secType="STK", exchange="SMART", currency="USD")


def history(
    n: int, symbol: str = "AAPL", end: str = "", bar: str = "5 secs", what: str = "TRADES"
) -> Request:
    return "reqHistoricalData", (n, stock(symbol), end, "1 D", bar, what, 1, 1, False, [])


def details(n: int) -> Request:
    return "reqContractDetails", (n, stock())


def order(n: int) -> Request:
    return "placeOrder", (n, stock(), Order())


def sent(
    requests: Sequence[Request], pacing: Pacing | None = None, ends_after: float = math.inf
) -> list[tuple[float, Ticket]]:
    """Return when each request goes, in order, if all are asked for at the time 0."""
    pacing = pacing or Pacing()
    pacer = Pacer(pacing)
    for request in requests:
        pacer.put(ticket_of(*request, pacing))
    gone: list[tuple[float, Ticket]] = []
    ends: list[tuple[float, int]] = []
    now = 0.0
    while pacer.queue:
        ticket, when = pacer.next(now)
        if ticket is not None:
            pacer.admit(ticket, now)
            gone.append((now, ticket))
            if ticket.request_id is not None and ends_after < math.inf:
                ends.append((now + ends_after, ticket.request_id))
            continue
        now = min([when, *(each for each, _ in ends)])
        assert now < math.inf, "nothing ends, and something waits"
        for each in [each for each in ends if each[0] <= now]:
            ends.remove(each)
            pacer.ended(each[1])
    return gone


def most_within(times: Sequence[float], seconds: float) -> int:
    """Return the largest number of times that lie within so many seconds."""
    return max(sum(start <= each < start + seconds for each in times) for start in times)


# --- messages ---


@pytest.mark.parametrize("limit", [1, 2, 7, 50, 120])
def test_no_second_has_more_messages_than_the_limit(limit: int) -> None:
    times = [when for when, _ in sent([details(n) for n in range(5 * limit)], Pacing(limit))]
    assert most_within(times, 1.0) <= limit
    # and it is not much slower than it may be
    assert times[-1] <= 5 * 1.12 + 1


def test_messages_are_spread_over_the_second() -> None:
    times = [when for when, _ in sent([details(n) for n in range(200)])]
    assert times[4] == 0.0  # a few go at once
    assert most_within(times[5:], 0.2) <= 10


def test_without_a_limit_all_go_at_once() -> None:
    assert {when for when, _ in sent([details(n) for n in range(500)], Pacing(0))} == {0.0}


def test_the_limit_follows_the_market_data_lines() -> None:
    assert (Pacing().rate, Pacing(lines=200).rate, Pacing(lines=1).rate) == (50, 100, 1)
    assert Pacing(messages=30, lines=200).rate == 30


def test_orders_and_cancels_go_before_others_and_in_their_order() -> None:
    asked = [details(n) for n in range(100)] + [
        order(1),
        order(2),
        ("cancelMktData", (7,)),
        order(3),
    ]
    names = [(ticket.name, ticket.request_id) for _, ticket in sent(asked)]
    assert names[:4] == [
        ("placeOrder", 1),
        ("placeOrder", 2),
        ("cancelMktData", 7),
        ("placeOrder", 3),
    ]


def test_an_order_finds_room_while_other_messages_come_without_end() -> None:
    pacing = Pacing()
    pacer = Pacer(pacing)
    for n in range(500):
        pacer.put(ticket_of(*details(n), pacing))
    now = 0.0
    while now < 3:
        ticket, when = pacer.next(now)
        if ticket is None:
            now = when
        else:
            pacer.admit(ticket, now)
    late = ticket_of(*order(1), pacing)
    pacer.put(late)
    assert pacer.next(now) == (late, now)


def test_many_orders_at_once_wait_for_the_limit_of_messages_alone() -> None:
    times = [when for when, _ in sent([order(n) for n in range(120)])]
    assert times.count(0.0) == 50
    assert most_within(times, 1.0) <= 50
    assert times[-1] <= 2.0


# --- history ---


def test_the_rules_of_history_hold_as_tws_counts() -> None:
    """The simulated TWS, told of each request as it goes, refuses none."""
    dice = random.Random(7)
    asked = [
        history(
            n,
            dice.choice(["AAPL", "MSFT", "IBM"]),
            dice.choice(["", "20260102 10:00:00", "20260103 10:00:00"]),
            what=dice.choice(["TRADES", "BID_ASK", "MIDPOINT"]),
        )
        for n in range(150)
    ]
    clock = [0.0]
    judge = SimulatedPacing("all", lambda: clock[0])
    by_id = {arguments[0]: arguments for _, arguments in asked}
    gone = sent(asked, ends_after=0.5)
    assert len(gone) == 150
    for when, ticket in gone:
        clock[0] = when
        _, contract, end, _, _, what, *_ = by_id[ticket.request_id]
        symbol = contract.symbol  # type: ignore[attr-defined]
        try:
            judge.count(5, (symbol, what), (symbol, what, end), what == "BID_ASK")
        except Refusal as e:
            pytest.fail(f"{when}: {ticket}: {e}")


def test_the_61st_request_waits_ten_minutes() -> None:
    gone = sent([history(n, f"S{n}") for n in range(61)], ends_after=1)
    assert gone[59][0] < 10
    assert 600 <= gone[60][0] <= 601


def test_bids_and_asks_count_twice() -> None:
    gone = sent([history(n, f"S{n}", what="BID_ASK") for n in range(31)], ends_after=1)
    assert gone[29][0] < 10
    assert 600 <= gone[30][0] <= 601


def test_the_same_request_waits_and_others_pass_it() -> None:
    asked = [history(1), history(2), history(3, "MSFT"), details(4)]
    gone = {ticket.request_id: when for when, ticket in sent(asked)}
    assert 15 <= (gone[2] or 0) <= 16
    assert max(gone[1], gone[3], gone[4]) < 1


def test_a_heavy_request_is_not_passed_for_ever_by_light_ones() -> None:
    heavy = history(99, "HEAVY", what="BID_ASK")
    asked = [*(history(n, f"S{n}") for n in range(59)), heavy]
    asked += [history(100 + n, f"T{n}") for n in range(5)]
    order_of_ids = [ticket.request_id for _, ticket in sent(asked, ends_after=1)]
    assert order_of_ids.index(99) == 59


def test_larger_bars_are_free_unless_all_are_counted() -> None:
    asked = [history(n, f"S{n}", bar="1 hour") for n in range(100)]
    assert sent(asked, ends_after=0.2)[-1][0] < 3
    assert sent(asked, Pacing(history="all"), ends_after=0.2)[-1][0] > 600
    small = [history(n, f"S{n}") for n in range(100)]
    assert sent(small, Pacing(history="off"), ends_after=0.2)[-1][0] < 3


@pytest.mark.parametrize(
    ("size", "is_small"),
    [("1 secs", True), ("30 secs", True), ("1 min", False), ("1 day", False), ("", False)],
)
def test_small_bars(size: str, is_small: bool) -> None:
    assert is_small_bar(size) is is_small


def test_no_more_than_fifty_are_open() -> None:
    asked = [history(n, f"S{n}", bar="1 day") for n in range(120)]
    gone = sent(asked, ends_after=5)
    assert most_within([when for when, _ in gone], 5.0) <= 50
    assert gone[-1][0] < 15


def test_orders_do_not_wait_for_the_rules_of_history() -> None:
    asked = [history(n) for n in range(10)] + [order(n) for n in range(100, 130)]
    gone = sent(asked)
    assert {when for when, ticket in gone if ticket.rate is Rate.ORDER} == {0.0}


# --- what holds something ---


def quotes(n: int, snapshot: bool = False) -> Request:
    return "reqMktData", (n, stock(), "", snapshot, False, [])


def lines(*requests: Request) -> Pacer:
    pacing = Pacing(lines=2, messages=0)
    pacer = Pacer(pacing)
    for request in requests:
        ticket = ticket_of(*request, pacing)
        pacer.put(ticket)
        assert pacer.next(0.0) == (ticket, 0.0)
        pacer.admit(ticket, 0.0)
    return pacer


def test_a_line_too_many_is_refused_if_none_becomes_free_by_itself() -> None:
    pacer = lines(quotes(1), quotes(2), quotes(3))
    refused = ticket_of(*quotes(4), Pacing())
    pacer.put(refused)
    assert pacer.next(0.0)[0] is refused
    assert refused.refused is not None
    assert refused.refused.code == 101
    assert "all 2 market data lines" in str(refused.refused)
    pacer.admit(refused, 0.0)
    assert not pacer.queue
    pacer.ended(1)  # cancelled
    after = ticket_of(*quotes(5), Pacing())
    pacer.put(after)
    assert pacer.next(0.0)[0] is after
    assert after.refused is None


def test_a_line_is_waited_for_while_a_snapshot_holds_one() -> None:
    pacer = lines(quotes(1), quotes(2, snapshot=True))
    waiting = ticket_of(*quotes(3), Pacing())
    pacer.put(waiting)
    assert pacer.next(0.0) == (None, math.inf)
    pacer.ended(2)
    assert pacer.next(1.0) == (waiting, 1.0)


def test_the_same_id_holds_one_line() -> None:
    pacer = lines(quotes(1), quotes(2))
    again = ticket_of(*quotes(2), Pacing())
    pacer.put(again)
    assert pacer.next(0.0)[0] is again
    assert again.refused is None


# --- what a request counts for ---


def test_each_request_has_a_ticket_of_its_conversation() -> None:
    for name, entries in CONVERSATIONS.items():
        if name not in REQUESTS:
            continue
        plain = next(entry for entry in entries if entry.when is None)
        ticket = ticket_of(name, tuple(None for _ in REQUESTS[name].arguments), Pacing())
        assert ticket.rate is plain.rate, name
        without_id = ("cancelPositions", "cancelNewsBulletins")  # they follow what they cancel
        is_cancel = name.startswith("cancel") and name not in without_id
        is_first = is_cancel or plain.rate is Rate.ORDER or name == "unsubscribeFromGroupEvents"
        assert ticket.first is is_first, name


@pytest.mark.parametrize("arguments", [(), (object(),), ("x", 1, 2), (None,) * 20])
def test_whatever_is_asked_has_a_ticket(arguments: tuple[object, ...]) -> None:
    assert ticket_of("reqHistoricalData", arguments, Pacing()).name == "reqHistoricalData"
    assert ticket_of("reqMktData", arguments, Pacing()).name == "reqMktData"


def test_what_is_open_of_history() -> None:
    assert ticket_of(*history(1), Pacing()).slot is Slot.HISTORY
    bars = "reqRealTimeBars", (1, stock(), 5, "TRADES", False, [])
    assert ticket_of(*bars, Pacing()).slot is None
    assert len(ticket_of(*bars, Pacing()).keys) == len(HISTORY_RULES)


def test_bad_settings_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match="messages: a whole number from 0 on is expected, not -1"):
        Pacing(messages=-1)
    with pytest.raises(ValueError, match="open_histories"):
        Pacing(open_histories=0)
    with pytest.raises(ValueError, match="lines"):
        Pacing(lines=True)
    with pytest.raises(ValueError, match="history: 'small'"):
        Pacing(history="some")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="above 0"):
        Pacing(history_rules=(Rule("none", 0, 1, Per.ALL),))


# --- what is told ---


def test_the_forecast_is_when_the_last_one_goes() -> None:
    asked = [history(n, f"S{n}") for n in range(130)]
    pacing = Pacing(open_histories=1000)
    pacer = Pacer(pacing)
    for request in asked:
        pacer.put(ticket_of(*request, pacing))
    assert abs(pacer.forecast(0.0) - sent(asked, pacing)[-1][0]) < 5


def test_texts() -> None:
    assert [duration(each) for each in (0.2, 59, 583, 4000)] == [
        "1 s",
        "59 s",
        "9 min 43 s",
        "1 h 6 min",
    ]
    assert str(Progress("history", 60, 40, 583)) == (
        "history requests: 60 of 100 are sent, the rest within 9 min 43 s"
    )
