"""The components of a window, as the agent sends them, and how they are found.

Labels are compared by their letters and digits alone: "Log In", "Login", "log-in" and "Log in..."
are one label. Gateway's labels change in such ways from version to version.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

TEXT_FIELDS = ("text", "password")
_TAG = re.compile(r"<[^<>]*>")


def plain(text: str) -> str:
    """Return a text for comparing: no HTML, one case, hyphens and runs of blanks as one blank."""
    if "<" in text:
        text = html.unescape(_TAG.sub(" ", text))
    text = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(re.sub(r"[-‐‑‒–_]", " ", text).split())


def key(label: str) -> str:
    """Return a label's letters and digits: what labels are compared by."""
    return "".join(c for c in plain(label) if c.isalnum())


@dataclass(frozen=True)
class Node:
    """One component. `kind` is frame, dialog, button, toggle, check, radio, menu, item, label,
    text, password, area, list, combo, tree, table or other.
    """

    id: int
    kind: str
    cls: str = ""
    text: str = ""
    name: str = ""
    enabled: bool = True
    visible: bool = True
    selected: bool = False
    bounds: tuple[int, int, int, int] = (0, 0, 0, 0)
    items: tuple[str, ...] = ()
    label: str = ""
    children: tuple[Node, ...] = ()

    def walk(self) -> Iterator[Node]:
        """Yield this component and all within it, in their order."""
        yield self
        for child in self.children:
            yield from child.walk()

    def shown(self) -> Iterator[Node]:
        """Yield what a person could see; the items of menus too, which are closed."""
        for node in self.walk():
            if node.visible or node.kind in ("menu", "item"):
                yield node


def node_from(data: Mapping[str, Any]) -> Node:
    """Make a component of the agent's data. Values that are not there have their defaults."""
    bounds = data.get("b") or (0, 0, 0, 0)
    return Node(
        id=int(data.get("id", 0)),
        kind=str(data.get("k", "other")),
        cls=str(data.get("c", "")),
        text=str(data.get("t", "")),
        name=str(data.get("n", "")),
        enabled=bool(data.get("e", True)),
        visible=bool(data.get("v", True)),
        selected=bool(data.get("s", False)),
        bounds=(int(bounds[0]), int(bounds[1]), int(bounds[2]), int(bounds[3])),
        items=tuple(str(item) for item in data.get("items", ())),
        label=str(data.get("l", "")),
        children=tuple(node_from(child) for child in data.get("ch", ())),
    )


def node_data(node: Node) -> dict[str, Any]:
    """Return a component as data, as a dump shows it. What is as usual is left out."""
    data: dict[str, Any] = {"id": node.id, "k": node.kind}
    if node.cls:
        data["c"] = node.cls
    for name, value in (("t", node.text), ("n", node.name), ("l", node.label)):
        if value:
            data[name] = value
    if not node.enabled:
        data["e"] = False
    if not node.visible:
        data["v"] = False
    if node.selected:
        data["s"] = True
    if any(node.bounds):
        data["b"] = list(node.bounds)
    if node.items:
        data["items"] = list(node.items)
    if node.children:
        data["ch"] = [node_data(child) for child in node.children]
    return data


CLICKABLE = ("button", "toggle", "check", "radio", "item")


def find(root: Node, labels: Sequence[str], kinds: Sequence[str] = CLICKABLE) -> Node | None:
    """Return the first component of these kinds with one of these labels; None if none has.

    Labels that come first are looked for first. One that ends with "*" is a beginning.
    """
    for label in labels:
        wanted = key(label)
        begins = label.endswith("*")
        for node in root.shown():
            if node.kind in kinds and node.text:
                has = key(node.text)
                if has == wanted or (begins and has.startswith(wanted)):
                    return node
    return None


def enabled(node: Node | None) -> Node | None:
    """Return a component that can be clicked; None if it cannot, or if there is none."""
    return node if node is not None and node.enabled else None


def every(root: Node, label: str, kinds: Sequence[str] = CLICKABLE) -> list[Node]:
    """Return all components of these kinds whose label begins so."""
    wanted = key(label)
    return [n for n in root.shown() if n.kind in kinds and key(n.text).startswith(wanted)]


def of_kind(root: Node, *kinds: str) -> list[Node]:
    """Return the components of these kinds."""
    return [n for n in root.shown() if n.kind in kinds]


def menu_item(root: Node, *path: str) -> Node | None:
    """Return the item of a menu, as in `menu_item(frame, "File", "Close")`; None if none is so."""
    node: Node | None = root
    for depth, label in enumerate(path):
        last = depth == len(path) - 1
        assert node is not None
        node = find(node, [label], ("item", "menu") if last else ("menu",))
        if node is None:
            return None
    return node


def field(root: Node, labels: Sequence[str], kinds: Sequence[str] = TEXT_FIELDS) -> Node | None:
    """Return the field that a label names: by the label's own reference, else the one right of it,
    else the next one behind it. Return None if no label is so, or none has a field.
    """
    nodes = list(root.shown())
    fields = [n for n in nodes if n.kind in kinds]
    for label in labels:
        wanted = key(label)
        for node in fields:
            if key(node.label).startswith(wanted) and node.label:
                return node
        for place, node in enumerate(nodes):
            if node.kind == "label" and key(node.text).startswith(wanted):
                right = [f for f in fields if _is_right_of(f, node)]
                if right:
                    return min(right, key=lambda f: f.bounds[0])
                behind = [n for n in nodes[place:] if n.kind in kinds]
                if behind:
                    return behind[0]
    return None


def _is_right_of(node: Node, label: Node) -> bool:
    x, y, width, height = label.bounds
    middle = node.bounds[1] + node.bounds[3] // 2
    return width > 0 and node.bounds[0] >= x + width - 2 and y - 4 <= middle <= y + height + 4


def texts(root: Node) -> str:
    """Return all that can be read in a window, without what was typed into its fields."""
    parts = [root.text] if root.kind in ("frame", "dialog") else []
    parts += [n.text for n in root.shown() if n is not root and n.kind in ("label", "area")]
    return " ".join(" ".join(_TAG.sub(" ", part).split()) for part in parts if part)


def message(root: Node) -> str:
    """Return what a window says, without its title."""
    parts = [n.text for n in root.shown() if n is not root and n.kind in ("label", "area")]
    return " ".join(html.unescape(" ".join(_TAG.sub(" ", p).split())) for p in parts if p)


def has_text(root: Node, wanted: str) -> bool:
    """Return whether a window says something, in its title or in what can be read in it."""
    return plain(wanted) in plain(texts(root))


def masked(data: dict[str, Any], mask: Callable[[str], str]) -> dict[str, Any]:
    """Return a component's data with each text masked."""
    found = dict(data)
    for name, value in data.items():
        if isinstance(value, str):
            found[name] = mask(value)
        elif name == "ch":
            found[name] = [masked(child, mask) for child in value]
        elif name == "tree":  # of a record, which says beside it why it was made
            found[name] = masked(value, mask)
        elif name == "items":
            found[name] = [mask(item) for item in value]
    return found
