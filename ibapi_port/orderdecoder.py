"""The fields of open and completed orders on the text wire, a group at a time, into an order, its
contract and its state.

`OrderDecoder(contract, order, orderState, version, serverVersion).decodeAction(fields)` takes the
fields of the action from the iterator `fields`. Which fields a group has, and since when, is what
the declarations of `openOrder` and `completedOrder` say. The client itself does not read orders in
this way, but by functions compiled for whole messages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from .contract import Contract
from .order import Order
from .order_state import OrderState
from .protocol.exceptions import BadFrame, quote
from .protocol.handshake import decode_text
from .protocol.schema.field_types import FieldType
from .protocol.schema.messages import INCOMING_BY_NAME
from .protocol.schema.messages.orders import ADJUSTED, STOP_OFFSET, TRAIL
from .protocol.schema.nodes import Fixed, Node, walk
from .protocol.schema.shared_fields import BOOL, INT
from .protocol.schema.text_source import Reader
from .utils import BadMessage

Fields = Iterator[Any]
Nodes = tuple[Node, ...]
_OPEN, _COMPLETED = (INCOMING_BY_NAME[name].nodes for name in ("openOrder", "completedOrder"))


class _Uncounted:
    """In place of a frame's fields: how many an iterator has left is not known, so that no count of
    rows is too large at first.
    """

    def __len__(self) -> int:
        return 2**31


class _FromIterator(Reader):
    """Reads nodes from an iterator of texts, or of bytes."""

    texts: Fields

    def read_next(self, name: str, field_type: FieldType) -> Any:
        text = next(self.texts, None)
        if text is None:
            raise self.fail(name, "missing")
        if not isinstance(text, str):
            text = decode_text(text)
        try:
            return field_type.read(text)
        except (ValueError, ArithmeticError):
            raise self.fail(name, f"{quote(text)} is no {field_type.name}") from None


def _among(nodes: Nodes, paths: str) -> Nodes:
    """Return those nodes that fill one of the paths, or have a node within them that does."""
    wanted = set(paths.split())
    return tuple(
        node for node in nodes if any(wanted.intersection(inner.paths()) for inner in walk((node,)))
    )


def _take(decoder: OrderDecoder, nodes: Nodes, fields: Fields) -> None:
    message = INCOMING_BY_NAME["openOrder"]
    uncounted: Any = _Uncounted()
    reader = _FromIterator(message, decoder.serverVersion, uncounted, None, 0, decoder.version)
    reader.texts = fields
    values = {
        "contract": decoder.contract,
        "order": decoder.order,
        "orderState": decoder.orderState,
    }
    try:
        reader.nodes(nodes, values, "")
    except BadFrame as e:
        raise BadMessage(str(e)) from None


def _group(paths: str, nodes: Nodes = _OPEN) -> Callable[[OrderDecoder, Fields], None]:
    """Return a method that takes the fields of these paths."""
    group = _among(nodes, paths)

    def decode(self: OrderDecoder, fields: Fields) -> None:
        _take(self, group, fields)

    decode.__doc__ = f"Take {', '.join(path.rpartition('.')[2] for path in paths.split())}."
    return decode


def _skip(self: OrderDecoder, fields: Fields) -> None:
    """Take a field that says nothing any more."""
    _take(self, (Fixed(),), fields)


def _order(names: str) -> str:
    return " ".join(f"order.{name}" for name in names.split())


_VOLATILITY = _order(
    "volatility volatilityType deltaNeutralOrderType deltaNeutralAuxPrice deltaNeutralConId "
    "deltaNeutralOpenClose deltaNeutralShortSale continuousUpdate referencePriceType"
)
_CONTRACT = (
    "conId symbol secType lastTradeDateOrContractMonth strike right multiplier exchange currency "
    "localSymbol tradingClass"
)
_MARGINS = (
    "initMarginBefore initMarginChange initMarginAfter maintMarginBefore maintMarginChange "
    "maintMarginAfter "
)
_WHAT_IF = _MARGINS + (
    "equityWithLoanBefore equityWithLoanChange equityWithLoanAfter commissionAndFees "
    "minCommissionAndFees maxCommissionAndFees commissionAndFeesCurrency marginCurrency "
    "initMarginBeforeOutsideRTH maintMarginBeforeOutsideRTH equityWithLoanBeforeOutsideRTH "
    "initMarginChangeOutsideRTH maintMarginChangeOutsideRTH equityWithLoanChangeOutsideRTH "
    "initMarginAfterOutsideRTH maintMarginAfterOutsideRTH equityWithLoanAfterOutsideRTH "
    "suggestedSize rejectReason orderAllocations warningText status"
)
_ADJUSTED = (
    "adjustedOrderType triggerPrice trailStopPrice lmtPriceOffset adjustedStopPrice "
    "adjustedStopLimitPrice "
)


class OrderDecoder:
    """Takes the groups of fields of one order. BadMessage: a field is missing or does not fit.

    `version`: the message's own version, from server version 145 on the server's (a completed order
    has none: any large number).
    """

    def __init__(
        self,
        contract: Contract,
        order: Order,
        orderState: OrderState,
        version: int,
        serverVersion: int,
    ) -> None:
        self.contract = contract
        self.order = order
        self.orderState = orderState
        self.version = version
        self.serverVersion = serverVersion

    def decodeOrderId(self, fields: Fields) -> None:
        """Take orderId."""
        _take(self, (INT("order.orderId"),), fields)

    decodeContractFields = _group(" ".join(f"contract.{name}" for name in _CONTRACT.split()))
    decodeAction = _group("order.action")
    decodeTotalQuantity = _group("order.totalQuantity")
    decodeOrderType = _group("order.orderType")
    decodeLmtPrice = _group("order.lmtPrice")
    decodeAuxPrice = _group("order.auxPrice")
    decodeTIF = _group("order.tif")
    decodeOcaGroup = _group("order.ocaGroup")
    decodeAccount = _group("order.account")
    decodeOpenClose = _group("order.openClose")
    decodeOrigin = _group("order.origin")
    decodeOrderRef = _group("order.orderRef")
    decodeClientId = _group("order.clientId")
    decodePermId = _group("order.permId")
    decodeOutsideRth = _group("order.outsideRth")
    decodeHidden = _group("order.hidden")
    decodeDiscretionaryAmt = _group("order.discretionaryAmt")
    decodeGoodAfterTime = _group("order.goodAfterTime")
    skipSharesAllocation = _skip

    def decodeFAParams(self, fields: Fields) -> None:
        """Take faGroup, faMethod, faPercentage, and the profile of older servers."""
        start = next(n for n, node in enumerate(_OPEN) if "order.faPercentage" in node.paths())
        _take(self, _OPEN[start - 2 : start + 2], fields)

    decodeModelCode = _group("order.modelCode")
    decodeGoodTillDate = _group("order.goodTillDate")
    decodeRule80A = _group("order.rule80A")
    decodePercentOffset = _group("order.percentOffset")
    decodeSettlingFirm = _group("order.settlingFirm")
    decodeShortSaleParams = _group(_order("shortSaleSlot designatedLocation exemptCode"))
    decodeAuctionStrategy = _group("order.auctionStrategy")
    decodeBoxOrderParams = _group(_order("startingPrice stockRefPrice delta"))
    decodePegToStkOrVolOrderParams = _group(_order("stockRangeLower stockRangeUpper"))
    decodeDisplaySize = _group("order.displaySize")
    decodeBlockOrder = _group("order.blockOrder")
    decodeSweepToFill = _group("order.sweepToFill")
    decodeAllOrNone = _group("order.allOrNone")
    decodeMinQty = _group("order.minQty")
    decodeOcaType = _group("order.ocaType")
    skipETradeOnly = decodeETradeOnly = _skip
    skipFirmQuoteOnly = decodeFirmQuoteOnly = _skip
    skipNbboPriceCap = decodeNbboPriceCap = _skip
    decodeParentId = _group("order.parentId")
    decodeTriggerMethod = _group("order.triggerMethod")
    _decodeOpenVolatility = _group(_VOLATILITY)
    _decodeCompletedVolatility = _group(_VOLATILITY, _COMPLETED)

    def decodeVolOrderParams(self, fields: Fields, readOpenOrderAttribs: bool) -> None:
        """Take the terms of a volatility order; `readOpenOrderAttribs`: with those that only an
        open order has.
        """
        (self._decodeOpenVolatility if readOpenOrderAttribs else self._decodeCompletedVolatility)(
            fields
        )

    decodeTrailParams = _group(_order("trailStopPrice trailingPercent"), TRAIL)
    decodeBasisPoints = _group(_order("basisPoints basisPointsType"))
    decodeComboLegs = _group("contract.comboLegsDescrip contract.comboLegs order.orderComboLegs")
    decodeSmartComboRoutingParams = _group("order.smartComboRoutingParams")
    decodeScaleOrderParams = _group(
        _order(
            "notSuppScaleNumComponents scaleInitLevelSize scaleSubsLevelSize scalePriceIncrement "
            "scalePriceAdjustValue"
        )
    )
    decodeHedgeParams = _group(_order("hedgeType hedgeParam"))
    decodeOptOutSmartRouting = _group("order.optOutSmartRouting")
    decodeClearingParams = _group(_order("clearingAccount clearingIntent"))
    decodeNotHeld = _group("order.notHeld")
    decodeDeltaNeutral = _group("contract.deltaNeutralContract")
    decodeAlgoParams = _group(_order("algoStrategy algoParams"))
    decodeSolicited = _group("order.solicited")
    decodeOrderStatus = _group("orderState.status")
    decodeWhatIfInfoAndCommissionAndFees = _group(
        "order.whatIf " + " ".join(f"orderState.{name}" for name in _WHAT_IF.split())
    )
    decodeWhatIfInfoAndCommission = decodeWhatIfInfoAndCommissionAndFees  # its name until 10.30
    decodeVolRandomizeFlags = _group(_order("randomizeSize randomizePrice"))
    decodePegToBenchParams = _group("order.referenceContractId")
    decodeConditions = _group(_order("conditions conditionsIgnoreRth"))
    decodeAdjustedOrderParams = _group(
        _order(_ADJUSTED + "adjustedTrailingAmount adjustableTrailingUnit"), ADJUSTED
    )
    decodeStopPriceAndLmtPriceOffset = _group(_order("trailStopPrice lmtPriceOffset"), STOP_OFFSET)
    decodeSoftDollarTier = _group(
        "order.softDollarTier.name order.softDollarTier.val order.softDollarTier.displayName"
    )
    decodeCashQty = _group("order.cashQty")
    decodeDontUseAutoPriceForHedge = _group("order.dontUseAutoPriceForHedge")
    decodeIsOmsContainers = _group("order.isOmsContainer")
    decodeDiscretionaryUpToLimitPrice = _group("order.discretionaryUpToLimitPrice")
    decodeAutoCancelDate = _group("order.autoCancelDate", _COMPLETED)
    decodeFilledQuantity = _group("order.filledQuantity", _COMPLETED)
    decodeRefFuturesConId = _group("order.refFuturesConId", _COMPLETED)

    def decodeAutoCancelParent(self, fields: Fields, minVersionAutoCancelParent: int = 100) -> None:
        """Take autoCancelParent, from that server version on."""
        _take(self, (BOOL("order.autoCancelParent", since=minVersionAutoCancelParent),), fields)

    decodeShareholder = _group("order.shareholder", _COMPLETED)

    def decodeImbalanceOnly(self, fields: Fields, minVersionImbalanceOnly: int = 100) -> None:
        """Take imbalanceOnly, from that server version on."""
        _take(self, (BOOL("order.imbalanceOnly", since=minVersionImbalanceOnly),), fields)

    decodeRouteMarketableToBbo = _group("order.routeMarketableToBbo", _COMPLETED)
    decodeParentPermId = _group("order.parentPermId", _COMPLETED)
    decodeCompletedTime = _group("orderState.completedTime", _COMPLETED)
    decodeCompletedStatus = _group("orderState.completedStatus", _COMPLETED)
    decodeUsePriceMgmtAlgo = _group("order.usePriceMgmtAlgo")
    decodeDuration = _group("order.duration")
    decodePostToAts = _group("order.postToAts")
    decodePegBestPegMidOrderAttributes = _group(
        _order(
            "minTradeQty minCompeteSize competeAgainstBestOffset midOffsetAtWhole midOffsetAtHalf"
        )
    )
    decodeCustomerAccount = _group("order.customerAccount")
    decodeProfessionalCustomer = _group("order.professionalCustomer")
    decodeBondAccruedInterest = _group("order.bondAccruedInterest")
    decodeIncludeOvernight = _group("order.includeOvernight")
    decodeCMETaggingFields = _group(_order("extOperator manualOrderIndicator"))
    decodeSubmitter = _group("order.submitter")
