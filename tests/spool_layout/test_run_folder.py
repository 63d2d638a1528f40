"""What a profile wants in the run folder."""

import pytest

from spool_layout.errors import FormatError
from spool_layout.profile import parse_profile
from spool_layout.run_folder import RunFolder

LEAST = 'wam_profile: 1\nname: a\nfamily: command\ncommand: ["{program}"]\n'
WHOLE = """\
run_folder:
  folders: [scratch, a/b]
  beside: [site.env]
  append:
    site.env: |
      cores = {cpus}
      table = {1: 2}
"""


def test_a_whole_one_is_read():
    found = parse_profile(LEAST + WHOLE, source="a.yaml").run_folder
    assert found.folders == ("scratch", "a/b")
    assert found.beside == ("site.env",)
    assert found.append == {"site.env": "cores = {cpus}\ntable = {1: 2}\n"}


def test_a_profile_without_one_wants_nothing():
    assert parse_profile(LEAST, source="a.yaml").run_folder == RunFolder()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("{cpus}", "{cores}", "run_folder.append.site.env: {cores} in"),
        ("[scratch, a/b]", "[../x]", "run_folder.folders: '../x'"),
        ("[site.env]", "[/etc/x]", "run_folder.beside: '/etc/x'"),
        ("    site.env: |", "    ../site.env: |", "run_folder.append.../site.env: '../site.env'"),
        ("folders:", "folder:", "run_folder.folder: is not a field"),
    ],
)
def test_what_leads_out_of_the_run_folder_or_stands_for_nothing_is_refused(old, new, said):
    with pytest.raises(FormatError) as raised:
        parse_profile(LEAST + WHOLE.replace(old, new), source="a.yaml")
    assert said in str(raised.value)
