"""Accounts, positions, profit and loss, executions."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from starlette.responses import Response

from ..account_summary_tags import AccountSummaryTags
from ..commission_and_fees_report import CommissionAndFeesReport
from ..contract import Contract
from ..execution import Execution, ExecutionFilter
from ..ib import AsyncIB
from ..ib.rows import AccountValue, PnL, PnLSingle, Position
from .asking import Warning_, asks
from .calls import Call, Route, json
from .channels import CHANNELS, Channel, Table
from .connection import Connection, is_advisors, ready_ib
from .desk import account_value, execution_row, position_row, updates_answer
from .parameters import Parameter, fields_of
from .problems import Problem
from .streaming import ATOM, SSE, channel_answer, own_answer, stream_of
from .structs import dict_of, envelope, list_of

TAGS = tuple(sorted(value for value in AccountSummaryTags.AllTags.split(",") if value))
ACCOUNT = Parameter("account", str, "", "one account")
MODEL = Parameter("modelCode", str, "", "a model of an advisor's")

# --- the login's accounts ---


async def get_account(call: Call) -> Response:
    """Return the accounts of the login."""
    accounts = ready_ib(call.context.pool.orders).accounts()
    return json({"managedAccounts": accounts,
                 "FA": any(map(is_advisors, accounts))})  # fmt: skip


# --- values and portfolio ---

ACCT = (Parameter("acctCode", str, None, "which account; without it the login's first one"),
        ACCOUNT)  # fmt: skip
AccountRow = envelope("AccountRow", key=str, value=str, currency=str, accountName=str)
PortfolioRow = envelope(
    "PortfolioRow", contract=Contract, position=float, marketPrice=float, marketValue=float,
    averageCost=float, unrealizedPNL=float, realizedPNL=float, accountName=str,
)  # fmt: skip
Updates = envelope(
    "AccountUpdates", accountDownloadEnd=bool, updateAccountTime=str,
    updateAccountValue=dict_of(AccountRow | list_of(AccountRow)),
    updatePortfolio=list_of(PortfolioRow), stale=bool, age=float,
)  # fmt: skip


async def get_updates(call: Call) -> Any:
    """Return the values and the portfolio of an account."""
    values = call.values()
    account = values["acctCode"] or values["account"]
    connection = call.context.pool.orders
    first = connection.kept_account
    if account:
        known_account(call, "acctCode", account)
    if call.accepts(SSE) or call.accepts(ATOM):
        if account in ("", first):
            return await own_answer(call, call.context.of_account("account/updates", account))
        return await _stream_of_another(call, account)
    ib = ready_ib(connection)
    account = account or first
    if account != first:
        made = await _another(call, connection, ib, account)
    else:  # it is kept in step, and TWS sends it anew every three minutes
        made = updates_answer(ib.accountValues(account), ib.portfolio(account))
    stamp = time.strftime("%H:%M", time.localtime())
    head: dict[str, Any] = {"accountDownloadEnd": True, "updateAccountTime": stamp}
    if not connection.upstream:
        head["stale"] = True
    return json({**head, **made})


async def _another(call: Call, connection: Connection, ib: AsyncIB, account: str) -> dict[str, Any]:
    """Fetch another account's values: TWS tells of one at a time, so the one that is kept is asked
    for again after it.
    """
    await connection.accounts_lock.acquire()
    try:
        await connection.account_updates(account, call.timeout)
        return updates_answer(ib.accountValues(account), ib.portfolio(account))
    finally:
        call.context.run(connection.back_to_account())


OTHER = Channel(
    "account/updates/other",
    "reqAccountUpdatesMulti",
    lambda values: Table(
        {"accountUpdateMulti": account_value}, "accountUpdateMultiEnd", "updateAccountValue",
        lambda row: (row["key"], row["currency"]),
    ),
    lambda values: (values["account"], "", False),
)  # fmt: skip


async def _stream_of_another(call: Call, account: str) -> Any:
    """Return the stream of another account than the one that is kept in step: TWS tells its values
    as they change, and its positions, without their value.
    """
    values = await call.context.topic(OTHER, {"account": account})
    if call.accepts(ATOM):
        return await own_answer(call, values)
    return stream_of(call, values, call.context.of_account("account/positions", account))


def known_account(call: Call, name: str, account: str) -> None:
    """Refuse an account that is none of the login's. Problem (404)."""
    known = call.context.pool.orders.ib.accounts()
    if known and account not in known:
        raise Problem(404, f"{name}: {account} is none of the login's accounts",
                      parameter=name, accounts=known)  # fmt: skip


