"""What can be traded: contract details, symbol search, option chains, market rules."""

from __future__ import annotations

from ....common import PriceIncrement
from ....contract import ContractDescription, FundAssetType, FundDistributionPolicyIndicator
from ....ineligibility_reason import IneligibilityReason
from ....message import IN, OUT
from ..field_types import enum_by_code
from ..nodes import (
    Delimited,
    Fixed,
    Incoming,
    MessageVersion,
    Pb,
    Repeated,
    Request,
    Row,
    SubMessage,
    When,
    incoming,
    maker,
    many,
    request,
    since,
    since_message_version,
)
from ..shared_fields import (
    BOOL,
    CLASSES,
    CONTRACT_AFTER_EXCHANGE,
    CONTRACT_BEFORE_EXCHANGE,
    DECIMAL,
    FLOAT,
    INT,
    STR,
    escaped,
    tag_values,
    v,
)

D = "contractDetails"
C = "contractDetails.contract"
POLICY = maker(enum_by_code(FundDistributionPolicyIndicator))
ASSET_TYPE = maker(enum_by_code(FundAssetType, unread="000"))

SIZES = since(v.SIZE_RULES, *many(DECIMAL, D, "minSize sizeIncrement suggestedSizeIncrement"))
SIZE_MULTIPLIER = Fixed("'1'", since=v.MD_SIZE_MULTIPLIER, until=v.SIZE_RULES)
HOURS = many(STR, D, "timeZoneId tradingHours liquidHours")
EXPECTED_VALUE = (STR(f"{D}.evRule"), INT(f"{D}.evMultiplier"))

FUND = When(
    "contractDetails.contract.secType == 'FUND'",
    (
        *many(
            STR,
            D,
            "fundName fundFamily fundType fundFrontLoad fundBackLoad fundBackLoadTimeInterval "
            "fundManagementFee",
        ),
        *many(BOOL, D, "fundClosed fundClosedForNewInvestors fundClosedForNewMoney"),
        *many(STR, D, "fundNotifyAmount fundMinimumInitialPurchase fundSubsequentMinimumPurchase"),
        *many(STR, D, "fundBlueSkyStates fundBlueSkyTerritories"),
        POLICY(f"{D}.fundDistributionPolicyIndicator"),
        ASSET_TYPE(f"{D}.fundAssetType"),
    ),
    since=v.FUND_DATA_FIELDS,
)

SUB_CONTRACT = SubMessage(C, pb="contract")
EXPIRY = "contract.lastTradeDateOrContractMonth"  # with the time, and for bonds the zone

