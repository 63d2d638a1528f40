"""What may be written behind a setting's name."""

import pytest

from node_service.setting_kinds import (
    FLAG,
    FOLDER,
    LOCATION,
    NODE_NAME,
    PERIOD,
    SIZE,
    count,
    one_of,
    read_word,
)
from spool_layout.errors import BadName, FormatError
from spool_layout.fields import Fields
from spool_layout.yaml_text import load_mapping


def read(kind, text):
    return kind.read(Fields(load_mapping(f"it: {text}\n", source="node.yaml")), "it")


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        (count(least=1), "0", "must be 1 to"),
        (count(), "many", "whole number"),
        (SIZE, "lots", "not a size"),
        (PERIOD, "0 s", "more than nothing"),
        (FLAG, "perhaps", "yes or no"),
        (FOLDER, "scratch/here", "must be a whole path"),
        (LOCATION, "jobs", "must be a whole path"),
        (NODE_NAME, "Not A Name", "cannot be a node's name"),
        (one_of("info", "debug"), "loud", "one of info, debug"),
    ],
)
def test_what_cannot_be_is_refused_with_its_line(kind, text, said):
    with pytest.raises(FormatError, match=said) as refused:
        read(kind, text)
    assert str(refused.value).startswith("node.yaml:1: it: ")


def test_paths_of_both_systems_and_addresses_are_whole():
    assert str(read(FOLDER, "/var/lib/wam")) == "/var/lib/wam"
    assert read(LOCATION, r"\\server\share\jobs") == r"\\server\share\jobs"
    assert read(LOCATION, "smb://server/share") == "smb://server/share"
    assert read(FOLDER, r"D:\wam")


def test_a_word_of_the_command_line_is_read_alike():
    assert read_word(count(), "cpus", "4") == 4
    assert read_word(SIZE, "memory", "2 GB") == 2 << 30
    assert str(read_word(FOLDER, "scratch", "here")) == "here"
    with pytest.raises(ValueError, match=r"^must be a whole number, not 'many'"):
        read_word(count(), "cpus", "many")
    with pytest.raises(BadName):
        read_word(NODE_NAME, "name", "Not A Name")
