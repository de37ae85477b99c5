"""Accounts: values, portfolio, positions, profit and loss, summaries, and what advisors
configure.
"""

from __future__ import annotations

from ....common import FamilyCode
from ....message import IN, OUT
from ....softdollartier import SoftDollarTier
from ..nodes import (
    Call,
    Fixed,
    Gate,
    Incoming,
    MessageVersion,
    Repeated,
    Request,
    Row,
    incoming,
    many,
    request,
    since_message_version,
)
from ..shared_fields import (
    BLOCK,
    BOOL,
    CLASSES,
    DECIMAL,
    FLOAT,
    INT,
    STR,
    contract_head,
    escaped,
    v,
)

MESSAGES: tuple[Incoming, ...] = (
    incoming("managedAccounts", IN.MANAGED_ACCTS, MessageVersion(1), *escaped("accountsList")),
    incoming(
        "updateAccountValue", IN.ACCT_VALUE, MessageVersion(2),
        *(f for n in ("key", "val", "currency", "accountName") for f in escaped(n))
    ),
    incoming(
        "updatePortfolio", IN.PORTFOLIO_VALUE, MessageVersion(8), *contract_head(),
        *since_message_version(7, *many(STR, "contract", "multiplier primaryExchange")),
        *many(STR, "contract", "currency localSymbol"),
        STR("contract.tradingClass", message_version=8), DECIMAL("position"),
        *many(FLOAT, "", "marketPrice marketValue averageCost unrealizedPNL realizedPNL"),
        STR("accountName"), classes=CLASSES,
    ),
    incoming("updateAccountTime", IN.ACCT_UPDATE_TIME, MessageVersion(1), *escaped("timeStamp")),
    incoming(
        "accountDownloadEnd", IN.ACCT_DOWNLOAD_END, MessageVersion(1), *escaped("accountName")
    ),
    incoming(
        "position", IN.POSITION_DATA, MessageVersion(3), STR("account"), *contract_head(),
        *many(STR, "contract", "multiplier exchange currency localSymbol"),
        STR("contract.tradingClass", message_version=2), DECIMAL("position"),
        FLOAT("avgCost", message_version=3, default=0.0), classes=CLASSES,
    ),
    incoming("positionEnd", IN.POSITION_END, MessageVersion(1)),
    incoming(
        "positionMulti", IN.POSITION_MULTI, MessageVersion(1), INT("reqId"), STR("account"),
        *contract_head(),
        *many(STR, "contract", "multiplier exchange currency localSymbol tradingClass"),
        DECIMAL("pos"), FLOAT("avgCost"), STR("modelCode"),
        calls=(Call("positionMulti", "reqId, account, modelCode, contract, pos, avgCost"),),
        classes=CLASSES,
    ),
    incoming("positionMultiEnd", IN.POSITION_MULTI_END, MessageVersion(1), INT("reqId")),
    incoming(
        "accountSummary", IN.ACCOUNT_SUMMARY, MessageVersion(1), INT("reqId"),
        *(f for n in ("account", "tag", "value", "currency") for f in escaped(n)),
    ),
    incoming("accountSummaryEnd", IN.ACCOUNT_SUMMARY_END, MessageVersion(1), INT("reqId")),
    incoming(
        "accountUpdateMulti", IN.ACCOUNT_UPDATE_MULTI, MessageVersion(1), INT("reqId"),
        *(f for n in ("account", "modelCode", "key", "value", "currency") for f in escaped(n)),
    ),
    incoming("accountUpdateMultiEnd", IN.ACCOUNT_UPDATE_MULTI_END, MessageVersion(1), INT("reqId")),
    incoming(
        "pnl", IN.PNL, INT("reqId"), FLOAT("dailyPnL"),
        FLOAT("unrealizedPnL", since=v.UNREALIZED_PNL, default=None),
        FLOAT("realizedPnL", since=v.REALIZED_PNL, default=None),
    ),
    incoming(
        "pnlSingle", IN.PNL_SINGLE, INT("reqId"), DECIMAL("pos"), FLOAT("dailyPnL"),
        FLOAT("unrealizedPnL", since=v.UNREALIZED_PNL, default=None),
        FLOAT("realizedPnL", since=v.REALIZED_PNL, default=None), FLOAT("value"),
    ),
    incoming("receiveFA", IN.RECEIVE_FA, MessageVersion(1), INT("faData"), *escaped("cxml")),
    incoming("replaceFAEnd", IN.REPLACE_FA_END, INT("reqId"), STR("text")),
    incoming(
        "familyCodes", IN.FAMILY_CODES,
        Repeated("familyCodes", Row(FamilyCode, many(STR, "", "accountID familyCodeStr")))
    ),
    incoming(
        "softDollarTiers", IN.SOFT_DOLLAR_TIERS, INT("reqId"),
        Repeated("tiers", Row(SoftDollarTier, many(STR, "", "name val displayName"))),
    ),
    incoming("userInfo", IN.USER_INFO, INT("reqId"), STR("whiteBrandingId")),
)  # fmt: skip

