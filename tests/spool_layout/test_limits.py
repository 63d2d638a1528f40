"""The site's limits in spool.yaml."""

import pytest

from spool_layout.errors import FormatError
from spool_layout.limits import Limits, OverMemory
from spool_layout.settings import parse_settings


def limits(text):
    return parse_settings(f"wam: 1\nspool_id: x\nlimits: {text}\n").limits


def test_a_spool_that_says_nothing_warns():
    assert parse_settings("wam: 1\nspool_id: x\n").limits == Limits()
    assert Limits().memory is OverMemory.WARN


def test_all_of_it_can_be_said():
    text = "{memory: end, memory_tolerance: 25 %, scratch_low: 2 GB, share_low: 1 GB}"
    assert limits(text) == Limits(
        memory=OverMemory.END,
        memory_tolerance=0.25,
        scratch_low_bytes=2 << 30,
        share_low_bytes=1 << 30,
    )
    assert limits("{memory: off}").memory is OverMemory.OFF


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{memory: maybe}", "must be off, warn or end, not 'maybe'"),
        ("{memory_tolerance: 0.1}", "'0.1' is not a part such as '10 %'"),
        ("{memory_tolerance: -3 %}", "'-3 %' is not a part"),
        ("{scratch_low: much}", "'much' is not a size"),
        ("{memroy: end}", "memroy"),
        ("{swap: end}", "is not a field"),
    ],
)
def test_a_slip_is_refused_with_its_line(text, said):
    with pytest.raises(FormatError, match=r"spool\.yaml:3") as refused:
        limits(text)
    assert said in str(refused.value)
