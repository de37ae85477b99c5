"""Orders in JSON: {contract, order}, or IBREST's flat object with the attributes of both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from ..contract import ComboLeg, Contract
from ..order import Order
from .calls import decode, refuse_doubles
from .parameters import ALIASES, complete
from .problems import Problem, unknown_name
from .structs import UNSET, field_names, list_of, struct_of

if TYPE_CHECKING:
    from .calls import Call

CONTRACT = struct_of(Contract)
ORDER = struct_of(Order)
LEG = struct_of(ComboLeg)
Raw = dict[str, msgspec.Raw]
_CONTRACT_NAMES = frozenset(field_names(Contract))
_ORDER_NAMES = frozenset(field_names(Order))
_LEG_NAMES = frozenset(field_names(ComboLeg))
MOST_ORDERS = 20  # in one request

OrderRequest = msgspec.defstruct(
    "OrderRequest",
    [("contract", CONTRACT), ("order", ORDER)],
    module=__name__,
    forbid_unknown_fields=True,
    kw_only=True,
)
OrderRequest.__doc__ = ""


def _flat_struct() -> type[msgspec.Struct]:
    made = msgspec.defstruct(
        "FlatOrder",
        [
            (each.name, each.type, UNSET)
            for struct in (CONTRACT, ORDER)
            for each in msgspec.structs.fields(struct)
        ],
        module=__name__,
        forbid_unknown_fields=True,
        kw_only=True,
    )
    made.__doc__ = ""
    return made


FlatOrder = _flat_struct()
# what a body may be
ONE_ORDER: Any = (OrderRequest, FlatOrder)
ORDERS: Any = (list_of(OrderRequest), list_of(FlatOrder))


@dataclass
class OrderBody:
    """One order of a body: what was given of it, and what is made of that."""

    contract_given: msgspec.Struct
    order_given: msgspec.Struct
    contract: Contract
    order: Order
    legs: list[tuple[Contract, int]] = field(default_factory=list)  # to look up, and their places

    @property
    def order_id(self) -> int:
        """The id of the order that is to be changed, 0 for a new one."""
        return self.order.orderId


def read_orders(body: bytes) -> tuple[list[OrderBody], bool]:
    """Return the orders of a body, and whether it is a list. Problem (400) names what is wrong."""
    if not body.strip():
        raise Problem(400, "the body is empty; an order, or a list of them, is expected")
    refuse_doubles(body)
    if not body.lstrip().startswith(b"["):
        return [read_order(decode(body, Raw))], False
    raws = decode(body, list[Raw])
    if not 1 <= len(raws) <= MOST_ORDERS:
        raise Problem(400, f"{len(raws)} orders: from 1 to {MOST_ORDERS} are taken in one request")
    made = []
    for n, raw in enumerate(raws):
        try:
            made.append(read_order(raw))
        except Problem as problem:
            problem.more["index"] = n
            raise
    return made, True


def read_order(raw: Raw) -> OrderBody:
    """Return one order."""
    if "contract" in raw or "order" in raw:
        for name in raw:
            if name not in ("contract", "order"):
                raise unknown_name(name, ("contract", "order"), "field")
        contract = dict(decode(bytes(raw.get("contract", msgspec.Raw(b"{}"))), Raw))
        order = dict(decode(bytes(raw.get("order", msgspec.Raw(b"{}"))), Raw))
    else:
        contract, order = {}, {}
        for given, value in raw.items():
            name = ALIASES.get(given, given)
            if name in _CONTRACT_NAMES:
                contract[name] = value
            elif name in _ORDER_NAMES:
                order[name] = value
            else:
                raise unknown_name(given, (*_CONTRACT_NAMES, *_ORDER_NAMES), "field")
    legs = _split_legs(contract)
    contract_given = decode(msgspec.json.encode(contract), CONTRACT)
    order_given = decode(msgspec.json.encode(order), ORDER)
    return made_of(contract_given, order_given, legs)


def made_of(
    contract_given: msgspec.Struct, order_given: msgspec.Struct,
    legs: list[tuple[Contract, int]] | None = None,
) -> OrderBody:  # fmt: skip
    """Return the order of two structs."""
    from .structs import build

    contract: Contract = build(contract_given)
    complete(contract)
    order: Order = build(order_given)
    return OrderBody(contract_given, order_given, contract, order, legs or [])


def _split_legs(contract: Raw) -> list[tuple[Contract, int]]:
    """Take what describes the legs' contracts out of comboLegs. Return those contracts whose conId
    has to be looked up, with the places of their legs.
    """
    if "comboLegs" not in contract:
        return []
    legs = decode(bytes(contract["comboLegs"]), list[Raw])
    found = []
    for place, leg in enumerate(legs):
        described: Raw = {}
        for given in list(leg):
            name = ALIASES.get(given, given)
            if name not in _LEG_NAMES and name in _CONTRACT_NAMES:
                described[name] = leg.pop(given)
            elif name not in _LEG_NAMES:
                raise unknown_name(given, (*_LEG_NAMES, *_CONTRACT_NAMES), "field")
        if described and "conId" not in leg:
            described["exchange"] = leg.get("exchange", msgspec.Raw(b'""'))
            from .structs import build

            one: Contract = build(decode(msgspec.json.encode(described), CONTRACT))
            complete(one)
            found.append((one, place))
        leg.setdefault("exchange", msgspec.Raw(b'"SMART"'))
    contract["comboLegs"] = msgspec.Raw(msgspec.json.encode(legs))
    return found


def from_query(query: Mapping[str, list[str]]) -> bytes:
    """Return the JSON of an order that is given in the query, as IBREST takes it."""
    found: dict[str, Any] = {}
    kinds = {each.name: each.type for each in msgspec.structs.fields(FlatOrder)}
    for given, texts in query.items():
        name = ALIASES.get(given, given)
        if name not in kinds:
            raise unknown_name(given, kinds)
        try:
            found[name] = msgspec.convert(texts[0], kinds[name], strict=False)
        except msgspec.ValidationError as e:
            raise Problem(400, f"{given}: {texts[0]!r}: {e}", parameter=given) from None
    return msgspec.json.Encoder(decimal_format="number").encode(found)


def check_new(body: OrderBody) -> None:
    """Refuse an order that lacks what every order has. Problem (400) names it."""
    order, contract = body.order, body.contract
    if order.whatIf:
        raise Problem(400, "whatIf: what an order would do is told by POST /order/preview",
                      parameter="whatIf")  # fmt: skip
    for name in ("permId", "clientId"):
        if getattr(body.order_given, name) is not UNSET:
            raise Problem(400, f"{name}: a new order has none; leave it out", parameter=name)
    if order.action not in ("BUY", "SELL", "SSHORT"):
        raise _missing("action", order.action, "BUY, SELL or SSHORT")
    if not order.orderType:
        raise _missing("orderType", "", "such as MKT or LMT")
    has_quantity = order.totalQuantity.is_finite() and 0 < order.totalQuantity < 1 << 62
    elsewhere = (
        body.order_given.cashQty is not UNSET or order.faMethod or order.faPercentage  # type: ignore[attr-defined]
    )
    if not has_quantity and not elsewhere:
        raise _missing("totalQuantity", body.order_given.totalQuantity, "a number above 0")  # type: ignore[attr-defined]
    described = (contract.conId, contract.symbol, contract.localSymbol, contract.secId)
    if not any(described) and not contract.comboLegs:
        raise _missing("symbol", "", "symbol, conId or localSymbol")
    if order.orderType == "LMT" and body.order_given.lmtPrice is UNSET:  # type: ignore[attr-defined]
        raise _missing("lmtPrice", "", "the limit of a LMT order")


def _missing(name: str, given: object, wanted: str) -> Problem:
    shown = "is missing" if given in ("", UNSET) else f"is {given}"
    return Problem(400, f"{name}: it {shown}; {wanted} is expected", parameter=name)


async def look_up_legs(call: Call, body: OrderBody) -> None:
    """Find the conIds of the legs that are given by symbol. Problem: one is unknown or ambiguous.

    They are asked for one after the other: a combination has few.
    """
    for contract, place in body.legs:
        found = await call.ask("qualify", {"contract": contract})
        leg = body.contract.comboLegs[place]
        leg.conId = found.conId
        leg.exchange = leg.exchange or contract.exchange


__all__ = [
    "MOST_ORDERS",
    "ONE_ORDER",
    "ORDERS",
    "FlatOrder",
    "OrderBody",
    "OrderRequest",
    "check_new",
    "from_query",
    "look_up_legs",
    "made_of",
    "read_orders",
]
