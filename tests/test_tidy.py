"""The house rules that a linter cannot hold. Each rule comes with a snippet that breaks it.

A rule is a function from one source file to the complaints about it. Where a rule has
exceptions they stand in the table ``WHERE``, each with its reason; a place that no longer
exists has to leave the table.
"""

import ast
import gc
import re
import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PRODUCT = ("spool_layout", "wamspool", "node_service", "client_tools")
FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60

# rule -> {place: why it is excepted there}
WHERE: dict[str, dict[str, str]] = {
    "files": {
        "wamspool/shares/*": "the share: every access to a spool goes through it",
        "node_service/scratch*.py": "the node's own disk, where the solver runs",
        "node_service/solvers/*": "reads what a solver left in its scratch folder",
        "node_service/processes/*": "a process's output, and the note of how it ended",
        "node_service/log*.py": "this machine's log",
        "node_service/mail/own_file.py": "the password for the mail server",
        "node_service/config_file.py": "the settings of this machine's node",
        "client_tools/config*.py": "this user's settings",
        "client_tools/demo*": "makes a spool to play with in a temporary folder",
    },
    "platform": {
        "wamspool/shares/*": "chooses the implementation; its halves say which system they are for",
        "node_service/processes/*": "the same, for processes",
        "client_tools/config*.py": "where a system keeps a user's settings",
    },
    "print": {
        "client_tools/*": "the terminal belongs to it",
    },
    "clock": {
        "wamspool/clock.py": "the one clock; everybody else is handed it",
    },
    "banned": {
        "spool_layout/yaml_text.py: yaml": "the only reader and writer of YAML",
        "node_service/scratch*.py: shutil.rmtree": "empties folders that it made itself",
        "client_tools/demo*: shutil.rmtree": "removes the temporary spool that it made itself",
    },
    "dead": {
        "client_tools/app.py": "the program wam",
        "client_tools/commands/*": "loaded by name; each is in the table (test_commands_loaded)",
        "node_service/app.py": "the program wam-node",
    },
    "mirror": {
        "tests/test_examples.py": "the example decks, which are no module",
        "tests/test_tidy.py": "this file: the whole tree",
        "tests/test_imports.py": "the layers: the whole tree",
        "tests/test_docs.py": "the pages, and what is made from the code",
        "tests/test_docs_commands.py": "the command lines that pages show",
        "tests/test_docs_format.py": "the fields that pages name",
        "tests/test_docs_yaml.py": "the YAML that pages show",
        "tests/contract/*": "one suite for every share",
        "tests/real/*": "real solvers, servers and services",
        "tests/sim/*": "the protocol as a whole, on a simulated share",
    },
}

NAMES = {"manager", "helper", "util", "utility", "utilitie", "common", "handler", "misc"}
NOT_ALONE = {"data", "info"}  # say nothing as the whole name of a module or class
METHODS_ON_FILES = {
    *("chmod", "hardlink_to", "iterdir", "mkdir", "read_bytes", "read_text", "rename", "rglob"),
    *("rmdir", "symlink_to", "touch", "unlink", "write_bytes", "write_text"),
}
OS_ON_FILES = (
    *("access", "chmod", "chown", "fsync", "link", "listdir", "lstat", "makedirs", "mkdir", "open"),
    *("read", "remove", "removedirs", "rename", "renames", "replace", "rmdir", "scandir", "stat"),
    *("symlink", "truncate", "unlink", "utime", "walk", "write"),
)
CALLS_ON_FILES = {"codecs.open", "io.open", *(f"os.{verb}" for verb in OS_ON_FILES)}
MODULES_ON_FILES = {"glob", "shutil", "tempfile"}
NOT_ON_FILES = {"shutil.disk_usage", "shutil.get_terminal_size", "shutil.which"}
CLOCKS = {
    *("time.gmtime", "time.localtime", "time.monotonic", "time.monotonic_ns"),
    *("time.perf_counter", "time.sleep", "time.time", "time.time_ns"),
    *("datetime.date.today", "datetime.datetime.now", "datetime.datetime.today"),
    "datetime.datetime.utcnow",
}
PLATFORM = {"sys.platform", "os.name", "platform.system", "sys.getwindowsversion"}
BANNED = {
    "smbclient.rename": "lets two clients rename one file, both told they did; "
    "move on a handle that withholds delete sharing (Share.move)",
    "smbclient.replace": "fails while anybody reads the target, and shares the faults of rename; "
    "Share.replace",
    "smbclient.utime": "writes the client's clock into the share; ask Share.now",
    "shutil.rmtree": "one wrong path removes a user's results; remove what you made, by name",
    "shutil.move": "copies and removes where a rename fails, so it can leave both; Share.move",
    "os.system": "a shell reads the text; node_service.processes takes a list",
    "os.popen": "a shell reads the text; node_service.processes takes a list",
    "os.kill": "kills one process of a tree, or a stranger with its number; node_service.processes",
    "os._exit": "ends without flushing; return an exit code",
    "yaml.load": "no limits, duplicate keys taken silently; spool_layout.yaml_text",
    "yaml.safe_load": "no limits, duplicate keys taken silently; spool_layout.yaml_text",
    "yaml.dump": "another order and style at each place; spool_layout.yaml_text",
    "yaml.safe_dump": "another order and style at each place; spool_layout.yaml_text",
    "pickle.load": "runs what the file says",
    "pickle.loads": "runs what the text says",
}
# Written so that this file does not find itself.
LEFTOVER = re.compile(r"\b(?:TO[D]O|FIX[M]E|X{3})\b")
WORKPLACE = re.compile(
    r"(?<![\w.)}])/(?:work|farm|root)/|/tmp/[w]am(?![\w-])|\.[l]ibrary/|\bsub[a]gent|\b[Ii]ssue #?\d"
)


