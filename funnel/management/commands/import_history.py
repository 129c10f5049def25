"""``manage.py import_history mapping.toml --folder exports/``; see docs/import-history.md."""

import tomllib
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from funnel.errors import FunnelError
from funnel.rules.mapping import Mapping, read_mapping
from funnel.services.history import FileResult, import_history

WIDTH = 40


class Command(BaseCommand):
    help = "Load past leads and deals from the CSV files that a mapping file describes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("mapping", type=Path, help="mapping file (TOML)")
        parser.add_argument("--folder", type=Path, help="where the exports are (default: beside the mapping)")
        parser.add_argument(
            "--report",
            type=Path,
            default=Path("import-report.csv"),
            help="where to write what was skipped or odd, row by row (default: %(default)s)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        mapping: Path = options["mapping"]
        try:
            results = import_history(
                mapping=_mapping(mapping),
                folder=options["folder"] or mapping.parent,
                report=options["report"],
                at=timezone.now(),
                progress=self._bar if self.stdout.isatty() else None,
            )
        except (FunnelError, OSError) as error:
            raise CommandError(str(error)) from error
        for result in results:
            self.stdout.write(_line(result))
        self.stdout.write(_("Row-level report: %(file)s") % {"file": options["report"]})

    def _bar(self, name: str, position: int, size: int) -> None:
        share = min(position / size, 1) if size else 1
        bar = ("#" * round(share * WIDTH)).ljust(WIDTH)
        self.stdout.write(f"\r{name} [{bar}] {share:4.0%}", ending="\n" if share == 1 else "")
        self.stdout.flush()


def _mapping(path: Path) -> Mapping:
    try:
        return read_mapping(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CommandError(f"{path}: {error}") from error


def _line(result: FileResult) -> str:
    return _("%(file)s: %(added)d added, %(known)d already there, %(skipped)d skipped, %(noted)d noted") % {
        name: getattr(result, name) for name in ("file", "added", "known", "skipped", "noted")
    }
