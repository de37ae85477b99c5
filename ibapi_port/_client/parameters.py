"""What arguments a callable takes. `inspect` is asked only of what is no plain function: importing
it takes longer than connecting.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from .._value_class import Comparable, value_class

_STAR, _DOUBLE_STAR = 4, 8  # CO_VARARGS, CO_VARKEYWORDS
_PLAIN = type(lambda: None)


@value_class
class Parameters(Comparable):
    """`names`: those that can be given by position, in order, then those that only a keyword gives;
    * and ** apart.
    """

    names: tuple[str, ...]
    positional: int  # how many of the names can be given by position
    positional_only: int
    required: tuple[str, ...]
    starred: bool
    double_starred: bool

    def take_positions(self, count: int) -> bool:
        """Whether it can be called with as many arguments."""
        given = self.names[: min(count, self.positional)]
        return (count <= self.positional or self.starred) and all(
            name in given for name in self.required
        )

    def take_names(self, names: Iterable[str]) -> bool:
        """Whether it can be called with these keywords."""
        given, named = set(names), self.names[self.positional_only :]
        return (self.double_starred or given <= set(named)) and all(
            name in given and name in named for name in self.required
        )


def parameters_of(function: Callable[..., object], *, itself: bool = False) -> Parameters:
    """`itself`: those that it has itself, not those of a function that it wraps. TypeError,
    ValueError: nothing is known of it (a builtin, a mock).
    """
    raw = getattr(function, "__func__", function)
    if type(raw) is not _PLAIN or (
        not itself and ("__wrapped__" in raw.__dict__ or "__signature__" in raw.__dict__)
    ):
        return _inspected(function)
    code, bound = raw.__code__, int(raw is not function and raw.__code__.co_argcount > 0)
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    optional = names[code.co_argcount - len(raw.__defaults__ or ()) : code.co_argcount] + tuple(
        raw.__kwdefaults__ or ()
    )
    return Parameters(
        names[bound:],
        code.co_argcount - bound,
        max(code.co_posonlyargcount - bound, 0),
        tuple(name for name in names[bound:] if name not in optional),
        bool(code.co_flags & _STAR),
        bool(code.co_flags & _DOUBLE_STAR),
    )


def _inspected(function: Callable[..., object]) -> Parameters:
    import inspect

    found = inspect.signature(function).parameters.values()
    plain = [p for p in found if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    return Parameters(
        tuple(p.name for p in plain),
        sum(p.kind is not p.KEYWORD_ONLY for p in plain),
        sum(p.kind is p.POSITIONAL_ONLY for p in plain),
        tuple(p.name for p in plain if p.default is p.empty),
        any(p.kind is p.VAR_POSITIONAL for p in found),
        any(p.kind is p.VAR_KEYWORD for p in found),
    )