# --- summary ---

SUMMARY = (
    Parameter("tag", str, (), "a tag; repeatable", many=True),
    Parameter("tags", str, (), "tags joined by commas", many=True),
    Parameter("group", str, "All", "a group of accounts"),
)
TagValues = envelope("TagValues", value=str, currency=str)
Summary = envelope(
    "AccountSummary", accountSummaryEnd=bool,
    accounts=dict_of(dict_of(TagValues | list_of(TagValues))),
)  # fmt: skip


async def get_summary(call: Call) -> Any:
    """Return tags of all accounts."""
    values = call.values()
    tags = list(dict.fromkeys([*values["tag"], *values["tags"]]))
    unknown = [tag for tag in tags if tag not in TAGS and not tag.startswith("$LEDGER")]
    if not tags or unknown:
        what = f"{', '.join(unknown)}: there is no such tag" if unknown else "tags: it is missing"
        raise Problem(400, f"{what}; known are {', '.join(TAGS)}", parameter="tags",
                      message={"tags": unknown or "is missing"})  # fmt: skip
    wanted = {"tags": ",".join(tags), "groupName": values["group"]}
    if call.accepts(SSE) or call.accepts(ATOM):
        return await channel_answer(call, CHANNELS["account/summary"], wanted)
    rows: list[AccountValue] = await call.ask("reqAccountSummary", wanted)
    accounts: dict[str, dict[str, Any]] = {}
    for row in rows:
        one = {"value": row.value, "currency": row.currency}
        of_account = accounts.setdefault(row.account, {})
        before = of_account.get(row.tag)
        if before is None:
            of_account[row.tag] = one
        else:
            of_account[row.tag] = [*(before if isinstance(before, list) else [before]), one]
    return json({"accountSummaryEnd": True, "accounts": accounts})


# --- positions, profit and loss ---

PositionRow = envelope(
    "PositionRow", account=str, contract=Contract, pos=float, avgCost=float, modelCode=str
)
Positions = envelope(
    "Positions",
    positionEnd=bool,
    positions=list_of(PositionRow),
    stale=bool,
)


async def get_positions(call: Call) -> Any:
    """Return what is held."""
    values = call.values()
    account, model = values["account"], values["modelCode"]
    if account:
        known_account(call, "account", account)
    if call.accepts(SSE) or call.accepts(ATOM):
        return await own_answer(call, call.context.of_account("account/positions", account))
    connection = call.context.pool.orders
    rows: list[Position]
    if model:
        asked = {"account": account, "modelCode": model}
        rows = await call.ask("reqPositionsMulti", asked)
        made = [{**position_row(row), "modelCode": row.modelCode} for row in rows]
    else:
        rows = ready_ib(connection).positions(account)
        made = [position_row(row) for row in rows]
    head: dict[str, Any] = {"positionEnd": True}
    if not connection.upstream:
        head["stale"] = True
    return json({**head, "positions": made})


PnLAnswer = envelope("PnLAnswer", pnl=PnL | PnLSingle | None, age=float, stale=bool,
                     warnings=list_of(Warning_))  # fmt: skip


async def get_pnl(call: Call) -> Any:
    """Return the profit and loss of an account, or of one position."""
    values = call.values()
    con_id = values.pop("conId")
    if not values["account"]:
        ready_ib(call.context.pool.orders)
        values["account"] = call.context.pool.orders.kept_account
    channel = "account/pnl"
    if con_id:
        channel, values["conId"] = "account/pnl/single", con_id
    return await channel_answer(call, CHANNELS[channel], values)


