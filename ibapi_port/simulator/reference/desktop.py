"""What belongs to the one TWS and its user: time, log level, user, soft dollar tiers, verification
of programs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from ..errors import Invalid, Refusal
from ..net.clock import Clock
from ..services import ClientSession, Handler, Service, Values

_BEFORE = "Verification has not been requested"


class DesktopService(Service):
    """Answers reqCurrentTime(InMillis), setServerLogLevel, reqUserInfo, reqSoftDollarTiers and the
    verify requests.

    TWS knows programs by a key that IB gave them. The simulated one's key is public: the answer to
    a challenge is `answer_to` it.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._challenges: dict[ClientSession, str] = {}

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "reqCurrentTime": lambda client, values: client.send(
                "currentTime", time=int(self._clock.now())
            ),
            "reqCurrentTimeInMillis": lambda client, values: client.send(
                "currentTimeInMillis", timeInMillis=int(self._clock.now() * 1000)
            ),
            "setServerLogLevel": self._set_log_level,
            "reqUserInfo": lambda client, values: client.send(
                "userInfo", reqId=values["reqId"], whiteBrandingId=""
            ),
            "reqSoftDollarTiers": lambda client, values: client.send(
                "softDollarTiers", reqId=values["reqId"], tiers=[]
            ),
            "verifyRequest": self._verify,
            "verifyMessage": self._verified,
            "verifyAndAuthRequest": self._verify_and_auth,
            "verifyAndAuthMessage": self._verified_and_auth,
        }

    def on_disconnect(self, client: ClientSession) -> None:
        self._challenges.pop(client, None)

    def _set_log_level(self, client: ClientSession, values: Values) -> None:
        """Check whether the level exists. TWS would write more or less into its log."""
        if not 1 <= values["logLevel"] <= 5:
            raise Refusal(319, f"Invalid log level {values['logLevel']}")

    # --- verification ---

    def _verify(self, client: ClientSession, values: Values) -> None:
        client.send("verifyMessageAPI", apiData=self._challenge(client, values, ""))

    def _verify_and_auth(self, client: ClientSession, values: Values) -> None:
        challenge = self._challenge(client, values, values["opaqueIsvKey"])
        client.send(
            "verifyAndAuthMessageAPI", apiData=challenge, xyzChallange=answer_to(challenge)[:32]
        )

    def _challenge(self, client: ClientSession, values: Values, key: str) -> str:
        name, version = values["apiName"], values["apiVersion"]
        if not name or not version:
            raise Invalid("Please enter API name and version")
        said = f"{name}/{version}/{key}/{client.client_id}/{self._clock.now()!r}"
        self._challenges[client] = hashlib.sha256(said.encode()).hexdigest()
        return self._challenges[client]

    def _verified(self, client: ClientSession, values: Values) -> None:
        passed, text = self._judge(client, values["apiData"])
        client.send("verifyCompleted", isSuccessful=passed, errorText=text)

    def _verified_and_auth(self, client: ClientSession, values: Values) -> None:
        passed, text = self._judge(client, values["apiData"])
        if passed and not values["xyzResponse"]:
            passed, text = False, "Authentication failed: no response to the challenge"
        client.send("verifyAndAuthCompleted", isSuccessful=passed, errorText=text)

    def _judge(self, client: ClientSession, answer: str) -> tuple[bool, str]:
        challenge = self._challenges.pop(client, "")
        if not challenge:
            return False, _BEFORE
        passed = answer == answer_to(challenge)
        return passed, "" if passed else "Verification failed: wrong answer to the challenge"


def answer_to(challenge: str) -> str:
    """Return what a program answers to be verified: the challenge's SHA-256 as hexadecimal
    digits.
    """
    return hashlib.sha256(challenge.encode()).hexdigest()
