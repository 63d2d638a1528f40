"""Tickets: what a person may write, and that a complete ticket is read back equal."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spool_layout import ticket
from spool_layout.after import After, parse_after
from spool_layout.errors import FormatError, TooNew
from spool_layout.names import job_name, stamp_of
from spool_layout.ticket import (
    CPUS_MAX,
    Draft,
    InputFile,
    Resources,
    Ticket,
    format_ticket,
    format_time,
    parse_draft,
    parse_ticket,
    parse_time,
)
from spool_layout.units import DURATION_MAX_S, SIZE_MAX_BYTES
from spool_layout.yaml_text import load_mapping

GIB = 1024**3
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

PEOPLES = """\
wam: 1
input: bracket.inp            # files beside the ticket
files: [mesh.inc]
solver: CalculiX
priority: high
resources: {cpus: 8, gpus: 0, memory: 16 GB, scratch: 50 GB, walltime: 12 h, tokens: auto}
nodes: [Cougar]
tags: [abaqus2025]
after: [plate-k7f3x, mesh-ab2c3:any]
hold: no
retries: 3
email: jo@example.com
note: mesh study 3
batch: Plates-k7f3x
options: {double: both}
parameters: {T: 200}
"""


def test_the_ticket_of_the_documentation():
    assert parse_draft(PEOPLES, source="t.yaml") == Draft(
        input="bracket.inp",
        files=("mesh.inc",),
        solver="calculix",
        priority=2,
        resources=Resources(8, 0, 16 * GIB, 50 * GIB, 43200, None),
        nodes=("cougar",),
        tags=("abaqus2025",),
        after=(After("plate-k7f3x"), After("mesh-ab2c3", "any")),
        hold=False,
        retries=3,
        email="jo@example.com",
        note="mesh study 3",
        batch="plates-k7f3x",
        options={"double": "both"},
        parameters={"T": "200"},
    )


def test_only_the_input_is_needed():
    assert parse_draft(b"input: a.inp\r\n", source="t.yaml") == Draft("a.inp")


def test_fields_that_nobody_knows_are_kept():
    draft = parse_draft("input: a.inp\ncolour: {of: [paint]}", source="t.yaml")
    assert draft.extra == {"colour": {"of": ["paint"]}}


@pytest.mark.parametrize(
    ("text", "line", "problem", "cure"),
    [
        ("note: x", None, "says no input", "input: bracket.inp"),
        ("input: ''", None, "says no input", "input: bracket.inp"),
        ("input: ../a.inp", 1, r"'\.\./a\.inp' leads out", "beside the deck"),
        ("input: C:\\a.inp", 1, "':'", "beside the deck"),
        ("input: a.inp\nfiles: [b, /etc/passwd]", 2, "files: .*not a relative path", ""),
        ("input: a.inp\npriorty: high", 2, "priorty: is not a field", "Did you mean 'priority'?"),
        ("input: a.inp\ncpus: 8", 2, "cpus: stands in the wrong place", "resources: {cpus: ...}"),
        ("input: a.inp\nwalltime: 1 h", 2, "wrong place", "resources: {walltime: ...}"),
        ("input: a.inp\nresources: {cpus: 0}", 2, r"resources\.cpus: must be 1 to", ""),
        (f"input: a.inp\nresources: {{cpus: {CPUS_MAX + 1}}}", 2, "must be 1 to 4096", ""),
        ("input: a.inp\nresources:\n  cpus: eight", 3, "whole number, not 'eight'", ""),
        ("input: a.inp\nresources:\n  memory: lots", 3, "memory: 'lots' is not a size", ""),
        ("input: a.inp\nresources: {walltime: 0}", 2, "more than nothing", ""),
        ("input: a.inp\nresources: {cpu: 8}", 2, "cpu: is not a field", "Did you mean 'cpus'?"),
        ("input: a.inp\nresources: {colour: 8}", 2, "colour: is not a field", "Known are: cpus"),
        ("input: a.inp\nresources: {tokens: some}", 2, "whole number, not 'some'", ""),
        ("input: a.inp\nresources: 8", 2, "resources: must be a mapping", ""),
        ("input: a.inp\npriority: urgent", 2, "'urgent' is not a priority", ""),
        ("input: a.inp\nhold: maybe", 2, "must be yes or no", ""),
        ("input: a.inp\nretries: -1", 2, "must be 0 to 100", ""),
        ("input: [a.inp]", 1, "input: must be one text", ""),
        ("input: a.inp\nemail: " + "x" * 1001, 2, "longer than 1000", ""),
        (
            "input: a.inp\nemail: jo",
            2,
            "email: 'jo' is no plain address",
            "several such with commas",
        ),
        ('input: a.inp\nemail: "a@b.c\\nBcc: d@e.f"', 2, "email: ", ""),
        ("input: a.inp\noptions: {double: [a]}", 2, r"options\.double: must be one text", ""),
    ],
)
def test_a_mistake_is_named_with_line_and_cure(text, line, problem, cure):
    with pytest.raises(FormatError, match=problem) as caught:
        parse_draft(text, source="t.yaml")
    assert caught.value.line == line
    assert caught.value.message.startswith(f"t.yaml:{line}: " if line else "t.yaml: ")
    assert cure in caught.value.cure


def test_a_newer_ticket_is_refused_whatever_else_it_says():
    with pytest.raises(TooNew):
        parse_draft("wam: 2\ninput: {new: way}", source="t.yaml")


PARTS = st.from_regex(r"[A-Za-z0-9äß_][A-Za-z0-9äß _-]{0,10}[A-Za-z0-9äß]", fullmatch=True)
PATHS = st.lists(
    PARTS.filter(lambda p: p.lower() not in {"con", "prn", "aux", "nul"}), min_size=1, max_size=3
).map("/".join)
LINES = st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"]), max_size=40)
WORDS = st.text("abcdefgh0123456789.-no", min_size=1, max_size=8)
TUPLES = st.lists(LINES, max_size=3).map(tuple)
RESOURCES = st.builds(
    Resources,
    st.integers(1, CPUS_MAX),
    st.integers(0, 64),
    st.none() | st.integers(0, SIZE_MAX_BYTES),
    st.none() | st.integers(0, SIZE_MAX_BYTES),
    st.none() | st.floats(0.001, DURATION_MAX_S).map(lambda s: round(s, 3)),
    st.none() | st.integers(0, 1000),
)
EXTRA = st.dictionaries(
    WORDS.map("later_".__add__), LINES | st.integers() | st.lists(LINES) | st.booleans(), max_size=3
)
MOMENTS = st.integers(-(10**12), 10**13).map(
    lambda thousandths: NOON + timedelta(milliseconds=thousandths)
)


@st.composite
def tickets(draw):
    paths = draw(st.lists(PATHS, min_size=1, max_size=4, unique=True))
    draft = Draft(
        input=paths[0],
        files=tuple(paths[1:]),
        name=draw(LINES),
        solver=draw(LINES).lower()[:64],
        priority=draw(st.integers(0, 9)),
        resources=draw(RESOURCES),
        nodes=tuple(n.lower() for n in draw(TUPLES)),
        tags=draw(TUPLES),
        after=tuple(parse_after(text) for text in draw(TUPLES)),
        hold=draw(st.booleans()),
        batch=draw(st.sampled_from(["", "plates-k7f3x"])),
        parameters=draw(st.dictionaries(WORDS, LINES, max_size=3)),
        retries=draw(st.integers(0, 100)),
        email=draw(LINES),
        note=draw(LINES),
        options=draw(st.dictionaries(WORDS, LINES, max_size=3)),
        extra=draw(EXTRA),
    )
    inputs = tuple(
        InputFile(
            path,
            draw(PATHS),
            draw(st.integers(0, 2**60)),
            draw(st.text("0123456789abcdef", max_size=64)),
        )
        for path in paths
    )
    job = job_name(draw(LINES), "k7f3x")
    return Ticket(job, draft, draw(MOMENTS), draw(LINES), inputs, draw(TUPLES))


@given(tickets())
def test_a_ticket_is_read_back_equal(made):
    assert parse_ticket(format_ticket(made), source="t.yaml") == made


def test_a_short_ticket_is_short():
    inputs = (InputFile("a.inp", "a.inp", 3, "00ff"),)
    text = format_ticket(Ticket("a-k7f3x", Draft("a.inp"), NOON, "jo", inputs))
    assert text.splitlines() == [
        "wam: 1",
        "job: a-k7f3x",
        "input: a.inp",
        "priority: normal",
        "resources:",
        "  cpus: 1",
        "retries: 1",
        'submitted: "2026-11-22T12:00:00.000Z"',
        "owner: jo",
        "inputs:",
        '  - {name: a.inp, staged: a.inp, size: 3, sha256: "00ff"}',
    ]


def test_a_ticket_enters_the_queue_by_priority_and_time():
    inputs = (InputFile("d/a.inp", "b.inp", 3, ""),)
    made = Ticket("a-k7f3x", Draft("d/a.inp", priority=2), NOON, "jo", inputs)
    assert made.first_name.key == f"2-{stamp_of(NOON)}-a-k7f3x"
    assert made.staged_deck == "b.inp"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (("job: a-k7f3x", "job: ../x"), "job: is not a job's identifier"),
        (("job: a-k7f3x\n", ""), "job: is not a job's identifier"),
        (("input: a.inp", "input: b.inp"), "inputs: do not list 'b.inp'"),
        (("{name: a.inp", "{name: ../a.inp"), r"inputs\[0\]\.name: '\.\./a\.inp' leads out"),
        (("staged: a.inp", "staged: /a.inp"), r"inputs\[0\]\.staged: .*not a relative path"),
        (("size: 3", "size: -3"), r"inputs\[0\]\.size: must be 0 to"),
        (("wam: 1", "wam: 2"), "has format 2"),
    ],
)
def test_what_is_no_complete_ticket(change, problem):
    inputs = (InputFile("a.inp", "a.inp", 3, "00ff"),)
    text = format_ticket(Ticket("a-k7f3x", Draft("a.inp"), NOON, "jo", inputs))
    assert change[0] in text
    with pytest.raises(FormatError, match=problem):
        parse_ticket(text.replace(*change), source="t.yaml")


def test_times_are_utc_unless_they_say_otherwise():
    assert parse_time("2026-11-22T12:00:00") == NOON
    assert parse_time("2026-11-22T13:00+01:00") == NOON
    assert parse_time("2026-11-22T12:00:00.000Z") == NOON
    east = NOON.astimezone(timezone(timedelta(hours=9)))
    assert format_time(east) == "2026-11-22T12:00:00.000Z"


@pytest.mark.parametrize("text", ["", "soon", "2026-13-01", "22.11.2026", 5])
def test_what_is_no_time(text):
    with pytest.raises(ValueError):
        parse_time(text)


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+12:00", "9999-12-31T23:00:00-12:00"])
def test_a_time_before_or_after_all_calendars_is_no_time(text):
    """Whoever shows it would fail, far from the file that says it."""
    with pytest.raises(ValueError):
        parse_time(text)


def test_every_field_of_a_draft_can_be_written():
    names = set(Draft.__slots__) - {"extra"}
    assert names <= set(ticket._FIELDS)
    document = load_mapping(PEOPLES, source="")
    assert names - {"name"} <= set(document)


def test_a_batch_is_a_word_in_lower_case():
    assert parse_draft("input: a.inp\nbatch: Mesh_Study-2", source="t.yaml").batch == "mesh_study-2"


@pytest.mark.parametrize("batch", ["two words", "@mine", "-x", "x" * 47, "a/b"])
def test_what_is_no_batch_is_refused_with_its_line(batch):
    with pytest.raises(FormatError, match=r"t\.yaml:2: batch: .* cannot be the name of a batch"):
        parse_draft(f"input: a.inp\nbatch: '{batch}'", source="t.yaml")