FA_PROFILE = "FA Profile is not supported anymore, use FA Group instead - "
# As Protocol Buffers the request goes to TWS, as with IB's clients: its answer says why not.
FA_PROFILE_GATES = (
    Gate(
        "faData == 2",
        FA_PROFILE,
        since=v.FA_PROFILE_DESUPPORT,
        below=v.PROTOBUF_REST_MESSAGES_1,
        code=585,
    ),
)
REQUESTS: tuple[Request, ...] = (
    request(
        "reqAccountUpdates", OUT.REQ_ACCT_DATA, "subscribe acctCode", Fixed("2"), BOOL("subscribe"),
        STR("acctCode")
    ),
    request(
        "reqAccountSummary", OUT.REQ_ACCOUNT_SUMMARY, "reqId groupName tags", Fixed("1"),
        INT("reqId"), *many(STR, "", "groupName tags")
    ),
    request("cancelAccountSummary", OUT.CANCEL_ACCOUNT_SUMMARY, "reqId", Fixed("1"), INT("reqId")),
    request("reqPositions", OUT.REQ_POSITIONS, "", Fixed("1")),
    request("cancelPositions", OUT.CANCEL_POSITIONS, "", Fixed("1")),
    request(
        "reqPositionsMulti", OUT.REQ_POSITIONS_MULTI, "reqId account modelCode", Fixed("1"),
        INT("reqId"), *many(STR, "", "account modelCode"),
        since=v.MODELS_SUPPORT, needs="positions multi request",
    ),
    request(
        "cancelPositionsMulti", OUT.CANCEL_POSITIONS_MULTI, "reqId", Fixed("1"), INT("reqId"),
        since=v.MODELS_SUPPORT, needs="cancel positions multi request",
    ),
    request(
        "reqAccountUpdatesMulti", OUT.REQ_ACCOUNT_UPDATES_MULTI,
        "reqId account modelCode ledgerAndNLV", Fixed("1"), INT("reqId"),
        *many(STR, "", "account modelCode"), BOOL("ledgerAndNLV"), since=v.MODELS_SUPPORT,
        needs="account updates multi request",
    ),
    request(
        "cancelAccountUpdatesMulti", OUT.CANCEL_ACCOUNT_UPDATES_MULTI, "reqId", Fixed("1"),
        INT("reqId"),
        since=v.MODELS_SUPPORT, needs="cancel account updates multi request",
    ),
    request(
        "reqPnL", OUT.REQ_PNL, "reqId account modelCode", INT("reqId"),
        *many(STR, "", "account modelCode"), since=v.PNL, needs="PnL request"
    ),
    request("cancelPnL", OUT.CANCEL_PNL, "reqId", INT("reqId"), since=v.PNL, needs="PnL request"),
    request(
        "reqPnLSingle", OUT.REQ_PNL_SINGLE, "reqId account modelCode conid", INT("reqId"),
        *many(STR, "", "account modelCode"), INT("conid"),
        since=v.PNL, needs="PnL request",
    ),
    request(
        "cancelPnLSingle", OUT.CANCEL_PNL_SINGLE, "reqId", INT("reqId"), since=v.PNL,
        needs="PnL request"
    ),
    request("reqManagedAccts", OUT.REQ_MANAGED_ACCTS, "", Fixed("1")),
    request(
        "requestFA", OUT.REQ_FA, "faData", Fixed("1"), INT("faData"),
        gates=FA_PROFILE_GATES,
    ),
    request(
        "replaceFA", OUT.REPLACE_FA, "reqId faData cxml", Fixed("1"), INT("faData"), BLOCK("cxml"),
        INT("reqId", since=v.REPLACE_FA_END),
        gates=FA_PROFILE_GATES,
    ),
    request(
        "reqFamilyCodes", OUT.REQ_FAMILY_CODES, "", since=v.REQ_FAMILY_CODES,
        needs="family codes request"
    ),
    request("reqSoftDollarTiers", OUT.REQ_SOFT_DOLLAR_TIERS, "reqId", INT("reqId")),
    request(
        "reqUserInfo", OUT.REQ_USER_INFO, "reqId", INT("reqId"), since=v.USER_INFO,
        needs="user info requests"
    ),
)  # fmt: skip
