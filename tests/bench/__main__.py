"""``make bench``: how fast is it? docs/performance.md says what is measured and what it means.

``--quick`` for a look (about two minutes), ``--only intake`` for one part, ``--leads`` for another size.
"""

import argparse
import os
import time
from collections.abc import Callable
from pathlib import Path

import django

from .figures import Figure, keep, table
from .place import Environment, durable_database, use_database

PARTS = {
    "intake": "door",
    "pages": "pages",
    "funnel": "size",
    "restore": "size",
    "rescore": "size",
    "engine": "size",
}
"""Which database each is measured on; the later ones work beside the full funnel."""
PAGES_AT, PAGE_ROUNDS = 100_000, 9
"""Leads behind every page, and how often each is opened."""
FOLDER = Path("var/bench")
Measurement = Callable[[], list[Figure]]


def main() -> None:
    given = _arguments()
    with durable_database() as prepared:
        os.environ.update(prepared)
        django.setup()
        from django.core.management import call_command

        use_database("prepared", prepared)
        call_command("migrate", verbosity=0)
        call_command("setup", verbosity=0)
        for name in PARTS:
            if name in given.only:
                began = time.monotonic()
                environment = use_database(PARTS[name], prepared)
                figures = _parts(given, environment)[name]()
                keep(FOLDER, name, figures)
                print(table(f"{name} ({time.monotonic() - began:.0f} s)", figures), end="\n\n", flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes and short rounds")
    parser.add_argument("--leads", type=int, help="size of the full funnel (default 1,000,000; quick 20,000)")
    parser.add_argument(
        "--only", nargs="+", choices=PARTS, default=list(PARTS), metavar="PART", help=", ".join(PARTS)
    )
    given = parser.parse_args()
    given.leads = given.leads or (20_000 if given.quick else 1_000_000)
    return given


def _parts(given: argparse.Namespace, environment: Environment) -> dict[str, Measurement]:
    from . import engine, funnel_report, intake, pages, rescore, restore

    quick: bool = given.quick
    sizes = [min(10_000, given.leads // 2), given.leads]
    work = Path(environment["VAR_DIR"])
    return {
        "intake": lambda: intake.measure(
            environment, work, seconds=3.0 if quick else 8.0, rounds=1 if quick else 3
        ),
        "pages": lambda: pages.measure(leads=min(PAGES_AT, given.leads), rounds=3 if quick else PAGE_ROUNDS),
        "rescore": lambda: rescore.measure(leads=2_000 if quick else 20_000),
        "funnel": lambda: funnel_report.compare(sizes, rounds=10 if quick else 40),
        "restore": lambda: restore.measure(work, leads=given.leads),
        "engine": lambda: engine.measure(
            environment, work, clocks=given.leads, due=500 if quick else 10_000, seconds=15 if quick else 60
        ),
    }


if __name__ == "__main__":
    main()
