"""The site: Sphinx, MyST, furo. Build it with `sphinx-build -W docs docs/_build/html`.

What the programs know is written from them before the build: the reference of the wire protocol and
the table of error codes.
"""

from __future__ import annotations

import re
from pathlib import Path

import ibapi_port
from ibapi_port.client import EClient
from ibapi_port.error_codes import EFFECTS, search
from ibapi_port.ib import IB
from ibapi_port.protocol.reference.write import write_pages
from ibapi_port.protocol.schema.messages import INCOMING_BY_NAME, names_of
from ibapi_port.wrapper import EWrapper

HERE = Path(__file__).parent

project = "ibapi_port"
copyright = "the authors of ibapi_port, MIT licence"
author = "the authors of ibapi_port"
release = version = ibapi_port.__version__
extensions = ["myst_parser", "sphinx.ext.autodoc"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
exclude_patterns = ["_build", "api/generated/ib_methods.md"]  # it is a part of api/ib.md
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
html_theme = "furo"
html_title = f"ibapi_port {release}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_theme_options = {"navigation_with_keys": True}
html_copy_source = False
html_show_sphinx = False
add_module_names = False
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
python_display_short_literal_types = True
toc_object_entries = False  # each page would carry all of them
maximum_signature_line_length = 78
default_role = "code"  # docstrings are plain text with `names`
pygments_style = "tango"
pygments_dark_style = "monokai"


def _write(name: str, text: str) -> None:
    path = HERE / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def error_codes() -> str:
    """Return all error codes as a page: by kind, with cause, cure and effect."""
    found = search("")
    lines = ["# All error codes", ""]
    lines += ["`ibapi-port errors CODE` prints the same. What the effects mean:", ""]
    lines += [f"- **{name}**: {text}" for name, text in EFFECTS.items()]
    for kind in dict.fromkeys(advice.kind for advice in found):
        lines += ["", f"## {kind.capitalize()}", "", "| code | cause | cure | effect |"]
        lines.append("|---|---|---|---|")
        for advice in (one for one in found if one.kind == kind):
            said = f" (text: {' or '.join(advice.words)})" if advice.words else ""
            cells = (f"{advice.code}{said}", advice.cause, advice.cure, advice.effect)
            lines.append(f"| {' | '.join(map(_cell, cells))} |")
    return "\n".join(lines) + "\n"


API_ORDER = {
    "session": "Session",
    "contracts": "Contracts",
    "orders": "Orders and executions",
    "account": "Accounts, positions, advisors",
    "market_data": "Market data",
    "history": "History",
    "scanner": "Scanners",
    "news": "News, fundamental data, corporate events",
}  # IB's documentation has them in this order


def api_page(title: str, start: str, cls: type, side: int, skipped: set[str]) -> str:
    """Return the methods of a class by area: those of the messages, then all others."""
    path = f"{cls.__module__}.{cls.__name__}"
    left = [name for name in dir(cls) if not name.startswith("_") and name not in skipped]
    left = [name for name in left if callable(getattr(cls, name)) and getattr(cls, name).__doc__]
    lines = [title, "=" * len(title), "", start, ""]
    for area, heading in API_ORDER.items():
        names = names_of(area)[side]
        if side == 0:
            names = [call.name for name in names for call in INCOMING_BY_NAME[name].calls]
        lines += [heading, "-" * len(heading), ""]
        for name in dict.fromkeys(names):
            if name in left:
                left.remove(name)
                lines += _member(path, name)
    lines += ["Others", "------", ""]
    for name in left:
        lines += _member(path, name)
    return "\n".join(lines) + "\n"


def _member(path: str, name: str) -> list[str]:
    return [f".. automethod:: {path}.{name}", ""]


CONNECTING = {"connect", "run", "disconnect", "isConnected", "serverVersion", "twsConnectionTime",
              "startApi", "startAPI", "reset", "setConnectOptions", "setOptionalCapabilities",
              "eConnect", "eDisconnect", "checkConnected"}  # fmt: skip
_write(
    "api/generated/requests.rst",
    api_page(
        "Requests",
        "The methods of `EClient`, with IB's names. What answers each of them is in the "
        ":doc:`reference of the protocol </protocol/index>`.",
        EClient,
        1,
        CONNECTING,
    ),
)


def methods_by_area(face: type) -> str:
    """Return what a face inherits, by the areas in which it stands (IB's bases)."""
    path = f"{face.__module__.rpartition('.')[0]}.{face.__name__}"
    lines: list[str] = []
    for area in face.__mro__[1:]:
        public = {name: it for name, it in vars(area).items() if name[0] != "_"}
        if public:
            title = re.split("[:.]", area.__doc__ or "")[0]
            lines += [f"## {title}", "", "```{eval-rst}"]
            for name, it in public.items():
                kind = "automethod" if callable(it) else "autoproperty"
                lines += [f".. {kind}:: {path}.{name}", ""]
            lines += ["```", ""]
    return "\n".join(lines)


_write(
    "api/generated/callbacks.rst",
    api_page(
        "Callbacks",
        "The methods of `EWrapper`; override what you want to hear.",
        EWrapper,
        0,
        set(),
    ),
)
_write("api/generated/ib_methods.md", methods_by_area(IB))
for _ in write_pages(HERE / "protocol" / "generated"):
    pass
_write("guide/generated/error_codes.md", error_codes())


_CODE = re.compile(r"(from |import |with |for |\.\.\.|[a-z_.]+ = |[a-z_]+\.[a-z_]+[(,])")


def examples(lines: list[str]) -> list[str]:
    """Return a docstring with its examples marked: what is indented, or begins as code does."""
    found: list[str] = []
    paragraphs = "\n".join(lines).split("\n\n")
    before = False
    for text in paragraphs:
        first = text.lstrip("\n")
        is_code = first.startswith("    ") or _CODE.match(first) is not None
        if is_code:
            if not before:
                found += ["::", ""]
            indent = "" if first.startswith("    ") else "    "
            found += [indent + line for line in text.split("\n")]
        else:
            found += text.split("\n")
        found.append("")
        before = is_code
    return found


def setup(app) -> None:
    def mark_examples(app, what: str, name: str, it, options, lines: list[str]) -> None:
        lines[:] = examples(lines)

    app.connect("autodoc-process-docstring", mark_examples)
