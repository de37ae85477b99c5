"""requestFA and replaceFA: an advisor's groups, allocation profiles (before server version 177) and
account aliases, as XML.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from xml.etree.ElementTree import Element, ParseError, SubElement, fromstring, indent, tostring

from ...server_versions import MIN_SERVER_VER_FA_PROFILE_DESUPPORT, MIN_SERVER_VER_REPLACE_FA_END
from ..account.accounts import Accounts, Group
from ..errors import Invalid, Refusal
from ..services import ClientSession, Handler, Service, Values

GROUPS, PROFILES, ALIASES = 1, 2, 3
# methods of groups; the others, with amounts, were profiles once
_COMPUTED = ("Equal", "NetLiq", "AvailableEquity", "PctChange")
_PROFILE_TYPES = {"Percent": 1, "Ratio": 2, "ContractsOrShares": 3}
_OLD_NAMES = {"EqualQuantity": "Equal"}


class AdvisorService(Service):
    """Answers requestFA and replaceFA."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        self._aliases = {code: code for code in accounts.codes}

    def handlers(self) -> Mapping[str, Handler]:
        return {"requestFA": self._request, "replaceFA": self._replace}

    def _request(self, client: ClientSession, values: Values) -> None:
        kind = self._check(client, values)
        client.send("receiveFA", faData=kind, cxml=_text(self._write(client, kind)))

    def _replace(self, client: ClientSession, values: Values) -> None:
        """Replace all of a kind at once, or nothing."""
        kind = self._check(client, values)
        root = _parse(values["cxml"])
        if kind == ALIASES:
            self._aliases.update(self._read_aliases(root))
        else:
            made = _read_groups(root) if kind == GROUPS else _read_profiles(root)
            self._check_accounts(made)
            self._accounts.set_groups([*self._others(client, kind), *made])
        if client.server_version >= MIN_SERVER_VER_REPLACE_FA_END:
            client.send("replaceFAEnd", reqId=values["reqId"], text="")

    def _check(self, client: ClientSession, values: Values) -> int:
        """Return what is meant. Invalid, Refusal: it cannot be had."""
        kind: int = values["faData"]
        if kind not in (GROUPS, PROFILES, ALIASES):
            raise Invalid("Non-existent FA data operation request.")
        if not self._accounts.advisor:
            raise Invalid("FA data operations ignored for non FA customers.")
        if kind == PROFILES and not _has_profiles(client):
            raise Refusal(585, "FA Profile is not supported anymore, use FA Group instead.")
        return kind

    def _others(self, client: ClientSession, kind: int) -> list[Group]:
        """Return the groups that an old client does not see among those of this kind."""
        if not _has_profiles(client):
            return []
        return [
            group
            for group in self._accounts.groups
            if (group.method in _COMPUTED) is (kind == PROFILES)
        ]

    def _check_accounts(self, groups: list[Group]) -> None:
        wrong = [
            group.name
            for group in groups
            if any(self._accounts.get(code) is None for code in group.accounts)
        ]
        if wrong:
            raise Refusal(
                10231,
                "The following Groups and/or Profiles contain invalid accounts: "
                f"{', '.join(wrong)}",
            )

    # --- XML ---

    def _write(self, client: ClientSession, kind: int) -> Element:
        if kind == ALIASES:
            return self._write_aliases()
        if kind == PROFILES:
            return _write_profiles(
                [group for group in self._accounts.groups if group.method not in _COMPUTED]
            )
        if _has_profiles(client):
            computed = [group for group in self._accounts.groups if group.method in _COMPUTED]
            return _write_groups(
                computed, _plain_account, {new: old for old, new in _OLD_NAMES.items()}
            )
        return _write_groups(self._accounts.groups, _account, {})

    def _write_aliases(self) -> Element:
        root = Element("ListOfAccountAliases")
        for code, alias in self._aliases.items():
            _add(SubElement(root, "AccountAlias"), account=code, alias=alias)
        return root

    def _read_aliases(self, root: Element) -> dict[str, str]:
        _expect(root, "ListOfAccountAliases")
        found = {
            _text_of(entry, "account"): _text_of(entry, "alias")
            for entry in root.iter("AccountAlias")
        }
        wrong = [code for code in found if code not in self._aliases]
        if wrong:
            raise Invalid(f"Invalid account code '{wrong[0]}'.")
        return found


def _has_profiles(client: ClientSession) -> bool:
    return client.server_version < MIN_SERVER_VER_FA_PROFILE_DESUPPORT


