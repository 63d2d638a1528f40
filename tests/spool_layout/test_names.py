"""Names: what is written is read back, and no unsafe name is ever made or taken."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spool_layout import names
from spool_layout.errors import BadName
from spool_layout.names import (
    FILE_NAME_BYTES_MAX,
    RESERVED_STEMS,
    SUFFIX_ALPHABET,
    TicketName,
    batch_mark,
    beat_name,
    check_file_path,
    check_node_name,
    door_name,
    fold,
    is_job_name,
    job_name,
    marked_suffix,
    may_be_of_batch,
    node_name_from_host,
    parse_beat_name,
    parse_door_name,
    parse_ticket_name,
    safe_stem,
    stamp_of,
    suffix_from_bytes,
)

SUFFIXES = st.text(SUFFIX_ALPHABET, min_size=5, max_size=5)
JOBS = st.builds(job_name, st.text(), SUFFIXES)
NODES = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?", fullmatch=True)
YEAR_1000 = datetime(1000, 1, 1, tzinfo=UTC)
MOMENTS = st.integers(0, 283 * 10**15).map(lambda us: YEAR_1000 + timedelta(microseconds=us))
TICKET_NAMES = st.builds(
    TicketName,
    st.integers(0, 9),
    MOMENTS.map(stamp_of),
    JOBS,
    st.integers(0, 10**9 - 1),
    st.integers(0, 10**6 - 1),
    st.none() | NODES,
).flatmap(
    lambda name: (
        st.just(name)
        | st.builds(
            lambda tokens, pool: replace(name, tokens=tokens, pool=pool),
            st.integers(1, 999_999),
            st.from_regex(r"[a-z][a-z0-9_-]{0,23}", fullmatch=True),
        )
        if name.node
        else st.just(name)
    )
)


@given(TICKET_NAMES)
def test_each_ticket_name_is_read_back(name):
    assert parse_ticket_name(name.file_name) == name


@given(TICKET_NAMES)
def test_each_ticket_name_is_safe_on_every_share(name):
    assert check_file_path(name.file_name) == name.file_name
    assert fold(name.file_name) == name.file_name


@given(st.lists(st.tuples(st.integers(0, 9), MOMENTS), min_size=2))
def test_tickets_sort_as_the_queue_does(asked):
    made = [TicketName(priority, stamp_of(moment), "a-aaaaa") for priority, moment in asked]
    cut = [(p, m.replace(microsecond=m.microsecond // 1000 * 1000)) for p, m in asked]
    by_name = sorted(made, key=lambda n: n.key)
    assert [(n.priority, n.submitted) for n in by_name] == sorted(cut)


def test_the_short_name_is_that_of_a_ticket_nobody_has_touched():
    name = TicketName(5, "20261122-093000-123", "bracket-k7f3x")
    assert name.file_name == "5-20261122-093000-123-bracket-k7f3x.yaml"
    held = replace(name, generation=1, node="cougar")
    assert held.file_name == "5-20261122-093000-123-bracket-k7f3x.g1.a0.cougar.yaml"
    back = replace(name, generation=2)
    assert back.file_name == "5-20261122-093000-123-bracket-k7f3x.g2.a0.yaml"
    taken = replace(held, tokens=12, pool="abaqus")
    assert taken.file_name.endswith(".g1.a0.cougar.t12-abaqus.yaml")
    freed = replace(back, tokens=12, pool="abaqus")
    assert freed.file_name == back.file_name, "who holds nothing, holds no tokens"


@pytest.mark.parametrize(
    "name",
    [
        "5-20261122-093000-123-bracket-k7f3x.yaml\n",
        "5-20261122-093000-123-Bracket-k7f3x.yaml",
        "5-20261122-093000-123-bracket-k7f3x.yml",
        "5-20261122-093000-123-bracket-k7f3x.g1.yaml",
        "5-20261122-093000-123-bracket-k7f3x.g1.a0..yaml",
        "5-20261122-093000-123-bracket-k7f3x.g1.a0.-x.yaml",
        "5-20261122-093000-123-bracket-k7f3x.g1234567890.a0.yaml",
        "5-20261122-093000-123-bracket.yaml",
        "-5-20261122-093000-123-bracket-k7f3x.yaml",
        ".5-20261122-093000-123-bracket-k7f3x.yaml",
        "٥-20261122-093000-123-bracket-k7f3x.yaml",
        "5-20261122-093000-123-brac/ket-k7f3x.yaml",
        "bracket.yaml",
        "",
    ],
)
def test_other_names_are_no_tickets(name):
    assert parse_ticket_name(name) is None


@pytest.mark.parametrize(
    "stamp",
    ["99999999-999999-999", "20260230-093000-123", "00000101-093000-123", "20261122-240000-123"],
)
def test_a_time_that_never_was_is_no_ticket(stamp):
    """Whoever shows the queue asks for the time; a stranger's file must not end that."""
    assert parse_ticket_name(f"5-{stamp}-bracket-k7f3x.yaml") is None