@dataclass(frozen=True)
class Source:
    """One file of the project; ``path`` is relative to its root, with forward slashes."""

    path: str
    text: str

    @property
    def is_product(self) -> bool:
        return self.path.split("/")[0] in PRODUCT and self.path.endswith(".py")

    @property
    def module(self) -> str:
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path) if self.path.endswith(".py") else ast.parse("")

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """All of the tree: most rules go through it, and walking costs more than looking."""
        return list(ast.walk(self.tree))

    @cached_property
    def functions(self) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
        return [node for node in self.nodes if isinstance(node, kinds)]

    @cached_property
    def imported(self) -> dict[str, str]:
        """Names that imports bind in this file, with what they stand for in full."""
        names: dict[str, str] = {}
        for node in self.nodes:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    first = alias.name.split(".")[0]
                    names[alias.asname or first] = alias.name if alias.asname else first
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
        return names

    def full_name(self, node: ast.AST) -> str | None:
        """``os.path.join`` for what is written ``join`` after an import; None for other values."""
        match node:
            case ast.Name(id=name):
                return self.imported.get(name)
            case ast.Attribute(value=value, attr=attr):
                base = self.full_name(value)
                return f"{base}.{attr}" if base else None
        return None

    def named(self) -> Iterator[tuple[int, str]]:
        """Every use of something imported, with its line: ``from time import sleep`` is one."""
        for node in self.nodes:
            if isinstance(node, ast.ImportFrom):
                yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)
            elif isinstance(node, ast.Attribute) and (name := self.full_name(node)):
                yield node.lineno, name

    def is_excepted(self, rule: str, subject: str = "") -> bool:
        for place in WHERE.get(rule, {}):
            path, _, what = place.partition(": ")
            if fnmatchcase(self.path, path) and subject.startswith(what):
                return True
        return False


Complaints = Iterator[str]


def file_length(source: Source) -> Complaints:
    lines = source.text.count("\n")
    if source.is_product and lines > FILE_LINES_MAX:
        yield f"{lines} lines, of {FILE_LINES_MAX} at most: split it by concept"


