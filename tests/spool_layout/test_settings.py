"""spool.yaml: what a new spool says, and what a person may write there."""

import re
from dataclasses import replace

import pytest

from spool_layout import folders, settings
from spool_layout.errors import FormatError, TooNew, WamError
from spool_layout.mail import MailSettings
from spool_layout.pool import Pool, Reserve
from spool_layout.settings import README_TEXT, SpoolSettings, parse_settings, settings_text
from spool_layout.windows import parse_window

MAIL = MailSettings(host="mail.example.com", port=25, sender="wam@example.com")


def test_a_new_spool_s_settings_are_the_defaults():
    parsed = parse_settings(settings_text("k7f3xabcde"))
    assert parsed.spool_id == "k7f3xabcde"
    assert set(parsed.presets) == {"high", "low", "2cpus", "4cpus", "8cpus"}
    plain = parse_settings("spool_id: k7f3xabcde")
    assert plain == SpoolSettings("k7f3xabcde")
    assert {n: getattr(parsed, n) for n in SpoolSettings.__slots__ if n != "presets"} == {
        n: getattr(plain, n) for n in SpoolSettings.__slots__ if n != "presets"
    }


def test_each_commented_default_is_the_default():
    """Taking the '#' away changes nothing, so that the comments cannot go stale."""
    text = settings_text("abcde")
    uncommented = re.sub(r"^# ([a-z_]+: )", r"\1", text, flags=re.MULTILINE)
    assert uncommented.count("\n# ") < text.count("\n# ")
    office = Reserve(tokens=8, when=(parse_window("mon-fri 08:00-18:00"),))
    pool = Pool(20, outside=2, reserve=(office,))
    examples = {"pools": {"abaqus": pool}, "mail": MAIL, "operators": ("jo", "admin")}
    kept = {"completed": 90 * 86400.0, "failed": 30 * 86400.0, "cancelled": 7 * 86400.0}
    examples["retention"] = kept
    assert parse_settings(uncommented) == replace(parse_settings(text), **examples)
    for name in settings._FIELDS:
        assert re.search(rf"^{name}:", uncommented, re.MULTILINE), f"{name} is not explained"


def test_everything_can_be_set():
    parsed = parse_settings(
        "wam: 1\nspool_id: a\nheartbeat: 2 s\nlease: 1 min\ndoor_grace: 3 s\nquiet: 1.5\n"
        "include_wait: 1 h\ndefault_solver: abaqus\npresets: {night: {priority: low}}\n"
    )
    times = (parsed.heartbeat_s, parsed.lease_s, parsed.door_grace_s, parsed.quiet_s)
    assert times == (2, 60, 3, 1.5)
    assert (parsed.include_wait_s, parsed.default_solver) == (3600, "abaqus")
    assert parsed.presets == {"night": {"priority": "low"}}


