"""The program ``wam``: finds the command, loads it, and turns every error into a sentence."""

# ruff: noqa: ANN401 - the parser underneath typer is another package from one version to the next

import gc
import os
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from client_tools.commands import COMMANDS, load
from client_tools.commands.examples import examples_of
from spool_layout.errors import WamError

INTERRUPTED = 130
UNEXPECTED = 3


class LateGroup(TyperGroup):
    """Knows all commands by name, and loads one only when it is called for.

    Reading the share's code, YAML and tables takes several times as long as Python's own start.
    """

    def list_commands(self, ctx: Any) -> list[str]:
        """The names, in the order in which a new user needs them."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command, loaded; None for a name that is none."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        self.commands[cmd_name] = _command(cmd_name)
        return self.commands[cmd_name]

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that the words begin with; names that are near are said with the error."""
        # What is suggested is looked up among the loaded ones.
        if args and args[0] not in COMMANDS:
            self.commands.update(dict.fromkeys(COMMANDS))  # type: ignore[arg-type]
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """The list of commands in the help, from the table: nothing is loaded for it."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _command(name: str) -> Any:
    # One way for all: no colours or boxes in help, so that it needs no rich and can be piped.
    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    app.command(name, epilog=examples_of(name))(load(name))
    _go_on_collecting()
    return typer.main.get_command(app)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version  # noqa: PLC0415 - costs more than the help

        typer.echo(f"wam {version('wamspool')}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Queue solver jobs in a shared folder, follow them, and get their results.

    Every command takes --help. The spool is named by --spool, WAM_SPOOL, or your settings.
    """
    del version


def build() -> Any:
    """The whole command line."""
    app = typer.Typer(cls=LateGroup, rich_markup_mode=None, pretty_exceptions_enable=False)
    app.callback(no_args_is_help=True)(_root)
    return typer.main.get_command(app)


def _go_on_collecting() -> None:
    """What was loaded stays to the end: no search for garbage need look at it, that at exit neither.

    Both together take longer than Python's own start.
    """
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command line; returns the exit code. Nothing that it meets becomes a traceback."""
    if argv is None:  # the program itself, not a caller with a life before and after
        gc.disable()
    for stream in (sys.stdout, sys.stderr):
        # File names hold what a terminal cannot show; a code for it is better than an error.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        words = _words(sys.argv[1:] if argv is None else argv)
        if not words and (problem := _nothing_is_set_up()):
            print_error(problem)
            return problem.exit_code
        build()(args=words, prog_name="wam")
    except SystemExit as ended:
        return _code(ended)
    except WamError as error:
        print_error(error)
        return error.exit_code
    except BrokenPipeError:
        return _leave_the_pipe()
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - whatever it is, the user reads a sentence
        return _explain(error)
    return 0


def _nothing_is_set_up() -> WamError | None:
    """What a new user reads who types the bare name; None where a spool is known: then the help.

    None too where it is the shell that asks, for TAB.
    """
    if "_WAM_COMPLETE" in os.environ:
        return None
    from client_tools import config  # noqa: PLC0415 - for that call alone
    from client_tools.errors import NoSpoolNamed  # noqa: PLC0415

    if config.configured_spool(None):
        return None
    return NoSpoolNamed("which spool? None is named ('wam --help' lists all commands)")


def _words(argv: Sequence[str]) -> list[str]:
    """The words as the commands know them; old ones are translated, and the new form is said."""
    if not argv or not argv[0].startswith("-") or argv[0].startswith("--"):
        return list(argv)
    from client_tools.old_spellings import translated  # noqa: PLC0415 - few still type them

    try:
        new = translated(argv)
    except typer.BadParameter as error:
        print(f"Error: {error.format_message()}", file=sys.stderr)
        raise SystemExit(2) from None
    if new is None:
        return list(argv)
    print(f"wam: this is now: wam {' '.join(map(_quoted, new))}", file=sys.stderr)
    return new


def _quoted(word: str) -> str:
    return f'"{word}"' if " " in word or not word else word


def _code(ended: SystemExit) -> int:
    if ended.code is None:
        return 0
    return ended.code if isinstance(ended.code, int) else UNEXPECTED


def print_error(error: WamError) -> None:
    """The message and what to do stand on stderr."""
    from client_tools.views.text import printable  # noqa: PLC0415 - the help needs none

    cure = printable(error.cure).replace("\n", "\n     ")
    print(f"wam: {printable(error.message)}\n  -> {cure}", file=sys.stderr)


def _explain(error: Exception) -> int:
    from client_tools import config  # noqa: PLC0415 - the way of errors is long enough

    if isinstance(error, OSError):
        from client_tools.errors import LocalFile  # noqa: PLC0415

        place = f"{error.filename}: " if error.filename else ""
        problem = LocalFile(f"{place}{error.strerror or error}")
        print_error(problem)
        return problem.exit_code
    import traceback  # noqa: PLC0415

    noted = config.note_crash("".join(traceback.format_exception(error)))
    where = f"The details are in {noted}" if noted else f"It was {type(error).__name__}: {error}"
    print(f"wam: a fault of wam itself, not of your job.\n  -> {where}; send them with a report.",
          file=sys.stderr)  # fmt: skip
    return UNEXPECTED


def _leave_the_pipe() -> int:
    # Whoever read our output has enough of it; Python would complain again when it flushes.
    sys.stdout = None
    return 1