MESSAGES: tuple[Incoming, ...] = (
    incoming(
        "contractDetails", IN.CONTRACT_DATA, MessageVersion(8, until=v.SIZE_RULES),
        INT("reqId", message_version=3, default=-1), SUB_CONTRACT, *many(STR, C, "symbol secType"),
        Delimited((f"{C}.lastTradeDateOrContractMonth", f"{D}.lastTradeTime"), pb=EXPIRY),
        STR(f"{C}.lastTradeDate", since=v.LAST_TRADE_DATE, pb="contract."), FLOAT(f"{C}.strike"),
        *many(STR, C, "right exchange currency localSymbol"), STR(f"{D}.marketName"),
        STR(f"{C}.tradingClass"), INT(f"{C}.conId"), FLOAT(f"{D}.minTick"), SIZE_MULTIPLIER,
        STR(f"{C}.multiplier"), *many(STR, D, "orderTypes validExchanges"),
        INT(f"{D}.priceMagnifier"), INT(f"{D}.underConId", message_version=4),
        *escaped(f"{D}.longName", message_version=5),
        STR(f"{C}.primaryExchange", message_version=5),
        *since_message_version(
            6, *many(STR, D, "contractMonth industry category subcategory"), *HOURS
        ),
        *since_message_version(8, *EXPECTED_VALUE), tag_values(f"{D}.secIdList", message_version=7),
        INT(f"{D}.aggGroup", since=v.AGG_GROUP),
        *many(STR, D, "underSymbol underSecType", since=v.UNDERLYING_INFO),
        STR(f"{D}.marketRuleIds", since=v.MARKET_RULES),
        STR(f"{D}.realExpirationDate", since=v.REAL_EXPIRATION_DATE),
        STR(f"{D}.stockType", since=v.STOCK_TYPE),
        Fixed("'1'", since=v.FRACTIONAL_SIZE_SUPPORT, until=v.SIZE_RULES), *SIZES, FUND,
        Repeated(
            f"{D}.ineligibilityReasonList",
            Row(IneligibilityReason, many(STR, "", "id_ description")),
            since=v.INELIGIBILITY_REASONS,
        ),
        classes=CLASSES, pb=Pb("ContractData", v.PROTOBUF_CONTRACT_DATA),
    ),
    incoming(
        "bondContractDetails", IN.BOND_CONTRACT_DATA, MessageVersion(6, until=v.SIZE_RULES),
        INT("reqId", message_version=3, default=-1), SUB_CONTRACT, *many(STR, C, "symbol secType"),
        STR(f"{D}.cusip"), FLOAT(f"{D}.coupon"),
        Delimited((f"{D}.maturity", f"{D}.lastTradeTime", f"{D}.timeZoneId"), pb=EXPIRY),
        *many(STR, D, "issueDate ratings bondType couponType"),
        *many(BOOL, D, "convertible callable putable"), STR(f"{D}.descAppend"),
        *many(STR, C, "exchange currency"), STR(f"{D}.marketName"), STR(f"{C}.tradingClass"),
        INT(f"{C}.conId"), FLOAT(f"{D}.minTick"), SIZE_MULTIPLIER,
        *many(STR, D, "orderTypes validExchanges nextOptionDate nextOptionType"),
        BOOL(f"{D}.nextOptionPartial"), STR(f"{D}.notes"), STR(f"{D}.longName", message_version=4),
        *since(v.BOND_TRADING_HOURS, *HOURS), *since_message_version(6, *EXPECTED_VALUE),
        tag_values(f"{D}.secIdList", message_version=5), INT(f"{D}.aggGroup", since=v.AGG_GROUP),
        STR(f"{D}.marketRuleIds", since=v.MARKET_RULES), *SIZES, classes=CLASSES,
        pb=Pb("ContractData", v.PROTOBUF_CONTRACT_DATA, callback="bondContractDataProtoBuf"),
    ),
    incoming(
        "contractDetailsEnd", IN.CONTRACT_DATA_END, MessageVersion(1), INT("reqId"),
        pb=Pb("ContractDataEnd", v.PROTOBUF_CONTRACT_DATA)
    ),
    incoming(
        "symbolSamples", IN.SYMBOL_SAMPLES, INT("reqId"),
        Repeated("contractDescriptions", Row(ContractDescription, (
            INT("contract.conId"),
            *many(STR, "contract", "symbol secType primaryExchange currency"),
            Repeated("derivativeSecTypes", Row(None, (STR(),))),
            *many(STR, "contract", "description issuerId", since=v.BOND_ISSUERID),
        ))),
        pb=Pb("SymbolSamples", v.PROTOBUF_REST_MESSAGES_2),
    ),
    incoming(
        "securityDefinitionOptionParameter", IN.SECURITY_DEFINITION_OPTION_PARAMETER, INT("reqId"),
        STR("exchange"), INT("underlyingConId"), *many(STR, "", "tradingClass multiplier"),
        Repeated("expirations", Row(None, (STR(),)), set),
        Repeated("strikes", Row(None, (FLOAT(),)), set),
        pb=Pb("SecDefOptParameter", v.PROTOBUF_REST_MESSAGES_2),
    ),
    incoming(
        "securityDefinitionOptionParameterEnd", IN.SECURITY_DEFINITION_OPTION_PARAMETER_END,
        INT("reqId"), pb=Pb("SecDefOptParameterEnd", v.PROTOBUF_REST_MESSAGES_2),
    ),
    incoming(
        "marketRule", IN.MARKET_RULE, INT("marketRuleId"),
        Repeated("priceIncrements", Row(PriceIncrement, many(FLOAT, "", "lowEdge increment"))),
        pb=Pb("MarketRule", v.PROTOBUF_REST_MESSAGES_2),
    ),
)  # fmt: skip

REQUESTS: tuple[Request, ...] = (
    request(
        "reqContractDetails", OUT.REQ_CONTRACT_DATA, "reqId contract", Fixed("8"), INT("reqId"),
        *CONTRACT_BEFORE_EXCHANGE, *many(STR, "contract", "exchange primaryExchange"),
        *CONTRACT_AFTER_EXCHANGE, BOOL("contract.includeExpired"),
        *many(STR, "contract", "secIdType secId"),
        STR(
            "contract.issuerId", since=v.BOND_ISSUERID,
            needs="issuerId parameter in reqContractDetails"
        ),
        classes=CLASSES, pb=Pb("ContractDataRequest", v.PROTOBUF_CONTRACT_DATA),
    ),
    request(
        "cancelContractData", OUT.CANCEL_CONTRACT_DATA, "reqId", INT("reqId"),
        since=v.CANCEL_CONTRACT_DATA, needs="contract data cancels", has_request_id=True,
        pb=Pb("CancelContractData", v.CANCEL_CONTRACT_DATA),
    ),
    request(
        "reqMatchingSymbols", OUT.REQ_MATCHING_SYMBOLS, "reqId pattern", INT("reqId"),
        STR("pattern"), since=v.REQ_MATCHING_SYMBOLS, needs="matching symbols request",
        pb=Pb("MatchingSymbolsRequest", v.PROTOBUF_REST_MESSAGES_2),
    ),
    request(
        "reqSecDefOptParams", OUT.REQ_SEC_DEF_OPT_PARAMS,
        "reqId underlyingSymbol futFopExchange underlyingSecType underlyingConId", INT("reqId"),
        *many(STR, "", "underlyingSymbol futFopExchange underlyingSecType"), INT("underlyingConId"),
        since=v.SEC_DEF_OPT_PARAMS_REQ, needs="security definition option request",
        pb=Pb("SecDefOptParamsRequest", v.PROTOBUF_REST_MESSAGES_2),
    ),
    request(
        "reqMarketRule", OUT.REQ_MARKET_RULE, "marketRuleId", INT("marketRuleId"),
        since=v.MARKET_RULES, needs="market rule requests",
        pb=Pb("MarketRuleRequest", v.PROTOBUF_REST_MESSAGES_2),
    ),
)  # fmt: skip
