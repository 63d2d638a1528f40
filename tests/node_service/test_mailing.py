"""A node writes a letter before it publishes and lets it go after; no job waits or fails for it."""

import logging
from dataclasses import replace

import pytest

from node_service.expiring import Expiring
from node_service.loop import Loop
from node_service.mail.post import Post
from node_service.mail.server import MailServer
from node_service.scratch_outbox import Outbox
from spool_layout.ticket import Resources
from tests.mailbox import Mailbox, free_port, mail_server
from tests.real.real_spool import LocalFolder, left_over, outcomes
from wamspool.errors import TicketGone, Unreachable
from wamspool.gather import gather, mail_remarks
from wamspool.publish import finish_publishing, publish
from wamspool.submit import submission_of, submit

LOST = Unreachable("done", "timed out")


class Killed(BaseException):
    """The service ends at this instant."""


@pytest.fixture
def mailbox():
    with mail_server() as served:
        yield served


@pytest.fixture
def mailing(make_site, mailbox):
    """A site whose spool has a mail server."""
    return with_post(make_site(), mailbox)


def with_post(site, mailbox):
    settings = replace(site.spool.settings, mail=mailbox.settings())
    site.spool = replace(site.spool, settings=settings)
    site.node = replace(site.node, spool=site.spool, post=new_post(site, mailbox))
    return site


def new_post(site, mailbox):
    log = logging.getLogger("wam-test.post")
    outbox = Outbox(site.node.scratch.root)
    return Post(MailServer(mailbox.settings(), timeout_s=5), outbox, site.clock, log)


def ask(site, email="jo@example.com", **draft):
    (site.mine / "bracket.inp").write_text("echo\n")
    found = gather(
        LocalFolder(site.mine), "bracket.inp", family_of=lambda _: "command",
        default_solver="command",
    )  # fmt: skip
    found = replace(found, draft=replace(found.draft, email=email, **draft))
    return submit(site.spool, submission_of(found, site.mine, owner="jo"))


def run_to_the_end(site, loop=None, *, exit_code=0):
    loop = loop or site.loop()
    site.turn(loop, 2)
    site.processes.end_all(exit_code)
    site.turn(loop, 3)
    return loop


def outbox_of(site):
    folder = site.node.scratch.root / "outbox"
    return sorted(p.name for p in folder.iterdir()) if folder.exists() else []


def next_service(site, mailbox):
    """What the service knew is gone; what lies on scratch and share is there."""
    site.node = replace(site.node, post=new_post(site, mailbox))
    loop = Loop(site.node)
    loop.begin()
    site.loops.append(loop)
    site.node.post.stop()
    return loop


@pytest.mark.parametrize(("exit_code", "word"), [(0, "completed"), (3, "failed")])
def test_who_asked_is_told_of_the_end(mailing, mailbox, exit_code, word):
    job = ask(mailing).job
    run_to_the_end(mailing, exit_code=exit_code)
    mailing.node.post.stop()
    (letter,) = mailbox.letters
    assert letter["Subject"] == f"[WAM] {job} {word}"
    text = letter.get_content()
    assert f"results    {mailing.root}/done/2026-03/{job}" in text.splitlines()
    assert (mailing.root / f"done/2026-03/{job}").is_dir()
    assert text.splitlines()[-1] == f"wam get {job}"
    assert outbox_of(mailing) == []


def test_a_job_that_never_ran_is_told_of_too(mailing, mailbox):
    ticket = ask(mailing)
    (mailing.root / f"jobs/{ticket.job}/bracket.inp").write_text("changed\n")
    mailing.turn(mailing.loop(), 2)
    mailing.node.post.stop()
    assert [letter["Subject"] for letter in mailbox.letters] == [f"[WAM] {ticket.job} failed"]


def test_nobody_is_told_who_did_not_ask(mailing, mailbox):
    mailing.submit()
    run_to_the_end(mailing)
    mailing.node.post.stop()
    assert mailbox.letters == [] and outbox_of(mailing) == []


def test_a_spool_without_a_server_sends_nothing_and_says_so(site):
    ticket = ask(site)
    run_to_the_end(site)
    assert outcomes(site.root)[ticket.job].outcome == "completed"
    assert outbox_of(site) == []
    (remark,) = mail_remarks(ticket.draft, site.spool.settings)
    assert "no mail will go to jo@example.com" in remark


def test_a_spool_with_a_server_remarks_nothing(mailing):
    assert mail_remarks(ask(mailing).draft, mailing.spool.settings) == ()


def test_a_server_that_is_down_harms_no_job_and_is_a_problem_of_the_node(make_site):
    site = with_post(make_site(), Mailbox(port=free_port()))
    ticket = ask(site)
    loop = run_to_the_end(site)
    assert outcomes(site.root)[ticket.job].outcome == "completed"
    assert left_over(site.root) == []
    site.node.post.carry()
    site.node.post.stop()
    assert outbox_of(site) == [f"{ticket.job}.g1.eml"]
    assert any("mail server" in problem for problem in loop._condition.problems()), (
        loop._condition.problems()
    )


