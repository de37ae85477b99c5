"""The ways an alert goes out: a function, a command, a webhook."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

TIMEOUT = 15.0
PAUSES = (1.0, 5.0, 30.0)  # seconds before each further try
_LONGEST_WAIT = 120.0  # that a server may ask for
_ERROR_TEXT = 300


class Told(Protocol):
    """What a hook gets: an `Alert`."""

    @property
    def kind(self) -> str: ...
    @property
    def severity(self) -> str: ...
    @property
    def text(self) -> str: ...
    def as_dict(self) -> dict[str, Any]: ...


Hook = Callable[[Any], object]


class HookFailed(Exception):
    """An alert did not go out. `again`: another try makes sense, at the earliest after `wait` s."""

    def __init__(self, text: str, again: bool = True, wait: float = 0.0) -> None:
        super().__init__(text)
        self.again = again
        self.wait = wait


def call(hook: Hook, alert: Told) -> None:
    hook(alert)


def _as_json(data: object) -> bytes:
    return json.dumps(data, default=str).encode()


class Command:
    """Runs a program for each alert, with the alert as JSON on its standard input.

    `argv` is a list, and no shell reads it. The program is ended when it takes more than `timeout`
    seconds; an exit status other than 0 is a failure.
    """

    pauses: Sequence[float] = ()

    def __init__(self, argv: Sequence[str], timeout: float = TIMEOUT) -> None:
        if isinstance(argv, str) or not argv or not all(isinstance(a, str) for a in argv):
            raise ValueError(f'argv: {argv!r} is no list of texts such as ["notify", "-v"]')
        self.argv = list(argv)
        self.timeout = timeout
        self.name = os.path.basename(self.argv[0])

    def __repr__(self) -> str:
        return f"Command({self.argv[0]!r}, ...)"  # the arguments may hold a secret

    def __call__(self, alert: Told) -> None:
        try:
            # A group of its own: what it has started ends with it, and no Ctrl-C of ours meets it.
            process = subprocess.Popen(
                self.argv,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except (OSError, ValueError) as e:
            raise HookFailed(f"{self.argv[0]} was not started: {e}") from None
        with process:
            try:
                _, errors = process.communicate(_as_json(alert.as_dict()), self.timeout)
            except subprocess.TimeoutExpired:
                _end(process)
                raise HookFailed(f"{self.name} took more than {self.timeout:g} s") from None
            except BaseException:
                _end(process)
                raise
        if process.returncode:
            text = errors.decode(errors="replace").strip()[-_ERROR_TEXT:]
            said = f": {text}" if text else ""
            raise HookFailed(f"{self.name} ended with status {process.returncode}{said}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a program and its group. It has not been waited for, so the number is still its own."""
    with contextlib.suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()


class Webhook:
    """Posts each alert as JSON to a URL: kind, severity, text, time and details.

    `template` gives another body, for services that want certain names: each text in it may have
    {kind}, {severity}, {text} and {time}, as in {"content": "{severity}: {text}"}. `headers` are
    sent with it. It is tried again, after `pauses` seconds, when the server is not reached or busy.
    """

    def __init__(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        template: Mapping[str, Any] | None = None,
        timeout: float = TIMEOUT,
        pauses: Sequence[float] = PAUSES,
    ) -> None:
        from urllib.parse import urlsplit

        try:
            parts = urlsplit(url)
            self._host = parts.hostname or ""
        except ValueError:
            self._host = ""
        if not self._host or parts.scheme not in ("http", "https"):
            raise ValueError("url: no address that begins with http:// or https://")
        self._url = url
        self._headers = {"Content-Type": "application/json", **(headers or {})}
        self._template = template
        self._timeout = timeout
        self.pauses = tuple(pauses)
        self.name = f"webhook {self._host}"  # no more of it: an address often holds a secret

    def __repr__(self) -> str:
        return f"Webhook({self._host!r})"

    def __call__(self, alert: Told) -> None:
        import http.client
        from urllib.error import HTTPError
        from urllib.request import Request, build_opener

        body = _as_json(self._body(alert))
        request = Request(self._url, body, self._headers, method="POST")
        try:
            with build_opener(*_no_redirects()).open(request, timeout=self._timeout) as answer:
                answer.read(1)
        except HTTPError as e:
            with e:
                raise _refused(e.code, e.headers.get("Retry-After", "")) from None
        except (OSError, http.client.HTTPException, ValueError) as e:
            why = getattr(e, "reason", None) or e
            text = f"{self._host} was not reached: {type(why).__name__}"
            detail = getattr(why, "strerror", None)
            raise HookFailed(f"{text}: {detail}" if detail else text) from None

    def _body(self, alert: Told) -> object:
        data = alert.as_dict()
        if self._template is None:
            return data
        values = {name: str(data[name]) for name in ("kind", "severity", "text", "time")}
        return _filled(self._template, values)


def _filled(template: object, values: Mapping[str, str]) -> object:
    """Put values into the texts of a template. Each place is read once: a text of an alert that has
    "{kind}" in it stays as it is.
    """
    if isinstance(template, str):
        import re

        pattern = "|".join(map(re.escape, (f"{{{name}}}" for name in values)))
        return re.sub(pattern, lambda found: values[found[0][1:-1]], template)
    if isinstance(template, Mapping):
        return {key: _filled(value, values) for key, value in template.items()}
    if isinstance(template, (list, tuple)):
        return [_filled(value, values) for value in template]
    return template


def _no_redirects() -> list[Any]:
    """A POST that is redirected would become a GET without a body, and look like a success."""
    from urllib.request import HTTPRedirectHandler

    class Stay(HTTPRedirectHandler):
        def redirect_request(self, *_: Any, **__: Any) -> None:
            return None

    return [Stay]


_BUSY = (408, 425, 429)


def _refused(status: int, retry_after: str) -> HookFailed:
    wait = float(retry_after) if retry_after.isascii() and retry_after.isdigit() else 0.0
    again = status >= 500 or status in _BUSY
    return HookFailed(f"the server answered {status}", again, min(wait, _LONGEST_WAIT))


def hook_from(data: Mapping[str, Any]) -> Command | Webhook:
    """Make a hook of data, as TOML or JSON has it: {"command": [...]} with timeout, or
    {"webhook": "https://..."} with headers, template, timeout and pauses.
    """
    options = dict(data)
    for name, make in (("command", Command), ("webhook", Webhook)):
        if name in options:
            what = options.pop(name)
            try:
                made: Command | Webhook = make(what, **options)
            except TypeError:
                unknown = ", ".join(sorted(map(str, options)))
                raise ValueError(f"{name}: one of these options is not known: {unknown}") from None
            return made
    raise ValueError('a hook has "command" or "webhook"')


__all__ = ["Command", "Hook", "HookFailed", "Webhook", "call", "hook_from"]
