"""``wam show``: all about one job."""

from client_tools.commands.options import JobArgument, JsonOption, SpoolOption
from client_tools.pools_shown import LicencesOfJob, refused_licences, tokens_of_job
from client_tools.results import results_of
from client_tools.views.job import job_screen
from client_tools.views.output import choose_output
from client_tools.which_spool import open_named_spool
from wamspool.find import account_of, find_job


def show(job: JobArgument, spool: SpoolOption = None, as_json: JsonOption = False) -> None:
    """Tell all about one job: where it is, how it ended and why, its files, what to type next."""
    opened = open_named_spool(spool)
    account = account_of(opened, find_job(opened, job))
    folder = account.found.folder
    files = results_of(opened.share, folder) if folder else []
    licences = LicencesOfJob(tokens_of_job(opened, account), refused_licences(opened, account))
    choose_output(as_json=as_json).show(job_screen(opened.share, account, files, licences))