def _lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from ``def`` to the end, less the docstring: a contract may be as long as it needs."""
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function) is not None:
        lines -= (first.end_lineno or first.lineno) - first.lineno + 1
    return lines


def function_length(source: Source) -> Complaints:
    for function in source.functions if source.is_product else []:
        if (lines := _lines_of(function)) > FUNCTION_LINES_MAX:
            yield f"{function.lineno}: {function.name} has {lines} lines, of {FUNCTION_LINES_MAX}"


def _words(name: str) -> set[str]:
    """The words of a name in snake_case or CamelCase, without a plural s."""
    return {
        word.lower().removesuffix("s") for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)
    }


def names(source: Source) -> Complaints:
    if not source.path.endswith(".py"):
        return
    stem = Path(source.path).stem
    if _words(source.path) & NAMES or (source.is_product and stem in NOT_ALONE):
        yield "the file's name says nothing of what is in it"
    for node in source.nodes:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            alone = isinstance(node, ast.ClassDef) and node.name.lower() in NOT_ALONE
            if _words(node.name) & NAMES or alone:
                yield f"{node.lineno}: {node.name}: name it by what it does or is"


def files(source: Source) -> Complaints:
    if not source.is_product or source.is_excepted("files"):
        return
    for node in source.nodes:
        if not isinstance(node, ast.Call):
            continue
        name, what = source.full_name(node.func) or "", ""
        module = name.rpartition(".")[0]
        if isinstance(node.func, ast.Name) and node.func.id == "open" and not name:
            what = "open"
        elif name in CALLS_ON_FILES or (module in MODULES_ON_FILES and name not in NOT_ON_FILES):
            what = name
        elif isinstance(node.func, ast.Attribute) and node.func.attr in METHODS_ON_FILES:
            what = f".{node.func.attr}"
        if what:
            yield f"{node.lineno}: {what}(...): files are touched only in {', '.join(WHERE['files'])}"


def platform(source: Source) -> Complaints:
    if source.is_product and not source.is_excepted("platform"):
        for line, name in source.named():
            if name in PLATFORM:
                yield f"{line}: {name}: ask a capability; systems differ only where one is chosen"


def printing(source: Source) -> Complaints:
    if source.is_product and not source.is_excepted("print"):
        for node in source.nodes:
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print":
                yield f"{node.lineno}: print(...): return it, or log it"


def clock(source: Source) -> Complaints:
    if source.is_product and not source.is_excepted("clock"):
        for line, name in source.named():
            if name in CLOCKS:
                yield f"{line}: {name}: take a Clock, so that tests and the simulator decide it"


def banned(source: Source) -> Complaints:
    for line, name in source.named() if source.is_product else ():
        if name in BANNED and not source.is_excepted("banned", name):
            yield f"{line}: {name}: {BANNED[name]}"


def leftovers(source: Source) -> Complaints:
    for number, line in enumerate(source.text.splitlines(), start=1):
        if found := LEFTOVER.search(line):
            yield f"{number}: {found[0]}: do it, or say what is not promised"
        if found := WORKPLACE.search(line):
            yield f"{number}: '{found[0]}' speaks of a place or tool that no user has"


def docstrings(source: Source) -> Complaints:
    is_test = source.path.startswith("tests/") and source.path.endswith(".py")
    if not (source.is_product or (is_test and source.text.strip())):
        return
    if not ast.get_docstring(source.tree):
        yield "1: the module needs a docstring: what it is for, and what it does not promise"
    if source.path.startswith(("spool_layout/", "wamspool/")):
        for node in source.tree.body:
            kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
            is_public = isinstance(node, kinds) and not node.name.startswith("_")
            if is_public and not ast.get_docstring(node):
                yield f"{node.lineno}: {node.name} needs a docstring: what is true afterwards"


@dataclass(frozen=True)
class Rule:
    """A check, and a file that must not pass it."""

    check: Callable[[Source], Complaints]
    path: str
    broken: str


# Put together from parts, for the sake of the rule that looks for the whole words.
RULES = [
    Rule(file_length, "wamspool/claim.py", '"""Long."""\n' + "x = 1\n" * FILE_LINES_MAX),
    Rule(function_length, "wamspool/a.py", "def f():\n" + "    x = 1\n" * FUNCTION_LINES_MAX),
    Rule(names, "wamspool/claim_utils.py", ""),
    Rule(names, "spool_layout/info.py", ""),
    Rule(names, "tests/test_x.py", "class JobManager: ..."),
    Rule(names, "tests/test_x.py", "class HTTPHandlers: ..."),
    Rule(names, "wamspool/a.py", "def common_path(): ..."),
    Rule(files, "wamspool/claim.py", "with open('x') as f: ..."),
    Rule(files, "client_tools/commands/get.py", "target.write_text('x')"),
    Rule(files, "node_service/decide.py", "from os import rename as r\nr('a', 'b')"),
    Rule(files, "wamspool/claim.py", "import shutil\nshutil.copy('a', 'b')"),
    Rule(platform, "wamspool/claim.py", "import sys\nx = sys.platform == 'win32'"),
    Rule(platform, "client_tools/app.py", "from sys import platform"),
    Rule(printing, "node_service/app.py", "print('hello')"),
    Rule(clock, "node_service/wiring.py", "import time\ntime.sleep(1)"),
    Rule(clock, "wamspool/lease.py", "from time import monotonic"),
    Rule(clock, "client_tools/app.py", "from datetime import datetime\nnow = datetime.now"),
    Rule(banned, "wamspool/shares/smb.py", "import smbclient\nsmbclient.rename('a', 'b')"),
    Rule(banned, "wamspool/shares/smb.py", "import smbclient as s\ns.replace('a', 'b')"),
    Rule(banned, "node_service/act.py", "from shutil import rmtree"),
    Rule(banned, "node_service/scratch.py", "import yaml\nyaml.safe_load('')"),
    Rule(leftovers, "docs/x.md", "TO" + "DO: write this"),
    Rule(leftovers, "wamspool/claim.py", "# FIX" + "ME"),
    Rule(leftovers, "docs/x.md", "see `/wo" + "rk/main`"),
    Rule(leftovers, "docs/x.md", "as /tmp/w" + "am/spec.md says"),
    Rule(docstrings, "node_service/act.py", "x = 1"),
    Rule(docstrings, "wamspool/claim.py", '"""Claims."""\ndef claim(): ...'),
    Rule(docstrings, "tests/wamspool/test_claim.py", "def test_claim(): ..."),
]


def _paths() -> list[str]:
    """What is, or would be, in the repository; without git, everything but the tools' folders."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        found = run.stdout.split("\0")
    except (OSError, subprocess.CalledProcessError):
        found = [path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*")]
    ours = (
        path for path in found if not re.search(r"(^|/)(\.(?!ci/|git|ed)|build/|__py|.*egg-)", path)
    )
    return sorted({path for path in ours if (ROOT / path).is_file()})


def _sources() -> Iterator[Source]:
    for path in _paths():
        try:
            yield Source(path, (ROOT / path).read_bytes().decode())
        except UnicodeDecodeError:  # evidence of a solver, an icon: not our text
            continue


SOURCES = list(_sources())
MODULES = {source.module: source for source in SOURCES if source.is_product}


@pytest.fixture(scope="module", autouse=True)
def _trees_are_no_garbage() -> Iterator[None]:
    """Three quarters of the time would be spent looking for garbage among 600,000 nodes, here and
    in each later test of this process.
    """
    gc.disable()
    yield
    for source in SOURCES:
        for kept in ("tree", "nodes", "functions"):
            vars(source).pop(kept, None)
    gc.enable()


@pytest.mark.parametrize("check", dict.fromkeys(rule.check for rule in RULES))
def test_the_tree_keeps_the_rule(check):
    found = [f"{source.path}:{line}" for source in SOURCES for line in check(source)]
    if check is function_length and found:
        lines = [_lines_of(function) for one in MODULES.values() for function in one.functions]
        found.append(f"(the median function has {statistics.median(lines)} lines)")
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.check.__name__}-{rule.path}")
def test_the_rule_has_teeth(rule):
    assert list(rule.check(Source(rule.path, rule.broken)))


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("wamspool/shares/local.py", '"""Local."""\nimport sys, os\nsys.platform\nos.rename(a, b)'),
        ("wamspool/wake.py", '"""Wakes."""\nclass Wake(FileSystemEventHandler):\n    """One."""'),
        ("client_tools/views/table.py", '"""Tables."""\nprint(rows)'),
        ("wamspool/choose.py", '"""Chooses."""\nx = share.replace(a, b).open()'),
        ("wamspool/clock.py", '"""Clock."""\nfrom time import monotonic, sleep'),
        ("spool_layout/yaml_text.py", '"""YAML."""\nimport yaml\nyaml.load(x, Loader)'),
    ],
)
def test_the_rules_leave_alone_what_is_allowed(path, text):
    source = Source(path, text)
    assert not [line for check in {rule.check for rule in RULES} for line in check(source)]


