"""The documents name what the code reads."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_every_environment_variable_is_documented():
    code = "".join((ROOT / "smarketing" / name).read_text() for name in ("settings.py", "gunicorn_conf.py"))
    used = set(re.findall(r'env(?:\.\w+)?\(\s*"([A-Z_]+)"', code))
    used |= set(re.findall(r"""environ\.(?:get|setdefault)\(["']([A-Z_]+)["']""", code))
    text = (ROOT / "docs" / "operations.md").read_text()
    assert used - {"DJANGO_SETTINGS_MODULE"} - set(re.findall(r"`([A-Z_]+)`", text)) == set()


def test_every_dependency_we_name_has_its_reason():
    reasons = set(re.findall(r"\*\*([\w\[\]-]+)\*\*", (ROOT / "docs" / "dependencies.md").read_text()))
    for name in ("requirements.txt", "requirements-dev.txt"):
        named = (ROOT / name).read_text().split("# What the packages above bring along.")[0]
        pinned = set(re.findall(r"^([\w\[\]-]+)==", named, re.MULTILINE))
        assert pinned - reasons == set()
        unpinned = [x for x in named.splitlines() if x and not x.startswith(("#", "-r")) and "==" not in x]
        assert unpinned == []
