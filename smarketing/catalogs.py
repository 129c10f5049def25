"""Compile the translations without GNU gettext, and check that they are whole.

`python -m smarketing.catalogs` writes the .mo files; with `--check` it reports what is
untranslated, fuzzy or has other placeholders than its original, and writes nothing.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parent.parent
PLACEHOLDER = re.compile(r"%\(\w+\)[sdf]|%[sd]|\{\w*\}")


def sources(root: Path) -> list[Path]:
    return sorted(root.glob("locale/*/LC_MESSAGES/*.po"))


def compile_all(root: Path = ROOT) -> int:
    """Write every .mo that is missing or older than its .po; returns how many."""
    written = 0
    for source in sources(root):
        target = source.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
            polib.pofile(str(source)).save_as_mofile(str(target))
            written += 1
    return written


def complaints(root: Path = ROOT) -> Iterator[str]:
    for source in sources(root):
        for entry in polib.pofile(str(source)):
            where = f"{source.relative_to(root)}:{entry.linenum}: {entry.msgid!r}"
            if entry.obsolete:
                continue
            if entry.fuzzy:
                yield f"{where} is marked fuzzy"
            elif not entry.translated():
                yield f"{where} is not translated"
            elif not _same_placeholders(entry):
                yield f"{where} has other placeholders than its translation"


def _same_placeholders(entry: polib.POEntry) -> bool:
    """A plural may leave a placeholder out ("one lead"), but never invent one."""
    if not entry.msgid_plural:
        return sorted(PLACEHOLDER.findall(entry.msgid)) == sorted(PLACEHOLDER.findall(entry.msgstr))
    known = set(PLACEHOLDER.findall(entry.msgid + entry.msgid_plural))
    return all(set(PLACEHOLDER.findall(text)) <= known for text in entry.msgstr_plural.values())


def main(arguments: list[str]) -> int:
    if "--check" not in arguments:
        compile_all()
        return 0
    found = list(complaints())
    sys.stdout.writelines(f"{line}\n" for line in found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
