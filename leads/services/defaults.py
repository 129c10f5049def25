"""The scoring agreement and personas a new installation starts with; both teams change them later.

Source: the worked definitions of the domain (200 employees and more, our territory, a
decision-maker; blog visits, guides, white papers and social interaction as interest; a price sheet
above a white paper, asking for contact or advice above all).
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from ..enums import ActivityKind, Dimension, Operator, Seniority
from ..models import Persona, RuleSet, Threshold
from ..rules.conditions import Condition
from ..rules.scoring import Group, Rule
from ..rules.scoring import Threshold as Least
from .drafts import create_draft
from .publishing import publish

TERRITORY = ["ES", "PT", "MX", "CO", "AR", "CL", "PE"]
COMPETITORS = ["competitor.example", "rival.example"]
"""Reserved names that nobody owns: place holders for the real list."""

_INTEREST_LOSES, _INTENT_LOSES, _EVERY_DAYS = 25, 50, 30


@transaction.atomic
def install_defaults(*, at: datetime) -> None:
    """Install and publish the default rules and personas where there are none; harmless to repeat.

    Names and descriptions are data from then on: they are written in the language that is active now."""
    if not RuleSet.objects.exists():
        draft = create_draft(
            actor=None, at=at, note=_("Default agreement"), groups=_groups(), thresholds=_thresholds()
        )
        publish(rule_set_id=draft.pk, actor=None, at=at)
    if not Persona.objects.exists():
        Persona.objects.bulk_create(_personas())


def _groups() -> tuple[Group, ...]:
    return (*_fit(), *_interest(), *_intent())


def _fit() -> tuple[Group, ...]:
    chief, director, manager = Seniority.CHIEF.value, Seniority.DIRECTOR.value, Seniority.MANAGER.value
    return (
        _group(
            _("Company size"),
            30,
            _field(_("200 employees or more"), 30, "company.employees", Operator.GTE, 200),
        ),
        _group(
            _("Territory"),
            20,
            _field(_("Company in our territory"), 20, "company.country", Operator.IN, TERRITORY),
            _field(_("Person in our territory"), 20, "country", Operator.IN, TERRITORY),
        ),
        _group(
            _("Decision-maker"),
            30,
            _field(_("CEO or general manager"), 30, "seniority", Operator.EQ, chief),
            _field(_("Director"), 20, "seniority", Operator.EQ, director),
            _field(_("Manager"), 10, "seniority", Operator.EQ, manager),
        ),
        _group(
            _("Budget, need and timeline"),
            15,
            _field(_("Budget known"), 5, "budget", Operator.FILLED),
            _field(_("Need known"), 5, "need", Operator.FILLED),
            _field(_("Timeline known"), 5, "timeline", Operator.FILLED),
        ),
        _group(
            _("Not a buyer"),
            0,
            _field(_("Works for a competitor"), -100, "email_domain", Operator.IN, COMPETITORS),
            _field(_("Student"), -60, "seniority", Operator.EQ, Seniority.STUDENT.value),
            _event(_("Mail bounced"), -40, ActivityKind.EMAIL_BOUNCE),
        ),
    )


def _interest() -> tuple[Group, ...]:
    def group(name: str, cap: int, *own: Rule) -> Group:
        return Group(0, name, Dimension.INTEREST.value, cap, _INTEREST_LOSES, _EVERY_DAYS, own)

    return (
        group(
            _("Content"),
            50,
            _event(_("Content downloaded"), 10, ActivityKind.DOWNLOAD, times=4),
            _event(_("White paper"), 5, ActivityKind.DOWNLOAD, asset="white", times=2),
            _event(_("Form submitted"), 10, ActivityKind.FORM, times=2),
        ),
        group(
            _("Web site"),
            20,
            _event(_("Blog visited"), 2, ActivityKind.PAGE_VIEW, asset="blog", times=8),
            _event(_("Page viewed"), 1, ActivityKind.PAGE_VIEW, times=8),
        ),
        group(
            _("Events, mail and social media"),
            30,
            _event(_("Webinar attended"), 15, ActivityKind.WEBINAR, times=2),
            _event(_("Link in e-mail clicked"), 5, ActivityKind.EMAIL_CLICK, times=3),
            _event(_("E-mail opened"), 1, ActivityKind.EMAIL_OPEN, times=5),
            _event(_("Social interaction"), 5, ActivityKind.SOCIAL, times=3),
        ),
    )


def _intent() -> tuple[Group, ...]:
    own = (
        _event(_("Contact or advice requested"), 70, ActivityKind.CONTACT_REQUEST),
        _event(_("Demo requested"), 60, ActivityKind.DEMO_REQUEST),
        _event(_("Price sheet requested"), 40, ActivityKind.PRICE_SHEET),
        _event(_("Price page viewed"), 5, ActivityKind.PAGE_VIEW, asset="pric", times=2),
    )
    return (Group(0, _("Signs of purchase"), Dimension.INTENT.value, 100, _INTENT_LOSES, _EVERY_DAYS, own),)


def _thresholds() -> tuple[Least, ...]:
    """MQL: the better the fit, the weaker the sign of purchase that is enough; never none at all."""
    target, mql = Threshold.Stage.TARGET.value, Threshold.Stage.MQL.value
    return (
        Least(target, 30, 10, 0),
        Least(target, 30, 0, 20),
        Least(mql, 30, 0, 70),
        Least(mql, 40, 0, 60),
        Least(mql, 60, 0, 40),
        Least(mql, 50, 30, 20),
    )


def _personas() -> tuple[Persona, ...]:
    size, level = "company.employees", "seniority"
    leading = [Seniority.CHIEF.value, Seniority.DIRECTOR.value]
    return (
        Persona(
            name=_("Decision-maker in a large company"),
            description=_(
                "Leads a company of 200 people or more, owns the budget, wants proof and references."
            ),
            criteria=[
                {"field": size, "operator": Operator.GTE.value, "value": 200},
                {"field": level, "operator": Operator.IN.value, "value": leading},
            ],
            position=1,
        ),
        Persona(
            name=_("Manager in a growing company"),
            description=_("Runs a team in a company below 200 people, short of time, compares prices."),
            criteria=[
                {"field": size, "operator": Operator.LT.value, "value": 200},
                {
                    "field": level,
                    "operator": Operator.IN.value,
                    "value": [*leading, Seniority.MANAGER.value],
                },
            ],
            position=2,
        ),
    )


def _group(name: str, cap: int, *own: Rule) -> Group:
    return Group(0, name, Dimension.FIT.value, cap, 0, _EVERY_DAYS, own)


def _field(name: str, points: int, field: str, operator: Operator, value: object = None) -> Rule:
    return Rule(0, name, points, condition=Condition(field, operator.value, value))


def _event(name: str, points: int, kind: ActivityKind, *, asset: str = "", times: int = 1) -> Rule:
    return Rule(0, name, points, kind=kind.value, asset=asset, max_times=times)
