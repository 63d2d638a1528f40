"""All benchmarks, one after the other: ``python -m benchmarks`` (or ``make bench``)."""

from benchmarks import claim_rate, commands, latency, operations, submit_rate

if __name__ == "__main__":
    for title, run in (
        ("operations on the share", operations.main),
        ("whole calls of wam", commands.main),
        ("from a ticket or a drop to the solver's start", latency.main),
        ("submissions through the API", submit_rate.main),
        ("claims by several claimers", claim_rate.main),
    ):
        print(f"== {title}")
        run()
