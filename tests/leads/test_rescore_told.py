"""Who started a re-score is told when it has ended."""

import pytest

from leads.models import Notification, Rescore
from leads.rules.scoring import Threshold
from leads.services.drafts import create_draft
from leads.services.personas import save_persona
from leads.services.publishing import publish
from leads.services.rescoring import run_rescore
from smarketing.accounts.enums import Role
from smarketing.accounts.models import User
from tests.accounts.factories import make_user
from tests.leads.factories import NOW, live_rule_set, make_lead, one_group

pytestmark = pytest.mark.django_db
MQL = Threshold("mql", 0, 50, 0)


def told_to(user: User) -> list[tuple[str, str]]:
    return list(Notification.objects.filter(user=user).values_list("kind", "name"))


def test_who_published_is_told_when_everybody_is_scored() -> None:
    boss = make_user(role=Role.MANAGER)
    make_lead(), make_lead()
    draft = create_draft(actor=boss, at=NOW, groups=(one_group(),), thresholds=(MQL,))
    rescore = publish(rule_set_id=draft.pk, actor=boss, at=NOW)
    seen = [told_to(boss)]
    for _turn in range(2):
        run_rescore(rescore_id=rescore.pk, at=NOW, batch=2)
        seen.append(told_to(boss))
    assert seen == [[], [], [("rescored", str(draft))]]


def test_a_rescore_that_another_one_ends_is_not_told_to() -> None:
    boss = make_user(role=Role.MANAGER)
    drafts = [create_draft(actor=boss, at=NOW, groups=(one_group(),), thresholds=(MQL,)) for _ in range(2)]
    first, second = (publish(rule_set_id=draft.pk, actor=boss, at=NOW) for draft in drafts)
    for rescore in (first, second):
        run_rescore(rescore_id=rescore.pk, at=NOW)
    assert [kind for kind, _name in told_to(boss)] == ["rescored"]


def test_who_changed_a_persona_is_told_too() -> None:
    clara = make_user(role=Role.MARKETER)
    live_rule_set()
    save_persona(persona_id=None, values={"name": "Chief"}, seen="", actor=clara, at=NOW)
    run_rescore(rescore_id=Rescore.objects.get(finished_at=None).pk, at=NOW)
    assert [kind for kind, _name in told_to(clara)] == ["rescored"]