def _used(sources: list[Source]) -> set[str]:
    """Modules that some other module imports, in full: ``from a.b import c`` may mean a.b.c."""
    used: set[str] = set()
    for source in sources:
        for node in source.nodes:
            found: set[str] = set()
            if isinstance(node, ast.Import):
                found = {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found = {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
            used |= found - {source.module}
    return used


def _dead(sources: list[Source]) -> list[str]:
    used = _used(sources)
    return [
        source.path
        for source in sources
        if source.module not in used
        and not source.path.endswith(("__init__.py", "__main__.py"))
        and 'if __name__ == "__main__":' not in source.text
        and not source.is_excepted("dead")
    ]


def test_no_module_is_dead():
    """Tests do not count: a module that only its test imports is dead."""
    dead = _dead(list(MODULES.values()))
    assert not dead, "imported by no other module:\n" + "\n".join(dead)


def test_a_dead_module_is_noticed():
    used = Source("wamspool/clock.py", "")
    user = Source("node_service/app.py", "from wamspool import clock")
    dead = Source("wamspool/old.py", "from wamspool import old")
    assert _dead([used, user, dead]) == ["wamspool/old.py"]


def _mirrors(path: str, modules: set[str]) -> bool:
    """Whether tests/<package>/.../test_<module>[_<topic>].py has its module.

    A subpackage is a folder or stands in the name: shares/test_local.py, test_shares_local.py,
    or test_local.py where only one module of the package is called so.
    """
    package, _, rest = path.removeprefix("tests/").partition("/")
    wanted = rest.removesuffix(".py").replace("test_", "").replace("/", "_")
    for module in modules:
        top, _, inner = module.partition(".")
        if top == package and inner:
            for name in (inner.replace(".", "_"), inner.rpartition(".")[2]):
                if wanted == name or wanted.startswith(f"{name}_"):
                    return True
    return False


def test_every_test_mirrors_a_module():
    tests = [
        source for source in SOURCES if re.search(r"^tests/(.*/)?test_[^/]*\.py$", source.path)
    ]
    strays = [
        source.path
        for source in tests
        if not source.is_excepted("mirror") and not _mirrors(source.path, set(MODULES))
    ]
    assert not strays, "no module is called so:\n" + "\n".join(strays)


def test_a_stray_test_is_noticed():
    modules = {"wamspool.claim", "wamspool.shares.local", "node_service.act"}
    assert _mirrors("tests/wamspool/test_claim.py", modules)
    assert _mirrors("tests/wamspool/test_claim_races.py", modules)
    assert _mirrors("tests/wamspool/shares/test_local.py", modules)
    assert _mirrors("tests/wamspool/test_shares_local.py", modules)
    assert not _mirrors("tests/wamspool/test_act.py", modules)
    assert not _mirrors("tests/wamspool/test_claims.py", modules)


def test_every_excepted_place_exists():
    paths = [source.path for source in SOURCES]
    gone = [
        f"{rule}: {place}"
        for rule, places in WHERE.items()
        for place in places
        if not any(fnmatchcase(path, place.partition(": ")[0]) for path in paths)
    ]
    assert not gone, "take these out of WHERE:\n" + "\n".join(gone)


@pytest.mark.parametrize("ci", ["true", ""])
def test_a_skip_is_a_failure_in_ci(tmp_path, monkeypatch, ci):
    shutil.copy(ROOT / "tests/conftest.py", tmp_path)
    ways = {
        "test_call.py": "def test_it():\n    pytest.skip('no server')",
        "test_mark.py": "@pytest.mark.skip\ndef test_it(): ...",
        "test_whole.py": "pytest.importorskip('no_such_module')",
    }
    for name, text in ways.items():
        (tmp_path / name).write_text(f"import pytest\n{text}\n")
    monkeypatch.setenv("CI", ci)
    options = ("-p", "no:cacheprovider", "--continue-on-collection-errors", "--rootdir=.")
    command = [sys.executable, "-m", "pytest", "-q", *options, "."]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    failed = re.findall(
        r"^(?:FAILED|ERROR) (test_\w+\.py).*no test may be missing", run.stdout, re.MULTILINE
    )
    assert sorted(failed) == (sorted(ways) if ci else []), run.stdout
    assert bool(run.returncode) == bool(ci), run.stdout