def _add(parent: Element, **texts: object) -> None:
    for tag, text in texts.items():
        SubElement(parent, tag).text = str(text)


def _text(root: Element) -> str:
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(
        root, encoding="unicode", short_empty_elements=False
    )


def _plain_account(parent: Element, group: Group, number: int) -> None:
    _add(parent, String=group.accounts[number])


def _account(parent: Element, group: Group, number: int) -> None:
    one = SubElement(parent, "Account")
    _add(one, acct=group.accounts[number])
    if group.amounts:
        _add(one, amount=group.amounts[number])


def _write_groups(
    groups: list[Group], write: Callable[[Element, Group, int], None], names: Mapping[str, str]
) -> Element:
    """Return the groups as XML. `names`: of methods, where they are others than here."""
    root = Element("ListOfGroups")
    for group in groups:
        entry = SubElement(root, "Group")
        _add(entry, name=group.name, defaultMethod=names.get(group.method, group.method))
        accounts = SubElement(entry, "ListOfAccts", varName="list")
        for number in range(len(group.accounts)):
            write(accounts, group, number)
    return root


def _write_profiles(groups: list[Group]) -> Element:
    root = Element("ListOfAllocationProfiles")
    for group in groups:
        entry = SubElement(root, "AllocationProfile")
        _add(entry, name=group.name, type=_PROFILE_TYPES.get(group.method, 3))
        allocations = SubElement(entry, "ListOfAllocations", varName="listOfAllocations")
        for code, amount in zip(group.accounts, group.amounts, strict=True):
            _add(SubElement(allocations, "Allocation"), acct=code, amount=amount, posEff="O")
    return root


def _parse(text: str) -> Element:
    if not text.strip():
        raise Invalid("An XML string is required for this operation")
    try:
        return fromstring(text.encode())
    except (ParseError, ValueError, LookupError) as e:
        raise Invalid(f"An XML string is required for this operation: {e}") from None


def _expect(root: Element, tag: str) -> None:
    if root.tag != tag:
        raise Invalid(
            f"An XML string is required for this operation: <{tag}> is expected, not <{root.tag}>"
        )


def _text_of(entry: Element, tag: str) -> str:
    text = (entry.findtext(tag) or "").strip()
    if not text:
        raise Invalid(f"<{entry.tag}> lacks <{tag}>")
    return text


def _amount(entry: Element) -> Decimal:
    try:
        amount = Decimal(_text_of(entry, "amount"))
    except InvalidOperation:
        raise Invalid(f"Invalid amount '{entry.findtext('amount')}'") from None
    if not amount.is_finite() or amount < 0:
        raise Invalid(f"Invalid amount '{amount}'")
    return amount


def _read_groups(root: Element) -> list[Group]:
    _expect(root, "ListOfGroups")
    found = []
    for entry in root.iter("Group"):
        method = _OLD_NAMES.get(_text_of(entry, "defaultMethod"), _text_of(entry, "defaultMethod"))
        if method not in (*_COMPUTED, *_PROFILE_TYPES, "MonetaryAmount"):
            raise Invalid(f"Invalid method '{method}' of group '{_text_of(entry, 'name')}'")
        plain = [(one.text or "").strip() for one in entry.iter("String")]
        rich = list(entry.iter("Account"))
        amounts = () if method in _COMPUTED else tuple(_amount(one) for one in rich)
        accounts = (*plain, *(_text_of(one, "acct") for one in rich))
        if not accounts or (method not in _COMPUTED and len(amounts) != len(accounts)):
            raise Invalid(f"Group '{_text_of(entry, 'name')}' lacks accounts or their amounts")
        found.append(Group(_text_of(entry, "name"), accounts, method, amounts))
    return _named_once(found)


def _read_profiles(root: Element) -> list[Group]:
    _expect(root, "ListOfAllocationProfiles")
    methods = {str(number): method for method, number in _PROFILE_TYPES.items()}
    found = []
    for entry in root.iter("AllocationProfile"):
        kind = _text_of(entry, "type")
        if kind not in methods:
            raise Invalid(f"Invalid type '{kind}' of profile '{_text_of(entry, 'name')}'")
        rows = list(entry.iter("Allocation"))
        accounts = tuple(_text_of(row, "acct") for row in rows)
        amounts = tuple(_amount(row) for row in rows)
        found.append(Group(_text_of(entry, "name"), accounts, methods[kind], amounts))
    return _named_once(found)


def _named_once(groups: list[Group]) -> list[Group]:
    names = [group.name for group in groups]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise Invalid(f"There is more than one '{twice[0]}'")
    return groups
