"""Options of a profile: what a ticket may choose, and the files that a choice names."""

import pytest

from spool_layout.errors import FormatError
from spool_layout.profile import parse_profile

PROFILE = """\
wam_profile: 1
name: a
family: command
command: ["{program}", "{options}"]
options:
  order: {values: [1, "off"], argument: "order={value}"}
  oldjob:
    pattern: "[a-z]+"
    argument: "oldjob={value}"
    earlier_job: true
    files: ["{value}", "{value}.odb"]
"""


@pytest.fixture
def options():
    return parse_profile(PROFILE, source="a.yaml").options


def test_the_files_that_a_choice_may_mean(options):
    assert options["oldjob"].earlier_job
    assert options["oldjob"].files_for("wing") == ("wing", "wing.odb")
    assert options["order"].files_for("1") == ()


def test_values_and_patterns_hold_for_the_whole_value(options):
    assert options["order"].permits("1") and options["order"].permits("off")
    assert not options["order"].permits("11")
    assert options["oldjob"].permits("wing") and not options["oldjob"].permits("wing 1")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"{value}.odb"', '"{name}.odb"', "options.oldjob.files: {name} in '{name}.odb'"),
        ("earlier_job: true", "earlier_job: maybe", "earlier_job: must be yes or no"),
        ("earlier_job", "earlier", "Did you mean 'earlier_job'?"),
    ],
)
def test_what_is_refused(old, new, said):
    with pytest.raises(FormatError) as raised:
        parse_profile(PROFILE.replace(old, new), source="a.yaml")
    assert said in f"{raised.value} {raised.value.cure}"
