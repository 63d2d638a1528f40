"""How long done jobs are kept."""

import pytest

from spool_layout.errors import FormatError
from spool_layout.settings import parse_settings
from spool_layout.states import Outcome

BEGIN = "wam: 1\nspool_id: x\n"


def test_by_outcome():
    text = f"{BEGIN}retention: {{completed: 90 d, failed: 30 d, walltime: 12 h}}\n"
    assert parse_settings(text).retention == {
        Outcome.COMPLETED: 90 * 86400,
        Outcome.FAILED: 30 * 86400,
        Outcome.WALLTIME: 12 * 3600,
    }
    assert parse_settings(BEGIN).retention == {}


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        ("{complete: 90 d}", "Did you mean 'completed'"),
        ("{completed: 90}", "Write 'completed: 90 d'"),
        ("{completed: soon}", "retention.completed"),
        ("{rejected: 90 d}", "is not a field"),
        ("90 d", "must be a mapping"),
    ],
)
def test_what_is_refused_names_line_and_cure(policy, message):
    with pytest.raises(FormatError) as refused:
        parse_settings(f"{BEGIN}retention: {policy}\n")
    assert message in f"{refused.value.message} {refused.value.cure}"
    assert "3" in refused.value.message
