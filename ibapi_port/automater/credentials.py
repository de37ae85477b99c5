"""Where user name and password come from: a keyring, the environment, a file descriptor or a file.

A reference says where: "keyring:SERVICE", "env:NAME", "fd:3", "file:/path". Anything else is the
secret itself. None of them is put on a command line, into the environment of the Gateway, or into
a file.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path

MASK = "***"
_LONGEST = 4096


class CredentialsError(ValueError):
    """A secret cannot be had; the text says from where and what to do, never the secret."""


class Secret:
    """A text that is not shown by accident: `repr` and `str` hide it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text."""
        return self._text

    def __repr__(self) -> str:
        return f"Secret({MASK!r})"

    def __str__(self) -> str:
        return MASK

    def __bool__(self) -> bool:
        return bool(self._text)

    def __reduce__(self) -> str:
        raise TypeError("a secret is not pickled")


def resolve(reference: str | Secret, user: str = "") -> Secret:
    """Return the secret that a reference names. Raise CredentialsError if it cannot be had."""
    if isinstance(reference, Secret):
        return reference
    kind, colon, where = reference.partition(":")
    if colon and kind == "keyring":
        return _from_keyring(where or "ibapi_port", user)
    if colon and kind == "env":
        return _from_environment(where)
    if colon and kind == "fd" and where.isdigit():
        return _from_descriptor(int(where))
    if colon and kind == "file":
        return _from_file(Path(where).expanduser())
    return Secret(reference)


def _from_keyring(service: str, user: str) -> Secret:
    try:
        import keyring  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        raise CredentialsError(
            "the keyring needs a package: pip install ibapi_port[keyring]"
        ) from None
    try:
        text = keyring.get_password(service, user)
    except Exception as e:  # its errors are its back ends': there is none, it is locked, ...
        raise CredentialsError(_keyring_fails(e)) from None
    if text is None:
        raise CredentialsError(
            f"the keyring has no password of {service!r} for the user {user!r}; "
            "python -m ibapi_port gateway setup stores one"
        )
    return Secret(text)


def store_in_keyring(service: str, user: str, password: str) -> None:
    """Keep a password in the keyring. Raise CredentialsError where there is none."""
    try:
        import keyring
    except ImportError:
        raise CredentialsError(
            "the keyring needs a package: pip install ibapi_port[keyring]"
        ) from None
    try:
        keyring.set_password(service, user, password)
    except Exception as e:  # likewise
        raise CredentialsError(_keyring_fails(e)) from None


def _keyring_fails(error: Exception) -> str:
    why = str(error) or type(error).__name__
    return f"the keyring does not work here: {why}"


def _from_environment(name: str) -> Secret:
    text = os.environ.pop(name, None)  # taken out: children of this process must not have it
    if text is None:
        text = _taken.get(name)
    if text is None:
        raise CredentialsError(f"the environment has no variable {name}")
    _taken[name] = text
    return Secret(text)


_taken: dict[str, str] = {}  # what was taken out of the environment, for a second reader


def _from_descriptor(number: int) -> Secret:
    data = b""
    try:
        with os.fdopen(number, "rb") as file:  # closed then: no child has it
            while len(data) < _LONGEST and (part := file.read1(_LONGEST)):
                data += part  # a pipe may give it in parts
    except OSError as e:
        raise CredentialsError(f"file descriptor {number} cannot be read: {e.strerror}") from None
    return _clean(data, f"file descriptor {number}")


def _from_file(path: Path) -> Secret:
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
                raise CredentialsError(
                    f"{path}: others may read it (mode {stat.S_IMODE(mode):04o}); "
                    f"make it chmod 600 {path}"
                )
            data = file.read(_LONGEST)
    except OSError as e:
        raise CredentialsError(f"{path}: it cannot be read: {e.strerror}") from None
    return _clean(data, str(path))


def _clean(data: bytes, where: str) -> Secret:
    """Return the first line, without its end and without the mark that editors put before it."""
    if len(data) >= _LONGEST:
        raise CredentialsError(f"{where}: it is too long")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise CredentialsError(f"{where}: it is no text in UTF-8") from None
    line = text.partition("\n")[0].rstrip("\r")
    if not line:
        raise CredentialsError(f"{where}: its first line is empty")
    return Secret(line)


class Mask:
    """Puts *** in place of secrets, in whatever is told, logged or kept."""

    def __init__(self, secrets: Iterable[str]) -> None:
        # the longest first: one may be part of another
        self._secrets = sorted({s for s in secrets if s}, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        """Return a text without the secrets."""
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        return text


def credentials(user: str | Secret, password: str | Secret) -> tuple[Secret, Secret]:
    """Return user name and password. Raise ValueError if one is empty or cannot be had."""
    name = resolve(user)
    if not name:
        raise ValueError("userName: it is empty")
    secret = resolve(password, name.reveal())
    if not secret:
        raise ValueError("password: it is empty")
    return name, secret
