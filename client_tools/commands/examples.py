"""What the help of each command ends with: calls that can be typed as they are, but for the names."""

from typing import Final

EXAMPLES: Final[dict[str, tuple[str, ...]]] = {
    "init": ("wam init /srv/jobs/spool", "wam init smb://server/jobs/spool"),
    "ticket": (
        "wam ticket bracket.inp --cpus 8 --walltime 12h",
        "wam ticket 'study/*.inp' --batch mesh-study --note 'mesh study 3'",
        "wam ticket plate.inp --sweep T=100,200,300 --wait",
        "wam ticket press.inp --after plate-k7f3x --email jo@example.com --dry-run",
    ),
    "batch": (
        "wam batch",
        "wam batch study --list",
        "wam batch --pick 1-4,7,press --cpus 4",
        "wam batch --changed --priority high --wait",
    ),
    "status": ("wam status", "wam status --watch --every 5", "wam status --json"),
    "queue": ("wam queue", "wam queue --state rejected", "wam queue --limit 50 --json"),
    "history": (
        "wam history --mine --since 48h --outcome failed",
        "wam history --batch mesh-study",
        "wam history --limit 500 --csv > jobs.csv",
    ),
    "show": ("wam show plate-02", "wam show @mesh-study --state running", "wam show plate --json"),
    "why": ("wam why bracket", "wam why bracket-k7f3x --json"),
    "watch": ("wam watch press",),
    "log": ("wam log press", "wam log press -f", "wam log press --file .sta --lines 0"),
    "monitor": ("wam monitor plate", "wam monitor plate --follow --to status"),
    "get": (
        "wam get plate",
        "wam get plate '*.frd' '*.dat' --to plots",
        "wam get @mesh-study --only '*.csv'",
        "wam get press --partial",
    ),
    "collect": (
        "wam collect @mesh-study --csv table.csv",
        "wam collect @mesh-study --take 'u2=min:*.dat:^ +[0-9]+ +[^ ]+ +([^ ]+)'",
    ),
    "kill": (
        "wam kill plate-02 --why 'wrong mesh'",
        "wam kill @mesh-study --yes",
        "wam kill --mine --state running --no-wait",
    ),
    "hold": ("wam hold plate-02", "wam hold @mesh-study --state queued"),
    "release": ("wam release plate-02", "wam release --mine --state held"),
    "requeue": ("wam requeue press --why 'node was slow'", "wam requeue @mesh-study --yes"),
    "priority": ("wam priority plate-02 high", "wam priority @mesh-study 7"),
    "tokens": (
        "wam tokens",
        "wam tokens --cpus 12 --gpus 1",
        "wam tokens --solver abaqus --json",
    ),
    "clean": (
        "wam clean --older 30d --outcome failed --dry-run",
        "wam clean plate-k7f3x wheel-3h2aa --yes",
    ),
    "drain": ("wam drain cougar --why 'new disk'",),
    "suspend": ("wam suspend press --why 'needs the machine for an hour'", "wam suspend --mine"),
    "resume": ("wam resume press", "wam resume cougar"),
    "page": ("wam page", "wam page --to status.html --every 30"),
    "doctor": ("wam doctor", "wam doctor --with cougar", "wam doctor --last --json"),
    "demo": ("wam demo", "wam demo --dir /tmp/wam-demo --keep"),
    "config": (
        "wam config",
        "wam config set spool /srv/jobs/spool",
        "wam config set email jo@example.com:failed,lost",
        "wam config unset cpus",
    ),
    "setup-explorer": ("wam setup-explorer --dry-run", "wam setup-explorer"),
    "about": ("wam about",),
    "ham": ("wam ham",),
}


def examples_of(command: str) -> str:
    """The lines as the parser's help shows them: each on its own, none folded."""
    lines = "\n".join(f"  {example}" for example in EXAMPLES[command])
    return f"\b\nExamples:\n{lines}"