def test_operators_and_what_holds_where_owners_cannot_be_told():
    plain = parse_settings("spool_id: a")
    assert (plain.operators, plain.unproven_owners) == ((), "trust")
    told = parse_settings("spool_id: a\noperators: [jo, S-1-5-21-7]\nunproven_owners: refuse")
    assert (told.operators, told.unproven_owners) == (("jo", "S-1-5-21-7"), "refuse")
    assert parse_settings("spool_id: a\noperators: jo").operators == ("jo",)


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("lease: 2 min", None, "spool_id: is missing"),
        ("spool_id: a\nlease: 20 s", 2, "at least three heartbeats"),
        ("spool_id: a\nheartbeat: 0 s", 2, "heartbeat: must be more than nothing"),
        ("spool_id: a\nleese: 20 s", 2, "leese: is not a field"),
        ("spool_id: a\ncolour: red", 2, "colour: is not a field"),
        ("spool_id: a\noperators: ['']", 2, "operators: has an empty name"),
        ("spool_id: a\nunproven_owners: maybe", 2, "unproven_owners: must be trust or refuse"),
        ("spool_id: a\nquiet: soon", 2, "quiet: 'soon' is not a duration"),
        ("spool_id: a\npresets: high", 2, "presets: must be a mapping"),
        ("spool_id: a\npresets:\n  high:\n    priority: first", 4, "'first' is not a priority"),
        (
            "spool_id: a\npresets:\n  high:\n    cpus: 8",
            4,
            r"presets\.high\.cpus: stands in the wrong",
        ),
        ("spool_id: a\npresets:\n  ../x:\n    note: a", 3, "cannot be the name of a drop folder"),
        ("spool_id: a\npools:\n  abaqus: 20", 3, r"pools\.abaqus: must be a mapping"),
        ("spool_id: a\npools:\n  abaqus: {}", 3, r"pools\.abaqus: says no 'tokens'"),
        ("spool_id: a\npools:\n  abaqus:\n    tokens: 0", 4, "must be 1 to"),
        ("spool_id: a\npools:\n  abaqus: {tokens: 5, kept: 2}", 3, "kept: is not a field"),
        ("spool_id: a\npools:\n  A B: {tokens: 5}", 3, "cannot be the name of a licence pool"),
        ("spool_id: a\nmail:\n  sender: a@b.c", 3, r"mail\.server: '' is no server"),
        ("spool_id: a\nmail:\n  server: a b\n  sender: a@b.c", 3, "'a b' is no server"),
        ("spool_id: a\nmail:\n  server: m:99999\n  sender: a@b.c", 3, "is no server"),
        ("spool_id: a\nmail:\n  server: m\n  sender: WAM", 4, "'WAM' is no plain address"),
        ("spool_id: a\nmail:\n  server: m\n  sender: a@b.c\n  tls: ssl", 5, "no, starttls, tls"),
        ("spool_id: a\nmail:\n  server: m\n  sender: a@b.c\n  password: x", 5, "is not a field"),
        ("spool_id: a\npresets:\n  8 CPUs:\n    note: a", 3, "cannot be the name of a drop folder"),
    ],
)
def test_a_mistake_is_named_with_its_line(text, line, problem):
    with pytest.raises(FormatError, match=problem) as caught:
        parse_settings(text)
    assert caught.value.message.startswith("spool.yaml")
    if line:
        assert caught.value.line == line


@pytest.mark.parametrize(
    ("server", "tls", "host", "port"),
    [
        ("mail.example.com", "no", "mail.example.com", 25),
        ("mail.example.com", "starttls", "mail.example.com", 587),
        ("mail.example.com", "tls", "mail.example.com", 465),
        ("mail:2525", "tls", "mail", 2525),
        ('"[::1]:2525"', "no", "::1", 2525),
    ],
)
def test_the_mail_server_and_its_port(server, tls, host, port):
    text = f"spool_id: a\nmail: {{server: {server}, sender: a@b.c, tls: {tls}}}\n"
    mail = parse_settings(text).mail
    assert (mail.host, mail.port, mail.tls) == (host, port, tls)


def test_a_newer_spool_is_refused_before_its_fields_are_judged():
    with pytest.raises(TooNew):
        parse_settings("wam: 2\nspool_id: a\nheartbeet: 1 s\n")


def test_a_preset_may_be_empty():
    assert parse_settings("spool_id: a\npresets:\n  high:\n").presets == {"high": {}}


@pytest.mark.parametrize("text", ["", "spool_id: [a]", "a: &b\n", b"\xff"])
def test_whatever_is_there_is_settings_or_a_wam_error(text):
    with pytest.raises(WamError):
        parse_settings(text)


def test_the_readme_names_every_folder():
    assert all(re.search(rf"\b{name}\b", README_TEXT) for name in (*folders.ALL, folders.MAIL))


def test_the_readme_names_the_drop_folders_that_there_are():
    presets = parse_settings(settings_text("a")).presets
    assert all(name in presets for name in re.findall(r"incoming\\(\w+)", README_TEXT))