def test_a_stamp_is_utc_and_cut_not_rounded():
    east = timezone(timedelta(hours=5, minutes=30))
    moment = datetime(2026, 1, 1, 2, 0, 0, 999999, tzinfo=east)
    assert stamp_of(moment) == "20251231-203000-999"


@given(JOBS, st.integers(0, 10**9 - 1))
def test_a_door_is_read_back(job, generation):
    assert parse_door_name(door_name(job, generation)) == (job, generation)


@given(NODES, st.integers(0, 10**15 - 1))
def test_a_heartbeat_is_read_back(node, sequence):
    assert parse_beat_name(beat_name(node, sequence)) == (node, sequence)


@pytest.mark.parametrize(
    "name", ["", "x", "bracket-k7f3x", "bracket-k7f3x.g", "x.g1", "a-bcdef.g1\n"]
)
def test_other_names_are_no_doors(name):
    assert parse_door_name(name) is None


@pytest.mark.parametrize("name", ["", "cougar.json", "cougar.1", "Cougar.1.json", "a.-1.json"])
def test_other_names_are_no_heartbeats(name):
    assert parse_beat_name(name) is None


@given(st.text())
def test_a_safe_stem_is_safe(text):
    stem = safe_stem(text)
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}", stem)
    assert stem.lower() not in RESERVED_STEMS
    assert check_file_path(f"{stem}.inp")
    assert safe_stem(stem) == stem


@pytest.mark.parametrize(
    ("text", "stem"),
    [
        ("bracket", "bracket"),
        ("Mesh Study 3", "Mesh_Study_3"),
        ("Träger", "Trager"),
        ("梁", "job"),
        ("", "job"),
        ("../../etc/passwd", "etc_passwd"),
        ("--help", "help"),
        ("CON", "CON_"),
        ("com¹", "com1_"),
        ("x" * 100, "x" * 40),
        ("x" * 39 + "---y", "x" * 39),
        ("a\nb\0c", "a_b_c"),
    ],
)
def test_what_becomes_of_a_name(text, stem):
    assert safe_stem(text) == stem


@given(JOBS)
def test_a_job_name_is_one(job):
    assert is_job_name(job)
    assert len(job) <= 47


@pytest.mark.parametrize("suffix", ["", "abcd", "abcdef", "ABCDE", "ab/de", "abcd\n"])
def test_an_odd_suffix_is_refused(suffix):
    with pytest.raises(BadName):
        job_name("bracket", suffix)


@given(st.binary(min_size=8))
def test_a_suffix_is_of_its_alphabet(digest):
    suffix = suffix_from_bytes(digest)
    assert len(suffix) == 5 and set(suffix) <= set(SUFFIX_ALPHABET)


