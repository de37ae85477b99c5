"""Accounts: values, portfolio, positions, profit and loss, summaries, and what advisors
configure.
"""

from __future__ import annotations

from ....common import FamilyCode
from ....const import UNSET_DOUBLE
from ....message import IN, OUT
from ....softdollartier import SoftDollarTier
from ..nodes import (
    Call,
    Fixed,
    Gate,
    Incoming,
    MessageVersion,
    Pb,
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

PNL_PARTS = (
    FLOAT("unrealizedPnL", since=v.UNREALIZED_PNL, default=None, absent=UNSET_DOUBLE),
    FLOAT("realizedPnL", since=v.REALIZED_PNL, default=None, absent=UNSET_DOUBLE),
)

MESSAGES: tuple[Incoming, ...] = (
    incoming(
        "managedAccounts", IN.MANAGED_ACCTS, MessageVersion(1), *escaped("accountsList"),
        pb=Pb("ManagedAccounts", v.PROTOBUF_ACCOUNTS_POSITIONS)
    ),
    incoming(
        "updateAccountValue", IN.ACCT_VALUE, MessageVersion(2),
        *escaped("key"), *escaped("val", pb="value"), *escaped("currency"), *escaped("accountName"),
        pb=Pb("AccountValue", v.PROTOBUF_ACCOUNTS_POSITIONS, callback="updateAccountValueProtoBuf"),
    ),
    incoming(
        "updatePortfolio", IN.PORTFOLIO_VALUE, MessageVersion(8), *contract_head(),
        *since_message_version(7, *many(STR, "contract", "multiplier primaryExchange")),
        *many(STR, "contract", "currency localSymbol"),
        STR("contract.tradingClass", message_version=8), DECIMAL("position"),
        *many(FLOAT, "", "marketPrice marketValue averageCost unrealizedPNL realizedPNL", absent=0),
        STR("accountName"), classes=CLASSES,
        pb=Pb("PortfolioValue", v.PROTOBUF_ACCOUNTS_POSITIONS, callback="updatePortfolioProtoBuf"),
    ),
    incoming(
        "updateAccountTime", IN.ACCT_UPDATE_TIME, MessageVersion(1), *escaped("timeStamp"),
        pb=Pb(
            "AccountUpdateTime", v.PROTOBUF_ACCOUNTS_POSITIONS, callback="updateAccountTimeProtoBuf"
        )
    ),
    incoming(
        "accountDownloadEnd", IN.ACCT_DOWNLOAD_END, MessageVersion(1), *escaped("accountName"),
        pb=Pb("AccountDataEnd", v.PROTOBUF_ACCOUNTS_POSITIONS),
    ),
    incoming(
        "position", IN.POSITION_DATA, MessageVersion(3), STR("account"), *contract_head(),
        *many(STR, "contract", "multiplier exchange currency localSymbol"),
        STR("contract.tradingClass", message_version=2), DECIMAL("position"),
        FLOAT("avgCost", message_version=3, default=0.0, absent=0), classes=CLASSES,
        pb=Pb("Position", v.PROTOBUF_ACCOUNTS_POSITIONS),
    ),
    incoming(
        "positionEnd", IN.POSITION_END, MessageVersion(1),
        pb=Pb("PositionEnd", v.PROTOBUF_ACCOUNTS_POSITIONS)
    ),
    incoming(
        "positionMulti", IN.POSITION_MULTI, MessageVersion(1), INT("reqId"), STR("account"),
        *contract_head(),
        *many(STR, "contract", "multiplier exchange currency localSymbol tradingClass"),
        DECIMAL("pos", pb="position"), FLOAT("avgCost", absent=0), STR("modelCode"),
        calls=(Call("positionMulti", "reqId, account, modelCode, contract, pos, avgCost"),),
        classes=CLASSES, pb=Pb("PositionMulti", v.PROTOBUF_ACCOUNTS_POSITIONS),
    ),
    incoming(
        "positionMultiEnd", IN.POSITION_MULTI_END, MessageVersion(1), INT("reqId"),
        pb=Pb("PositionMultiEnd", v.PROTOBUF_ACCOUNTS_POSITIONS)
    ),
    incoming(
        "accountSummary", IN.ACCOUNT_SUMMARY, MessageVersion(1), INT("reqId"),
        *(f for n in ("account", "tag", "value", "currency") for f in escaped(n)),
        pb=Pb("AccountSummary", v.PROTOBUF_ACCOUNTS_POSITIONS),
    ),
    incoming(
        "accountSummaryEnd", IN.ACCOUNT_SUMMARY_END, MessageVersion(1), INT("reqId"),
        pb=Pb("AccountSummaryEnd", v.PROTOBUF_ACCOUNTS_POSITIONS)
    ),
    incoming(
        "accountUpdateMulti", IN.ACCOUNT_UPDATE_MULTI, MessageVersion(1), INT("reqId"),
        *(f for n in ("account", "modelCode", "key", "value", "currency") for f in escaped(n)),
        pb=Pb("AccountUpdateMulti", v.PROTOBUF_ACCOUNTS_POSITIONS),
    ),
    incoming(
        "accountUpdateMultiEnd", IN.ACCOUNT_UPDATE_MULTI_END, MessageVersion(1), INT("reqId"),
        pb=Pb("AccountUpdateMultiEnd", v.PROTOBUF_ACCOUNTS_POSITIONS)
    ),
    incoming(
        "pnl", IN.PNL, INT("reqId"), FLOAT("dailyPnL", absent=UNSET_DOUBLE), *PNL_PARTS,
        pb=Pb("PnL", v.PROTOBUF_SCAN_DATA, callback="pnlProtoBuf"),
    ),
    incoming(
        "pnlSingle", IN.PNL_SINGLE, INT("reqId"), DECIMAL("pos", pb="position"),
        FLOAT("dailyPnL", absent=UNSET_DOUBLE), *PNL_PARTS, FLOAT("value", absent=UNSET_DOUBLE),
        pb=Pb("PnLSingle", v.PROTOBUF_SCAN_DATA, callback="pnlSingleProtoBuf"),
    ),
    incoming(
        "receiveFA", IN.RECEIVE_FA, MessageVersion(1), INT("faData", pb="faDataType"),
        *escaped("cxml", pb="xml"), pb=Pb("ReceiveFA", v.PROTOBUF_REST_MESSAGES_1),
    ),
    incoming(
        "replaceFAEnd", IN.REPLACE_FA_END, INT("reqId"), STR("text"),
        pb=Pb("ReplaceFAEnd", v.PROTOBUF_REST_MESSAGES_1)
    ),
    incoming(
        "familyCodes", IN.FAMILY_CODES,
        Repeated("familyCodes", Row(FamilyCode, many(STR, "", "accountID familyCodeStr"))),
        pb=Pb("FamilyCodes", v.PROTOBUF_REST_MESSAGES_2),
    ),
    incoming(
        "softDollarTiers", IN.SOFT_DOLLAR_TIERS, INT("reqId"),
        Repeated(
            "tiers", Row(SoftDollarTier, many(STR, "", "name val displayName")),
            pb="softDollarTiers"
        ),
        pb=Pb("SoftDollarTiers", v.PROTOBUF_REST_MESSAGES_2),
    ),
    incoming(
        "userInfo", IN.USER_INFO, INT("reqId"), STR("whiteBrandingId"),
        pb=Pb("UserInfo", v.PROTOBUF_REST_MESSAGES_2)
    ),
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
        STR("acctCode"), pb=Pb("AccountDataRequest", v.PROTOBUF_ACCOUNTS_POSITIONS),
    ),
    request(
        "reqAccountSummary", OUT.REQ_ACCOUNT_SUMMARY, "reqId groupName tags", Fixed("1"),
        INT("reqId"), STR("groupName", pb="group"), STR("tags"),
        pb=Pb("AccountSummaryRequest", v.PROTOBUF_ACCOUNTS_POSITIONS),
    ),
    request(
        "cancelAccountSummary", OUT.CANCEL_ACCOUNT_SUMMARY, "reqId", Fixed("1"), INT("reqId"),
        pb=Pb("CancelAccountSummary", v.PROTOBUF_ACCOUNTS_POSITIONS)
    ),
    request(
        "reqPositions", OUT.REQ_POSITIONS, "", Fixed("1"),
        pb=Pb("PositionsRequest", v.PROTOBUF_ACCOUNTS_POSITIONS)
    ),
    request(
        "cancelPositions", OUT.CANCEL_POSITIONS, "", Fixed("1"),
        pb=Pb("CancelPositions", v.PROTOBUF_ACCOUNTS_POSITIONS)
    ),
    request(
        "reqPositionsMulti", OUT.REQ_POSITIONS_MULTI, "reqId account modelCode", Fixed("1"),
        INT("reqId"), *many(STR, "", "account modelCode"),
        since=v.MODELS_SUPPORT, needs="positions multi request",
        pb=Pb("PositionsMultiRequest", v.PROTOBUF_ACCOUNTS_POSITIONS),
    ),
    request(
        "cancelPositionsMulti", OUT.CANCEL_POSITIONS_MULTI, "reqId", Fixed("1"), INT("reqId"),
        since=v.MODELS_SUPPORT, needs="cancel positions multi request",
        pb=Pb("CancelPositionsMulti", v.PROTOBUF_ACCOUNTS_POSITIONS),
    ),
    request(
        "reqAccountUpdatesMulti", OUT.REQ_ACCOUNT_UPDATES_MULTI,
        "reqId account modelCode ledgerAndNLV", Fixed("1"), INT("reqId"),
        *many(STR, "", "account modelCode"), BOOL("ledgerAndNLV"), since=v.MODELS_SUPPORT,
        needs="account updates multi request",
        pb=Pb("AccountUpdatesMultiRequest", v.PROTOBUF_ACCOUNTS_POSITIONS),
    ),
    request(
        "cancelAccountUpdatesMulti", OUT.CANCEL_ACCOUNT_UPDATES_MULTI, "reqId", Fixed("1"),
        INT("reqId"), since=v.MODELS_SUPPORT, needs="cancel account updates multi request",
        pb=Pb("CancelAccountUpdatesMulti", v.PROTOBUF_ACCOUNTS_POSITIONS),
    ),
    request(
        "reqPnL", OUT.REQ_PNL, "reqId account modelCode", INT("reqId"),
        *many(STR, "", "account modelCode"), since=v.PNL, needs="PnL request",
        pb=Pb("PnLRequest", v.PROTOBUF_SCAN_DATA),
    ),
    request(
        "cancelPnL", OUT.CANCEL_PNL, "reqId", INT("reqId"), since=v.PNL, needs="PnL request",
        pb=Pb("CancelPnL", v.PROTOBUF_SCAN_DATA)
    ),
    request(
        "reqPnLSingle", OUT.REQ_PNL_SINGLE, "reqId account modelCode conid", INT("reqId"),
        *many(STR, "", "account modelCode"), INT("conid", pb="conId"), since=v.PNL,
        needs="PnL request", pb=Pb("PnLSingleRequest", v.PROTOBUF_SCAN_DATA),
    ),
    request(
        "cancelPnLSingle", OUT.CANCEL_PNL_SINGLE, "reqId", INT("reqId"), since=v.PNL,
        needs="PnL request", pb=Pb("CancelPnLSingle", v.PROTOBUF_SCAN_DATA),
    ),
    request(
        "reqManagedAccts", OUT.REQ_MANAGED_ACCTS, "", Fixed("1"),
        pb=Pb("ManagedAccountsRequest", v.PROTOBUF_ACCOUNTS_POSITIONS)
    ),
    request(
        "requestFA", OUT.REQ_FA, "faData", Fixed("1"), INT("faData", pb="faDataType"),
        gates=FA_PROFILE_GATES, pb=Pb("FARequest", v.PROTOBUF_REST_MESSAGES_1),
    ),
    request(
        "replaceFA", OUT.REPLACE_FA, "reqId faData cxml", Fixed("1"),
        INT("faData", pb="faDataType"), BLOCK("cxml", pb="xml"),
        INT("reqId", since=v.REPLACE_FA_END), gates=FA_PROFILE_GATES,
        pb=Pb("FAReplace", v.PROTOBUF_REST_MESSAGES_1),
    ),
    request(
        "reqFamilyCodes", OUT.REQ_FAMILY_CODES, "", since=v.REQ_FAMILY_CODES,
        needs="family codes request", pb=Pb("FamilyCodesRequest", v.PROTOBUF_REST_MESSAGES_2),
    ),
    request(
        "reqSoftDollarTiers", OUT.REQ_SOFT_DOLLAR_TIERS, "reqId", INT("reqId"),
        pb=Pb("SoftDollarTiersRequest", v.PROTOBUF_REST_MESSAGES_2)
    ),
    request(
        "reqUserInfo", OUT.REQ_USER_INFO, "reqId", INT("reqId"), since=v.USER_INFO,
        needs="user info requests", pb=Pb("UserInfoRequest", v.PROTOBUF_REST_MESSAGES_2),
    ),
)  # fmt: skip
