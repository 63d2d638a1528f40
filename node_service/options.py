"""A node's settings on the command line of ``wam-node run``, made from the one table."""

import argparse
from collections.abc import Callable, Collection
from typing import Any, Final

from node_service.setting_kinds import read_word
from node_service.settings_table import BY_NAME, SETTINGS, Option, Setting

_DEST: Final = "setting_"


def add_settings(parser: argparse.ArgumentParser, *, only: Collection[str] = BY_NAME) -> None:
    """The parser takes every setting that has an option; of these names."""
    for setting in SETTINGS:
        if setting.option and setting.name in only:
            _add(parser, setting, setting.option)


def _add(parser: argparse.ArgumentParser, setting: Setting, option: Option) -> None:
    dest = _DEST + setting.name
    described = f"{setting.meaning} Default: {setting.default}.".replace("%", "%%")
    if option.means is not None:
        parser.add_argument(
            option.flag, dest=dest, action="store_const", const=option.means, help=described
        )
    elif option.gather:
        parser.add_argument(
            option.flag, dest=dest, action="append", metavar=option.metavar,
            type=_checked(option.gather), help=f"{described} May be repeated.",
        )  # fmt: skip
    else:
        parser.add_argument(
            option.flag, dest=dest, metavar=option.metavar, type=_reader(setting), help=described
        )


def _reader(setting: Setting) -> Callable[[str], Any]:
    def read(text: str) -> object:
        try:
            return read_word(setting.kind, setting.name, text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return read


def _checked(gather: Callable[[list[str]], Any]) -> Callable[[str], str]:
    def check(text: str) -> str:
        try:
            gather([text])
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None
        return text

    return check


def given(arguments: argparse.Namespace) -> dict[str, Any]:
    """The settings that were said on the command line, by their field of NodeSettings."""
    found = {}
    for setting in SETTINGS:
        value = getattr(arguments, _DEST + setting.name, None)
        if value is not None and setting.option:
            gather = setting.option.gather
            found[setting.field] = gather(value) if gather else value
    return found