def test_suffixes_spread_over_the_alphabet():
    made = [suffix_from_bytes(n.to_bytes(8, "big")) for n in range(0, 2**63, 2**63 // 3001)]
    assert len(set(made)) == len(made)
    assert {letter for suffix in made for letter in suffix} == set(SUFFIX_ALPHABET)


@given(st.text())
def test_any_host_gives_a_node_name(host):
    assert check_node_name(node_name_from_host(host))


@pytest.mark.parametrize(
    ("host", "node"),
    [
        ("Cougar.example.com", "cougar"),
        ("WS_12", "ws-12"),
        ("nul", "nul-1"),
        ("", "node-1"),
        ("...", "node-1"),
        ("y" * 31 + "-z", "y" * 31),
    ],
)
def test_node_names_from_hosts(host, node):
    assert node_name_from_host(host) == node


@pytest.mark.parametrize(
    "name", ["", "Cougar", "a.b", "-a", "a-", "x" * 33, "con", "a b", "ä", "a\n"]
)
def test_a_bad_node_name_is_refused_with_a_cure(name):
    with pytest.raises(BadName, match="cannot be a node's name") as caught:
        check_node_name(name)
    assert "--name" in caught.value.cure


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("", "not a relative path"),
        ("/etc/passwd", "not a relative path"),
        ("mesh/", "not a relative path"),
        ("..", "leads out"),
        ("../mesh.inc", "leads out"),
        ("a/../../b", "leads out"),
        ("a/./b", "leads out"),
        ("a//b", "leads out"),
        ("C:/mesh.inc", "':'"),
        ("mesh.inc:stream", "':'"),
        ("a\\b", r"'\\\\'"),
        ("a*b", r"'\*'"),
        ("a?b", r"'\?'"),
        ('a"b', "'\"'"),
        ("a<b", "'<'"),
        ("a>b", "'>'"),
        ("a|b", r"'\|'"),
        ("a\nb", r"'\\n'"),
        ("a\0b", r"'\\x00'"),
        ("a\x7fb", r"'\\x7f'"),
        ("mesh.", "ends in a dot or blank"),
        ("mesh ", "ends in a dot or blank"),
        ("dir./mesh", "ends in a dot or blank"),
        (".hidden", "hidden"),
        ("a/.hidden", "hidden"),
        ("con", "device"),
        ("Aux.inp", "device"),
        ("a/NUL.tar.gz", "device"),
        ("com1 .inp", "device"),
        ("lpt².inp", "device"),
        ("x" * 201, "too long"),
        ("ü" * 101, "too long"),
        ("/".join(["abcdefghi"] * 90), "too long"),
        ("a\udc80b", "not valid Unicode"),
    ],
)
def test_each_unsafe_path_is_refused(path, problem):
    with pytest.raises(BadName, match=problem) as caught:
        check_file_path(path)
    caught.value.message.encode()  # can be shown and logged
    assert "\n" not in caught.value.message and len(caught.value.message) < 250
    assert caught.value.cure


@pytest.mark.parametrize(
    "path",
    [
        "bracket.inp",
        "mesh/part 1.inc",
        "Träger (2).inp",
        "a.b.c",
        "console.inp",
        "x" * 200,
        "-a",
        "梁.inp",
    ],
)
def test_plain_paths_are_taken(path):
    assert check_file_path(path) == path


@given(st.text())
def test_what_is_taken_can_lie_on_every_share(path):
    try:
        check_file_path(path)
    except BadName:
        return
    for part in path.split("/"):
        assert part not in {"", ".", ".."} and not part.startswith(".")
        assert not set(part) & set('\\:*?"<>|') and min(part) >= " "
        assert part.rstrip(". ") == part
        assert len(part.encode()) <= FILE_NAME_BYTES_MAX


def test_the_place_of_a_bad_path_is_said():
    with pytest.raises(BadName, match=r"bracket\.inp:7: '\.\./m' leads out"):
        check_file_path("../m", source="bracket.inp", line=7)


def test_names_that_a_share_cannot_tell_apart_fold_alike():
    assert fold("Tra\u0308ger.INP") == fold("TRÄGER.inp")
    assert fold("a") != fold("b")


def test_every_reserved_stem_is_lower_case():
    """They are compared with lowered names."""
    assert {stem.lower() for stem in names.RESERVED_STEMS} == names.RESERVED_STEMS


def test_jobs_of_a_batch_have_its_mark():
    suffix = marked_suffix("k7f3x", "plates-aaaaa")
    assert suffix.endswith("f3x")
    assert may_be_of_batch(f"plate-{suffix}", "plates-aaaaa")
    assert not may_be_of_batch(f"plate-{suffix}", "plates-bbbbb")
    assert marked_suffix("k7f3x", "") == "k7f3x"


def test_a_mark_stays_what_it_is():
    # Done jobs are found by it for years.
    assert batch_mark("plates-k7f3x") == "rq"