def test_a_full_scratch_harms_no_job(mailing, monkeypatch, caplog):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Outbox, "keep", full)
    ticket = ask(mailing)
    run_to_the_end(mailing)
    assert outcomes(mailing.root)[ticket.job].outcome == "completed"
    assert "mail" in [record.getMessage() for record in caplog.records]


def test_a_ticket_whose_address_is_none_harms_no_job(mailing, mailbox):
    ticket = ask(mailing, email="jo")
    run_to_the_end(mailing)
    mailing.node.post.stop()
    assert outcomes(mailing.root)[ticket.job].outcome == "completed"
    assert mailbox.letters == []


@pytest.mark.parametrize("verb", ["move", "make_folder"])
def test_an_end_that_is_published_in_several_tries_is_told_once(mailing, mailbox, verb):
    job = ask(mailing).job
    loop = mailing.loop()
    mailing.turn(loop, 2)
    mailing.share.fail(verb, LOST, about=".g1", times=2)
    mailing.processes.end_all()
    mailing.turn(loop, 12)
    mailing.node.post.stop()
    assert outcomes(mailing.root)[job].outcome == "completed"
    assert len(mailbox.letters) == 1 and outbox_of(mailing) == []


def test_one_that_was_fenced_tells_nobody(mailing, mailbox):
    ask(mailing)
    loop = mailing.loop()
    mailing.turn(loop, 2)
    (running,) = (mailing.root / "running").iterdir()
    mailing.processes.end_all()
    running.rename(running.with_name(running.name.replace(".g1.a1.alpha", ".g2.a1.beta")))
    mailing.turn(loop, 2)
    mailing.node.post.stop()
    assert mailbox.letters == [] and outbox_of(mailing) == []


def test_one_whose_own_end_others_have_shown_tells_of_it(mailing, mailbox):
    """The move's answer was lost, and before the next try a sweep has shown the job."""
    job = ask(mailing).job
    loop = mailing.loop()
    mailing.turn(loop, 2)
    shown = []

    def then_swept(share, doors, event, place, publication):
        publish(share, doors, event, place, publication)
        shown.append(finish_publishing(share, publication))
        raise TicketGone(f"{job}: is done already")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("node_service.stage_out.publish", then_swept)
        mailing.processes.end_all()
        mailing.turn(loop, 2)
    mailing.node.post.stop()
    assert shown and outcomes(mailing.root)[job].outcome == "completed"
    assert [letter["Subject"] for letter in mailbox.letters] == [f"[WAM] {job} completed"]
    assert outbox_of(mailing) == []


def subjects(mailbox):
    return [letter["Subject"] for letter in mailbox.letters]


def test_each_is_told_of_what_he_asked_for(mailing, mailbox):
    email = "jo@example.com:started,failed, ann@example.com, al@example.com:started"
    job = ask(mailing, email=email).job
    run_to_the_end(mailing)
    mailing.node.post.stop()
    assert subjects(mailbox) == [f"[WAM] {job} started", f"[WAM] {job} completed"]
    started, ended = mailbox.letters
    assert started["To"] == "jo@example.com, al@example.com"
    assert started.get_content().splitlines()[-1] == f"wam log -f {job}"
    assert ended["To"] == "ann@example.com"
    assert outbox_of(mailing) == []


def test_a_failure_is_told_with_the_last_lines_of_the_solver_s_files(mailing, mailbox):
    job = ask(mailing, email="jo@example.com:failed").job
    loop = mailing.loop()
    mailing.turn(loop, 2)
    (attempt,) = loop._attempts.values()
    run = attempt.folder.run
    (run / f"{attempt.stem}.msg").write_text("\n".join(f"line {n}" for n in range(30)))
    (run / f"{attempt.stem}.sta").write_text("THE ANALYSIS HAS NOT BEEN COMPLETED\n")
    mailing.processes.end_all(3)
    mailing.turn(loop, 3)
    mailing.node.post.stop()
    assert subjects(mailbox) == [f"[WAM] {job} failed"]
    lines = mailbox.letters[0].get_content().splitlines()
    assert lines.index("    line 29") == lines.index(f"The last lines of {attempt.stem}.msg:") + 10
    assert "    THE ANALYSIS HAS NOT BEEN COMPLETED" in lines


def test_a_run_that_was_lost_here_and_waits_again_is_told(mailing, mailbox):
    job = ask(mailing, email="jo@example.com:lost").job
    loop = mailing.loop()
    mailing.turn(loop)
    (attempt,) = loop._attempts.values()
    loop._acting.ending.lose(attempt, "the machine was started anew")
    mailing.node.post.stop()
    assert subjects(mailbox) == [f"[WAM] {job} lost on alpha, waits again"]
    assert "the machine was started anew" in mailbox.letters[0].get_content()


