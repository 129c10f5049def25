"""The examples of docs/api.md, run with curl against a real server on loopback."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from funnel.enums import Stage
from smarketing.accounts.enums import Role
from tests.accounts.factories import make_token, make_user
from tests.funnel.factories import make_journey
from tests.leads.factories import live_rule_set, make_form

PAGE = Path(__file__).resolve().parent.parent / "docs" / "api.md"
EXAMPLES = re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


@pytest.mark.django_db(transaction=True)
def test_every_example_works(live_server: Any):
    if shutil.which("curl") is None:
        pytest.skip("no curl on this machine")
    live_rule_set()
    lead = make_journey(Stage.MQL).lead
    names = {
        "BASE": live_server.url,
        "TOKEN": make_token(make_user(role=Role.ADMIN))[1],
        "FORM": str(make_form().pk),
        "LEAD": str(lead.pk),
        "VERSION": lead.version,
    }
    answers = [
        subprocess.run(
            ["bash", "-ec", example],
            env={"PATH": os.environ["PATH"], **names},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        for example in EXAMPLES
    ]
    assert [(answer.returncode, answer.stdout) for answer in answers if answer.returncode] == []
    assert all(isinstance(json.loads(answer.stdout), dict) for answer in answers)


def test_the_page_has_examples():
    assert len(EXAMPLES) == 13
