"""The session itself: start, ids, time, errors, verification, display groups."""

from __future__ import annotations

from ....message import IN, OUT
from ..nodes import (
    Call,
    Fixed,
    Gate,
    Incoming,
    MessageVersion,
    Pb,
    Request,
    incoming,
    many,
    request,
)
from ..shared_fields import ESCAPED, INT, LONG, STR, TRUTH, escaped, v

MESSAGES: tuple[Incoming, ...] = (
    incoming(
        "nextValidId", IN.NEXT_VALID_ID, MessageVersion(1), INT("orderId"),
        pb=Pb("NextValidId", v.PROTOBUF_REST_MESSAGES_3)
    ),
    incoming(
        "error", IN.ERR_MSG, MessageVersion(2, until=v.ERROR_TIME),
        INT("reqId", pb="id"), INT("errorCode"), *escaped("errorString", pb="errorMsg"),
        ESCAPED("advancedOrderRejectJson", since=v.ADVANCED_ORDER_REJECT, default=""),
        LONG("errorTime", since=v.ERROR_TIME, default=0),
        calls=(Call("error", "reqId, errorTime, errorCode, errorString, advancedOrderRejectJson"),),
        pb=Pb("ErrorMessage", v.PROTOBUF_PLACE_ORDER, callback="errorProtoBuf"),
    ),
    incoming(
        "currentTime", IN.CURRENT_TIME, MessageVersion(1), LONG("time", pb="currentTime"),
        pb=Pb("CurrentTime", v.PROTOBUF_REST_MESSAGES_3)
    ),
    incoming(
        "currentTimeInMillis", IN.CURRENT_TIME_IN_MILLIS,
        LONG("timeInMillis", pb="currentTimeInMillis"),
        pb=Pb("CurrentTimeInMillis", v.PROTOBUF_REST_MESSAGES_3)
    ),
    incoming(
        "verifyMessageAPI", IN.VERIFY_MESSAGE_API, MessageVersion(1), *escaped("apiData"),
        pb=Pb("VerifyMessageApi", v.PROTOBUF_REST_MESSAGES_3)
    ),
    incoming(
        "verifyCompleted", IN.VERIFY_COMPLETED, MessageVersion(1), TRUTH("isSuccessful"),
        *escaped("errorText"), pb=Pb("VerifyCompleted", v.PROTOBUF_REST_MESSAGES_3),
    ),
    incoming(
        "verifyAndAuthMessageAPI", IN.VERIFY_AND_AUTH_MESSAGE_API, MessageVersion(1),
        *escaped("apiData"), *escaped("xyzChallange")
    ),
    incoming(
        "verifyAndAuthCompleted", IN.VERIFY_AND_AUTH_COMPLETED, MessageVersion(1),
        TRUTH("isSuccessful"), *escaped("errorText")
    ),
    incoming(
        "displayGroupList", IN.DISPLAY_GROUP_LIST, MessageVersion(1), INT("reqId"),
        *escaped("groups"), pb=Pb("DisplayGroupList", v.PROTOBUF_REST_MESSAGES_3),
    ),
    incoming(
        "displayGroupUpdated", IN.DISPLAY_GROUP_UPDATED, MessageVersion(1), INT("reqId"),
        *escaped("contractInfo"), pb=Pb("DisplayGroupUpdated", v.PROTOBUF_REST_MESSAGES_3),
    ),
)  # fmt: skip

# extraAuth is the client's, said before connecting; it is not on the wire
INTENT = "Intent to authenticate needs to be expressed before connecting (extraAuth)."

REQUESTS: tuple[Request, ...] = (
    request(
        "startApi", OUT.START_API, "clientId optCapab", Fixed("2"), INT("clientId"),
        STR("optCapab", pb="optionalCapabilities"),
        pb=Pb("StartApiRequest", v.PROTOBUF_REST_MESSAGES_3),
    ),
    request(
        "reqIds", OUT.REQ_IDS, "numIds", Fixed("1"), INT("numIds"),
        pb=Pb("IdsRequest", v.PROTOBUF_REST_MESSAGES_3)
    ),
    request(
        "reqCurrentTime", OUT.REQ_CURRENT_TIME, "", Fixed("1"),
        pb=Pb("CurrentTimeRequest", v.PROTOBUF_REST_MESSAGES_3)
    ),
    request(
        "reqCurrentTimeInMillis", OUT.REQ_CURRENT_TIME_IN_MILLIS, "",
        since=v.CURRENT_TIME_IN_MILLIS, needs="current time in millis requests",
        pb=Pb("CurrentTimeInMillisRequest", v.PROTOBUF_REST_MESSAGES_3),
    ),
    request(
        "setServerLogLevel", OUT.SET_SERVER_LOGLEVEL, "logLevel", Fixed("1"), INT("logLevel"),
        pb=Pb("SetServerLogLevelRequest", v.PROTOBUF_REST_MESSAGES_3)
    ),
    request(
        "verifyRequest", OUT.VERIFY_REQUEST, "apiName apiVersion extraAuth", Fixed("1"),
        *many(STR, "", "apiName apiVersion"),
        gates=(
            Gate("not extraAuth", INTENT, code=545, below=v.PROTOBUF_REST_MESSAGES_3),
            Gate("not extraAuth", INTENT, code=544, since=v.PROTOBUF_REST_MESSAGES_3),
        ),
        pb=Pb("VerifyRequest", v.PROTOBUF_REST_MESSAGES_3),
    ),
    request(
        "verifyMessage", OUT.VERIFY_MESSAGE, "apiData", Fixed("1"), STR("apiData"),
        pb=Pb("VerifyMessageRequest", v.PROTOBUF_REST_MESSAGES_3)
    ),
    request(
        "verifyAndAuthRequest", OUT.VERIFY_AND_AUTH_REQUEST,
        "apiName apiVersion opaqueIsvKey extraAuth",
        Fixed("1"), *many(STR, "", "apiName apiVersion opaqueIsvKey"),
        gates=(Gate("not extraAuth", INTENT, code=551),),
    ),
    request(
        "verifyAndAuthMessage", OUT.VERIFY_AND_AUTH_MESSAGE, "apiData xyzResponse", Fixed("1"),
        *many(STR, "", "apiData xyzResponse")
    ),
    request(
        "queryDisplayGroups", OUT.QUERY_DISPLAY_GROUPS, "reqId", Fixed("1"), INT("reqId"),
        pb=Pb("QueryDisplayGroupsRequest", v.PROTOBUF_REST_MESSAGES_3)
    ),
    request(
        "subscribeToGroupEvents", OUT.SUBSCRIBE_TO_GROUP_EVENTS, "reqId groupId", Fixed("1"),
        *many(INT, "", "reqId groupId"),
        pb=Pb("SubscribeToGroupEventsRequest", v.PROTOBUF_REST_MESSAGES_3),
    ),
    request(
        "updateDisplayGroup", OUT.UPDATE_DISPLAY_GROUP, "reqId contractInfo", Fixed("1"),
        INT("reqId"), STR("contractInfo"),
        pb=Pb("UpdateDisplayGroupRequest", v.PROTOBUF_REST_MESSAGES_3),
    ),
    request(
        "unsubscribeFromGroupEvents", OUT.UNSUBSCRIBE_FROM_GROUP_EVENTS, "reqId", Fixed("1"),
        INT("reqId"), pb=Pb("UnsubscribeFromGroupEventsRequest", v.PROTOBUF_REST_MESSAGES_3),
    ),
)  # fmt: skip