def test_the_node_that_takes_a_dead_ones_job_back_tells_of_it(mailing, mailbox):
    ticket = ask(mailing, email="jo@example.com:lost,ann@example.com")
    (queued,) = (mailing.root / "incoming").glob("*.yaml")
    queued.rename(mailing.root / f"running/{queued.stem}.g1.a1.dead.yaml")
    expire(mailing)
    assert subjects(mailbox) == [f"[WAM] {ticket.job} lost on dead, waits again"]
    assert mailbox.letters[0]["To"] == "jo@example.com"


def test_a_batch_s_ends_are_told_in_one_letter_and_its_failures_at_once(mailing, mailbox):
    jobs = [ask(mailing, email="jo@example.com:ended,failed", batch="study").job for _ in range(2)]
    run_to_the_end(mailing, exit_code=3)
    assert len(outcomes(mailing.root)) == 2
    mailing.loops.pop()._finish()
    failed = {f"[WAM] {job} failed" for job in jobs}
    assert set(subjects(mailbox)[:2]) == failed
    assert subjects(mailbox)[2:] == ["[WAM] study: 2 failed"]
    assert outbox_of(mailing) == []


def test_a_service_killed_before_publishing_tells_when_the_next_has_published(
    mailing, mailbox, monkeypatch
):
    job = ask(mailing).job
    loop = mailing.loop()
    mailing.turn(loop, 2)
    with monkeypatch.context() as patch:
        patch.setattr("node_service.stage_out.publish", killed)
        mailing.processes.end_all()
        with pytest.raises(Killed):
            loop.turn()
    assert outbox_of(mailing) == [f"{job}.g1.pending"]
    loop = next_service(mailing, mailbox)
    assert mailbox.letters == [], "not yet true"
    mailing.turn(loop, 3)
    mailing.node.post.carry()
    assert len(mailbox.letters) == 1 and outbox_of(mailing) == []


def killed(*_):
    raise Killed


@pytest.mark.parametrize("shown_by_another", [False, True])
def test_a_service_killed_behind_publishing_tells_at_its_next_start(
    mailing, mailbox, monkeypatch, shown_by_another
):
    job = ask(mailing).job
    loop = mailing.loop()
    mailing.turn(loop, 2)
    with monkeypatch.context() as patch:
        patch.setattr("node_service.stage_out.finish_publishing", killed)
        mailing.processes.end_all()
        with pytest.raises(Killed):
            loop.turn()
    assert outbox_of(mailing) == [f"{job}.g1.pending"]
    if shown_by_another:
        from wamspool.publish import Publication

        finish_publishing(mailing.share, Publication(job, "2026-03", 1))
    next_service(mailing, mailbox)
    assert len(mailbox.letters) == 1 and outbox_of(mailing) == []


def test_a_letter_of_an_end_that_another_published_is_withdrawn(mailing, mailbox):
    ticket = ask(mailing)
    run_to_the_end(mailing)
    mailing.node.post.stop()
    mailbox.letters.clear()
    mailing.node.post.outbox.keep(ticket.job, 7, b"To: jo@example.com\r\n\r\nx\r\n")
    mailing.node.post.outbox.keep("never-aaaaa", 1, b"To: jo@example.com\r\n\r\nx\r\n")
    outcome = mailing.root / f"done/2026-03/{ticket.job}/outcome.yaml"
    outcome.write_text(outcome.read_text().replace("node: alpha", "node: beta"))
    next_service(mailing, mailbox)
    assert mailbox.letters == [] and outbox_of(mailing) == []


def test_a_share_that_cannot_be_asked_keeps_the_letter_for_the_next_service(mailing, mailbox):
    mailing.node.post.outbox.keep("bracket-k7f3x", 1, b"To: jo@example.com\r\n\r\nx\r\n")
    mailing.share.fail("list", LOST, about="held", times=1)
    from node_service.mailing import take_up_letters

    take_up_letters(mailing.node, set())
    mailing.node.post.stop()
    assert outbox_of(mailing) == ["bracket-k7f3x.g1.pending"]


def test_the_node_that_gives_a_dead_ones_job_up_tells_of_it(mailing, mailbox):
    ticket = ask(mailing, retries=0, resources=Resources(cpus=1))
    (queued,) = (mailing.root / "incoming").glob("*.yaml")
    queued.rename(mailing.root / f"running/{queued.stem}.g1.a1.dead.yaml")
    expire(mailing)
    assert outcomes(mailing.root)[ticket.job].outcome == "lost"
    assert [letter["Subject"] for letter in mailbox.letters] == [f"[WAM] {ticket.job} lost"]


def expire(mailing):
    """The lease of a dead node has come to its end, and what was written is sent."""
    expiring = Expiring(mailing.node)
    for _ in range(round(mailing.spool.settings.lease_s / 0.4) + 6):
        mailing.node.lease.renew(mailing.clock.monotonic_s())
        if expiring.due_in_s() <= 0:
            expiring.look([])
        mailing.clock.sleep(0.4)
    mailing.node.post.start()
    mailing.node.post.stop()
