"""What happens to an import at the same moment: rows that are taken back, rows that are forgotten."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from leads.enums import ImportStatus
from leads.models import Company, Import, ImportRow, Lead
from leads.rules import scoring as rules
from leads.rules.scoring import Scores
from leads.services import import_running
from leads.services.imports import begin_undo, forget_old, start
from tests.leads.factories import NOW, live_rule_set, make_company, make_lead
from tests.leads.imports import checked, marketer, outcomes, ran

pytestmark = pytest.mark.django_db
MONTH = NOW + timedelta(days=30)


@pytest.fixture
def colleagues(monkeypatch: pytest.MonkeyPatch) -> Company:
    """Ana and Bea of one company without a size; Ana's row fails after it has filled the size."""
    size = rules.Rule(0, "Large", 40, condition=rules.Condition("company.employees", "gte", 200))
    live_rule_set(groups=(rules.Group(0, "fit", "fit", 100, 0, 30, (size,)),))
    company = make_company(domain="acme.example", employees=None)
    for name in ("ana", "bea"):
        make_lead(email=f"{name}@acme.example", company=company)
    score_lead = import_running.score_lead

    def fail_for_ana(*, lead: Lead, **rest: Any) -> Scores:
        if lead.email.startswith("ana"):
            raise RuntimeError
        return score_lead(lead=lead, **rest)

    monkeypatch.setattr(import_running, "score_lead", fail_for_ana)
    return company


def test_a_colleague_fills_what_a_row_that_failed_did_not(colleagues: Company) -> None:
    imported = ran("email,empleados\nana@acme.example,250\nbea@acme.example,300\n")
    colleagues.refresh_from_db()
    assert (outcomes(imported), colleagues.employees) == (["failed", "filled"], 300)
    assert Lead.objects.get(email="bea@acme.example").fit == 40


def test_a_colleague_is_not_scored_by_what_a_row_that_failed_said(colleagues: Company) -> None:
    ran("email,empleados,nombre\nana@acme.example,250,Ana\nbea@acme.example,,Bea\n")
    colleagues.refresh_from_db()
    assert (colleagues.employees, Lead.objects.get(email="bea@acme.example").fit) == (None, 0)


def when_found(act: Callable[[], Import]) -> Any:
    """Something happens once the first imports to forget are found."""
    done: list[Import] = []

    def between(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        answer = execute(sql, params, many, context)
        if not done and "leads_import" in sql:
            done.append(Import())
            done[0] = act()
        return answer

    return connection.execute_wrapper(between)


def test_an_undo_that_begins_while_rows_are_forgotten_finds_them() -> None:
    imported = ran("email\nana@acme.example\n", at=MONTH)
    ends = MONTH + timedelta(days=7)
    with when_found(lambda: begin_undo(import_id=imported.pk, actor=marketer(), at=ends - timedelta(1))):
        assert forget_old(at=ends) == 0
    imported.refresh_from_db()
    assert (imported.status, imported.emptied_at) == (ImportStatus.UNDOING, None)
    assert ImportRow.objects.count() == 1


def test_an_import_that_is_started_while_it_is_forgotten_goes_on() -> None:
    imported = checked("email\nana@acme.example\n")
    with when_found(lambda: start(import_id=imported.pk, version=1, actor=marketer(), at=MONTH)):
        assert forget_old(at=MONTH + timedelta(seconds=1)) == 0
    assert ImportRow.objects.count() == 1
