"""The one table of settings: complete, and true about itself."""

from dataclasses import fields

import pytest

from node_service.config_file import read_filed
from node_service.settings import NodeSettings
from node_service.settings_table import BY_NAME, SETTINGS, as_markdown

NOT_IN_THE_FILE = {"once", "until_idle", "gpus"}  # for one call; the count of gpu_numbers


def test_every_setting_of_a_node_is_in_the_table_once():
    named = [setting.field for setting in SETTINGS]
    assert sorted(named) == sorted({f.name for f in fields(NodeSettings)} - NOT_IN_THE_FILE)
    assert len(BY_NAME) == len(SETTINGS)


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_an_example_can_be_used(setting):
    filed = read_filed(f"{setting.name}: {setting.example}\n".encode(), source="node.yaml")
    assert filed.problems == ()
    value = filed.values[setting.field]
    assert setting.kind.show(value)
    (default,) = [f.default for f in fields(NodeSettings) if f.name == setting.field]
    assert value != default, "an example that changes nothing"


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_a_setting_is_explained(setting):
    assert setting.meaning.endswith(".") and setting.meaning[0].isupper()
    assert setting.default and setting.kind.words
    assert f"| `{setting.name}` |" in as_markdown()
