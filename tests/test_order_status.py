"""The statuses of orders, held against what the official client 10.51 answers."""

from __future__ import annotations

import pytest

from ibapi_port.order_status import OrderStatus

ACTIVE = {"PreSubmitted", "PendingCancel", "Submitted", "PendingSubmit"}
TERMINAL = {"Filled", "Cancelled", "Inactive", "ApiCancelled"}
NEITHER = {"ApiPending", "Unknown"}


def test_these_are_all() -> None:
    assert {status.name for status in OrderStatus} == ACTIVE | TERMINAL | NEITHER
    assert all(status.value == status.name == str(status) == f"{status}" for status in OrderStatus)


@pytest.mark.parametrize("status", OrderStatus)
def test_what_may_still_come(status: OrderStatus) -> None:
    assert (status.is_active(), status.is_terminal()) == (
        status.name in ACTIVE,
        status.name in TERMINAL,
    )


@pytest.mark.parametrize(
    ("text", "name"),
    [
        *((status.value, status.name) for status in OrderStatus),
        ("filled", "Filled"),
        ("PRESUBMITTED", "PreSubmitted"),
        (" Cancelled\n", "Cancelled"),
        ("", "Unknown"),
        (None, "Unknown"),
        ("Fill", "Unknown"),
        ("no such status", "Unknown"),
    ],
)
def test_the_status_of_a_text(text: str, name: str) -> None:
    assert OrderStatus.get(text) is OrderStatus[name]