# --- executions ---

FILTER = (
    Parameter("acctCode", str, "", "the account"),
    Parameter("execId", str, None, "one execution"),
    *(each for each in fields_of(ExecutionFilter) if each.name != "acctCode"),
)
Executions = envelope(
    "Executions", execDetailsEnd=bool,
    execDetails=list_of(envelope("ExecutionRow", contract=Contract, execution=Execution,
                              commissionReport=CommissionAndFeesReport)),
)  # fmt: skip
COMMISSION_WAIT = 1.0


async def get_executions(call: Call) -> Any:
    """Return the day's executions that fit, with their commissions."""
    values = call.values()
    # the filter's own name for this parameter of all routes
    client_id = call.query.pop("clientId", None)
    if call.accepts(SSE) or call.accepts(ATOM):
        return await own_answer(call, call.context.own("executions"))
    wanted = ExecutionFilter()
    for name, value in values.items():
        if value not in (None, "") and name != "execId":
            setattr(wanted, name, value)
    if client_id:
        wanted.clientId = int(client_id[0])
    connection = call.context.pool.orders
    found = await call.ask("reqExecutions", {"execFilter": wanted}, connection)
    if values["execId"]:
        found = [fill for fill in found if fill.execution.execId == values["execId"]]
    return json({"execDetailsEnd": True, "execDetails": await _with_commissions(call, found)})


async def _with_commissions(call: Call, found: list[Any]) -> list[dict[str, Any]]:
    """Return executions with their commissions, which come a moment after them."""
    ib = ready_ib(call.context.pool.orders)
    wanted = {fill.execution.execId for fill in found}
    end = time.monotonic() + COMMISSION_WAIT
    while True:
        known = {fill.execution.execId: fill for fill in ib.fills()}
        rows = [known.get(fill.execution.execId, fill) for fill in found]
        whole = all(known[each].commission for each in wanted if each in known)
        if whole or time.monotonic() > end:
            return [execution_row(row) for row in rows]
        await asyncio.sleep(0.01)


async def get_commissions(call: Call) -> Response:
    """Return the commissions of executions."""
    wanted = call.values()["execId"]
    found = await call.ask("reqExecutions", {"execFilter": ExecutionFilter()},
                           call.context.pool.orders)  # fmt: skip
    rows = await _with_commissions(call, found)
    reports = [row["commissionReport"] for row in rows if "commissionReport" in row]
    if wanted:
        reports = [each for each in reports if each.execId == wanted]
    return json({"commissionReport": reports})


ROUTES: list[Route] = [
    Route("/account", "GET", get_account, "the login's accounts",
          answer=envelope("Accounts", managedAccounts=list[str], FA=bool)),
    *(Route(path, "GET", get_updates, "values and portfolio", "read", ACCT, Updates, stream=True,
            media=(SSE, ATOM), hidden=path == "/account/update")
      for path in ("/account/updates", "/account/update")),
    Route("/account/summary", "GET", get_summary, "tags of all accounts", "read", SUMMARY, Summary,
          stream=True, media=(SSE, ATOM)),
    Route("/account/positions", "GET", get_positions, "what is held", "read", (ACCOUNT, MODEL),
          Positions, stream=True, media=(SSE, ATOM)),
    Route("/account/pnl", "GET", get_pnl, "profit and loss", "read",
          (ACCOUNT, MODEL, Parameter("conId", int, 0, "one position")), PnLAnswer, stream=True,
          media=(SSE, ATOM)),
    asks("/account/family", "reqFamilyCodes", "family codes", "familyCodes"),
    Route("/executions", "GET", get_executions, "the day's executions", "read", FILTER, Executions,
          stream=True, media=(SSE, ATOM)),
    Route("/executions/commissions", "GET", get_commissions, "commissions", "read",
          (Parameter("execId", str, "", "one execution"),),
          envelope("Commissions", commissionReport=list[CommissionAndFeesReport])),
]  # fmt: skip

__all__ = ["ROUTES", "TAGS"]
