"""F20: every route by method, role and whose lead it is, from the URLconf; a missing route fails."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import get_resolver

from funnel.enums import Stage
from funnel.models import BulkJob, SavedView
from leads.models import Lead, Persona, RuleSet
from leads.services.merging import merge_leads
from sla.models import Action
from smarketing.accounts.enums import Role
from smarketing.accounts.models import User
from tests.accounts.factories import bearer, make_user
from tests.funnel.factories import make_journey
from tests.leads.draft_routes import of_draft, publishable_draft
from tests.leads.factories import NOW, make_campaign, make_form
from tests.reviewing_routes import REVIEWING_IDS, reviewing
from tests.settings_routes import SETTINGS
from tests.sla.agreement_routes import MISSING_AGREEMENT
from tests.undoing import undone

pytestmark = pytest.mark.django_db
PLANNERS = frozenset({Role.MANAGER, Role.ADMIN})

NOBODY = "nobody"
REPS = (Role.SDR, Role.AE)
ROLES = [*Role, NOBODY]
RELATIONS = ("own", "team", "other", "missing")
SEEN = {
    Role.SDR: {"own"},
    Role.AE: {"own"},
    Role.MANAGER: {"own", "team"},
    Role.MARKETER: {"own", "team", "other"},
    Role.EXECUTIVE: {"own", "team", "other"},
    Role.ADMIN: {"own", "team", "other"},
    NOBODY: set(),
}
"""Whose leads a role sees. Team: of a subordinate for a manager, of a team-mate for the others."""

METHODS = ("get", "post", "put", "patch", "delete")
MISSING_ID = 2_000_000_000
MISSING_IDS = ("opportunity_id", "user_id", "member_id", "agreement_id", "promise_id", *REVIEWING_IDS)
MISSING_IDS += ("change_id", "import_id", "journey_id", "view_id", "job_id")
serial = count(1)


@dataclass(frozen=True)
class Rule:
    """What a method answers to who may. `hidden`: to who may not see the lead; `denied`: to nobody."""

    ok: int = 200
    body: Callable[[int], Any] | None = None
    roles: frozenset[Role] = frozenset(Role)
    hidden: int = 404
    denied: int = 401
    names_lead: bool = False
    seen: frozenset[str] | None = None
    """Whose things are there for everybody alike; None: as SEEN has it."""


def email(_lead: int) -> dict[str, str]:
    return {"email": f"new{next(serial)}@example.com"}


WRITERS = frozenset(Role) - {Role.EXECUTIVE}
LEADERS = frozenset({Role.MANAGER, Role.ADMIN})
SDRS, AES = LEADERS | {Role.SDR}, LEADERS | {Role.AE}
"""Who decides at MQL and at SQL."""
SALES_SIDE = frozenset({Role.SDR, Role.AE, Role.MANAGER})
"""Who disputes an MQL; marketing disputes returns, and the lead of the table did not come back."""
READ = Rule()
OPEN = Rule(denied=200)
PAGE = Rule(denied=302)
READERS = frozenset(Role) - frozenset(REPS)
EDITORS = frozenset({Role.MARKETER, Role.MANAGER, Role.ADMIN})
MARKETING_PAGE = Rule(denied=302, roles=READERS)
EDITOR_PAGE = Rule(denied=302, roles=EDITORS)
EMPTY_POST = Rule(422, denied=302, roles=EDITORS)
"""What the editors answer to a body without any field."""

API: dict[str, dict[str, Rule]] = {
    "api/v1/schema": {"get": OPEN},
    "api/v1/docs": {"get": OPEN},
    "api/v1/me": {"get": READ},
    "api/v1/forms/<uuid:form_id>/submissions": {"post": Rule(201, email, denied=201)},
    "api/v1/activities": {
        "post": Rule(
            201, lambda lead: {"lead": {"id": lead}, "kind": "download"}, hidden=400, names_lead=True
        )
    },
    "api/v1/leads": {"get": READ, "post": Rule(201, email, roles=WRITERS)},
    "api/v1/leads/<int:lead_id>": {
        "get": READ,
        "patch": Rule(200, lambda _lead: {"budget": "10 k"}, roles=WRITERS),
    },
    "api/v1/leads/<int:lead_id>/score": {"get": READ},
    "api/v1/leads/<int:lead_id>/timeline": {"get": READ},
    "api/v1/leads/<int:lead_id>/clocks": {"get": READ},
    "api/v1/leads/<int:lead_id>/moves": {
        "get": READ,
        "post": Rule(
            200,
            lambda _lead: {"move": "recycle", "reason": "not_ready"},
            roles=frozenset({Role.SDR, Role.MANAGER, Role.ADMIN}),
        ),
    },
    "api/v1/leads/<int:lead_id>/disputes": {
        "post": Rule(201, lambda _lead: {"kind": "no_mql", "reason": "A student"}, roles=SALES_SIDE),
    },
    "api/v1/disputes": {"get": READ},
    "api/v1/agreements": {"get": READ},
    "api/v1/agreements/<int:agreement_id>": {"get": Rule(404)},  # test_agreements_api.py has the others
    "api/v1/opportunities": {"get": READ},
    "api/v1/opportunities/<int:opportunity_id>": {  # it is missing; test_dealing.py has the others
        "get": Rule(404),
        "patch": Rule(404),
    },
    "api/v1/funnel": {"get": READ},
    "api/v1/funnel/journeys": {"get": READ},
    "api/v1/reminders": {"get": READ},
}
PAGES: dict[str, dict[str, Rule]] = {
    "dashboard/": {"get": PAGE},
    "dashboard/<slug:table>.csv": {"get": PAGE},
    "dashboard/<slug:table>/": {"get": PAGE},
    "dashboard/personas/": {"get": PAGE},
    "dashboard/personas.csv": {"get": PAGE},
    "funnel/": {"get": PAGE},
    "leads/": {"get": PAGE},
    "leads/<int:pk>/": {"get": PAGE},
    "leads/board/": {"get": PAGE},
    "leads/board/<int:journey_id>/": {"get": Rule(404, denied=302)},  # missing; test_board.py has the others
    "leads/board/<int:journey_id>/<slug:move>/": {
        "get": Rule(404, denied=302),  # the journey is missing; test_board.py has the others
        "post": Rule(404, denied=302),
    },
    "leads/export.csv": {"get": PAGE},
    "leads/export.xlsx": {"get": PAGE},
    "leads/columns/": {"post": Rule(302, denied=302)},
    "leads/views/": {"post": Rule(302, denied=302)},
    "leads/views/<int:view_id>/": {"post": Rule(302, denied=302)},
    "leads/bulk/": {"post": Rule(404, denied=302, roles=WRITERS)},  # an empty body names no action
    "leads/bulk/<int:job_id>/": {"get": PAGE},
    "leads/bulk/<int:job_id>/cancel/": {"post": Rule(302, denied=302, roles=WRITERS)},
    "leads/bulk/<int:job_id>/take-back/": {"post": Rule(302, denied=302, roles=WRITERS)},
    "leads/<int:pk>/clocks/": {"get": PAGE},
    "leads/<int:pk>/edit/": {
        "get": Rule(roles=WRITERS, denied=302),
        "post": Rule(302, lambda _lead: {"need": "Robots"}, roles=WRITERS, denied=302),
    },
    "leads/<int:pk>/similar/": {"get": PAGE},
    "leads/<int:pk>/merge/<int:other>/": {
        "get": Rule(roles=WRITERS, denied=302),
        "post": Rule(302, roles=WRITERS, denied=302),
    },
    "merges/<int:merge_id>/undo/": {"post": Rule(302, roles=WRITERS, denied=302)},
    "undo/<uuid:token>/": {"post": Rule(302, seen=frozenset({"own"}), denied=302)},
    "leads/<int:pk>/contact/": {
        "get": Rule(roles=WRITERS, denied=302),
        "post": Rule(302, lambda _lead: {"what": "call", "outcome": "reached"}, roles=WRITERS, denied=302),
    },
    **{
        f"leads/<int:pk>/{name}/": {
            "get": Rule(200 if fits else 409, roles=roles, denied=302),
            "post": Rule(ok, lambda _lead, body=body: body, roles=roles, denied=302),
        }
        for name, fits, ok, roles, body in (
            ("qualify", True, 302, SDRS, {}),
            ("postpone", True, 422, SDRS, {}),
            ("resume", False, 409, SDRS | AES, {}),
            ("return", True, 302, SDRS, {"reason": "not_ready"}),
            ("disqualify", True, 302, SDRS, {"reason": "spam"}),
            ("convert", False, 409, AES, {}),
            ("won", False, 409, AES, {}),
            ("lost", False, 409, AES, {"reason": "price"}),
            ("reassign", True, 422, SDRS | AES, {}),
        )
    },
    "queue/": {"get": PAGE},
    "recycled/": {"get": MARKETING_PAGE},
    "recycled/export.csv": {"get": MARKETING_PAGE},
    "recycled/<int:change_id>/": {  # the return is missing; test_recycled.py has the others
        "get": Rule(404, denied=302, roles=READERS),
        "post": Rule(404, denied=302, roles=EDITORS),
    },
    "opportunities/": {"get": PAGE},
    "opportunities/<int:opportunity_id>/edit/": {
        "get": Rule(404, denied=302, roles=AES),
        "post": Rule(404, denied=302, roles=AES),
    },
    "reminders/": {"get": PAGE},
    "campaigns/": {"get": MARKETING_PAGE},
    "campaigns/new/": {"get": EDITOR_PAGE, "post": EMPTY_POST},
    "campaigns/<int:campaign_id>/": {"get": MARKETING_PAGE},
    "campaigns/<int:campaign_id>/edit/": {"get": EDITOR_PAGE, "post": EMPTY_POST},
    "personas/": {"get": MARKETING_PAGE},
    "personas/new/": {"get": EDITOR_PAGE, "post": EMPTY_POST},
    "personas/<int:persona_id>/": {"get": MARKETING_PAGE},
    "personas/<int:persona_id>/edit/": {"get": EDITOR_PAGE, "post": EMPTY_POST},
    "personas/<int:persona_id>/active/": {"post": Rule(409, denied=302, roles=EDITORS)},  # saw nothing
    "forms/": {"get": MARKETING_PAGE},
    "forms/new/": {"get": EDITOR_PAGE, "post": EMPTY_POST},
    "forms/preview/": {"post": EDITOR_PAGE},
    "forms/<uuid:form_id>/": {"get": MARKETING_PAGE},
    "forms/<uuid:form_id>/edit/": {"get": EDITOR_PAGE, "post": EMPTY_POST},
    "forms/<uuid:form_id>/submissions/": {"get": MARKETING_PAGE},
    "forms/<uuid:form_id>/test/": {"get": EDITOR_PAGE, "post": EDITOR_PAGE},
    "imports/": {"get": EDITOR_PAGE},
    "imports/new/": {"get": EDITOR_PAGE, "post": EMPTY_POST},
    **{
        f"imports/<int:import_id>/{name}": {
            method: Rule(404, denied=302, roles=EDITORS) for method in methods
        }
        for name, methods in (
            ("", ("get",)),
            ("columns/", ("get", "post")),
            ("preview/", ("post",)),
            ("start/", ("post",)),
            ("cancel/", ("post",)),
            ("undo/", ("post",)),
            ("discard/", ("post",)),
            ("errors.csv", ("get",)),
            ("report.csv", ("get",)),
        )
    },  # the import is missing; test_import_pages.py has the others
    "inbox/": {"get": MARKETING_PAGE, "post": Rule(302, denied=302, roles=EDITORS)},
    "scoring/": {"get": PAGE},
    "scoring/progress/": {"get": PAGE},
    "scoring/versions/": {"get": MARKETING_PAGE},
    "scoring/drafts/": {"post": Rule(302, denied=302, roles=EDITORS)},
    "scoring/<int:rule_set_id>/": {"get": MARKETING_PAGE},
    "scoring/<int:rule_set_id>/compare/": {"get": MARKETING_PAGE},
    "scoring/<int:rule_set_id>/publish/": {"post": Rule(302, denied=302, roles=PLANNERS)},
    "scoring/<int:rule_set_id>/again/": {  # the set of the table is a draft, which never counted
        "get": Rule(404, denied=302, roles=PLANNERS),
        "post": Rule(404, denied=302, roles=PLANNERS),
    },
    **{
        f"scoring/<int:rule_set_id>/{what}/": {"post": Rule(302, denied=302, roles=EDITORS)}
        for what in ("note", "discard")
    },
    **{
        f"scoring/<int:rule_set_id>/{what}/": {"get": EDITOR_PAGE, "post": EMPTY_POST}
        for what in (
            "thresholds",
            "groups/new/<slug:dimension>",
            "groups/<int:group_id>",
            "groups/<int:group_id>/new/<slug:kind>",
            "rules/<int:rule_id>",
        )
    },
    **{
        f"scoring/<int:rule_set_id>/{kind}s/<int:pk>/{what}/": {
            # a removal that does not say what it saw is refused
            "post": Rule(409 if what == "remove" else 302, denied=302, roles=EDITORS)
        }
        for kind in ("group", "rule")
        for what in ("remove", "up", "down")
    },
    "search/": {"get": PAGE},
    "notifications/": {"get": PAGE},
    "notifications/bell/": {"get": PAGE},
    "notifications/read/": {"post": Rule(302, denied=302)},
    "profile/": {"get": PAGE, "post": PAGE},
    "password/change/": {"get": PAGE, "post": PAGE},
    "promises/": {"get": PAGE},
    **reviewing(Rule, READERS),
    "leads/<int:pk>/disputes/": {"get": PAGE},
    "leads/<int:pk>/dispute/": {
        "get": Rule(roles=SALES_SIDE | {Role.MARKETER}, denied=302),
        "post": Rule(302, lambda _lead: {"reason": "A student"}, roles=SALES_SIDE, denied=302),
    },
    **{path: {"get": PAGE} for path in ("forecast/", "closed-loop/", "closed-loop/export.csv")},
    "executive/": {"get": Rule(denied=302, roles=frozenset({Role.EXECUTIVE, Role.ADMIN}))},
    "team/": {"get": Rule(denied=302, roles=LEADERS | {Role.EXECUTIVE})},
    # The person is missing; test_team.py has the others.
    "team/<int:user_id>/": {"get": Rule(404, denied=302, roles=LEADERS | {Role.EXECUTIVE})},
    **{
        f"team/<int:user_id>/{part}": {"post": Rule(404, denied=302, roles=LEADERS)}
        for part in ("absence/", "pools/<int:member_id>/", "leads/")
    },
    "agreement/": {"get": PAGE},
    "agreement/new/": {
        "get": Rule(roles=PLANNERS, denied=302),
        "post": Rule(422, roles=PLANNERS, denied=302),
    },
    **{route: dict.fromkeys(methods, Rule(404, denied=302)) for route, methods in MISSING_AGREEMENT.items()},
    "agreement/now/": {"get": PAGE},
    **{  # the agreement is missing; test_measure_pages.py has the others
        f"agreement/<int:agreement_id>/{part}": {"get": Rule(404, denied=302)}
        for part in ("measure/", "measure.csv", "measure/<int:promise_id>/")
    },
    "targets/": {
        "get": Rule(roles=PLANNERS, denied=302),
        "post": Rule(302, roles=PLANNERS, denied=302),
    },
}
ROUTES = API | PAGES
ELSEWHERE = {
    "",
    "healthz",
    "readyz",
    "i18n/setlang/",
    "sign-in/",
    "sign-out/",
    "invitation/<uidb64>/<token>/",
    "setup/",
    "styleguide/",
}
ELSEWHERE |= {"password/", "password/asked/", "password/<uidb64>/<token>/", "notifications/<int:number>/"}
"""Open by their nature (the first only redirects) and tested on their own; they tell nothing of
leads. The admin is Django's."""


def routes(patterns: Any = None, prefix: str = "") -> Iterator[str]:
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        here = prefix + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from routes(pattern.url_patterns, here)
        else:
            yield here


def test_every_route_is_in_the_table():
    assert {route for route in routes() if not route.startswith("admin/")} == set(ROUTES) | ELSEWHERE | set(
        SETTINGS
    )


@dataclass
class World:
    """A caller and one lead at MQL for each relation to them."""

    user: User | None
    headers: dict[str, str]
    client: Client
    draft: RuleSet
    leads: dict[str, int] = field(default_factory=lambda: {"missing": MISSING_ID})

    def lead_id(self, relation: str) -> int:
        if relation not in self.leads:
            self.leads[relation] = self.new_lead(relation).pk
        return self.leads[relation]

    def new_lead(self, relation: str) -> Lead:
        if relation == "own" and self.user is not None:
            owner = self.user
        elif relation == "team" and self.user is not None:
            boss = self.user if self.user.role not in REPS else self.user.reports_to
            owner = make_user(role=Role.SDR, reports_to=boss)
        else:
            owner = make_user(role=Role.SDR, reports_to=make_user(role=Role.MANAGER))
        journey = make_journey(Stage.MQL)
        Lead.objects.filter(pk=journey.lead_id).update(owner=owner)
        return journey.lead


def world(role: str, *, api: bool) -> World:
    client, draft = Client(), publishable_draft()
    if role == NOBODY:
        return World(None, {}, client, draft)
    boss = make_user(role=Role.MANAGER) if role in REPS else None
    user = make_user(role=role, reports_to=boss)
    if not api:
        client.force_login(user)
    return World(user, bearer(user) if api else {}, client, draft)


def is_about_lead(route: str) -> bool:
    of_lead = ("<int:lead_id>", "<int:merge_id>", "<uuid:token>")
    return ("<int:pk>" in route and "rule_set_id" not in route) or any(name in route for name in of_lead)


def of_two(path: str, caller: World, lead_id: int) -> str:
    """The address with a second lead of the caller's own, a merge of both, or what was done to the first."""
    if "<int:other>" in path:
        path = path.replace("<int:other>", str(caller.new_lead("own").pk))
    if "<int:merge_id>" in path and lead_id != MISSING_ID:
        given = {"survivor_id": lead_id, "duplicate_id": caller.new_lead("own").pk}
        path = path.replace("<int:merge_id>", str(merge_leads(**given, actor=None, at=NOW).pk))
    if "<uuid:token>" in path and lead_id != MISSING_ID:
        owner = Lead.objects.get(pk=lead_id).owner
        action = Action.objects.create(kind="call", lead_id=lead_id, actor=owner, at=NOW)
        path = path.replace("<uuid:token>", str(action.pk))
    return path.replace("<int:merge_id>", str(MISSING_ID)).replace("<uuid:token>", str(uuid4()))


def call(caller: World, route: str, method: str, rule: Rule | None, lead_id: int) -> int:
    path = "/" + route.replace("<int:lead_id>", str(lead_id))
    if "rule_set_id" not in route:
        path = path.replace("<int:pk>", str(lead_id))
    path = of_two(path, caller, lead_id)
    if "<int:campaign_id>" in path:
        path = path.replace("<int:campaign_id>", str(make_campaign().pk))
    if "<int:persona_id>" in path:
        persona = Persona.objects.create(name=f"Persona {next(serial)}")
        path = path.replace("<int:persona_id>", str(persona.pk))
    path = path.replace("<slug:what>", "mqls")
    path = path.replace("<slug:table>", "verdicts" if "feedback" in route else "people")
    if "<int:rule_set_id>" in route:
        path = of_draft(path.replace("<int:rule_set_id>", "<set>"), route, caller.draft)
    path = path.replace("<slug:move>", "qualify").replace("<slug:part>", "targets")
    if caller.user is not None and "<int:view_id>" in path:
        view = SavedView.objects.create(owner=caller.user, name=f"View {next(serial)}")
        path = path.replace("<int:view_id>", str(view.pk))
    if caller.user is not None and "<int:job_id>" in path:
        job = BulkJob.objects.create(actor=caller.user, action="recycle", started_at=NOW)
        path = path.replace("<int:job_id>", str(job.pk))
    for name in MISSING_IDS:
        path = path.replace(f"<int:{name}>", str(MISSING_ID))
    if "<uuid:form_id>" in path:
        path = path.replace("<uuid:form_id>", str(make_form().pk))
    body = rule.body(lead_id) if rule and rule.body else {}
    options: dict[str, Any] = {} if method == "get" else {"data": body, "content_type": "application/json"}
    if method == "post" and route in PAGES:
        options = {"data": body}  # as a browser's form sends it
    return getattr(caller.client, method)(path, headers=caller.headers, **options).status_code


def expected(route: str, method: str, rule: Rule | None, role: str, relation: str) -> int:
    about_lead = is_about_lead(route) or (rule is not None and rule.names_lead)
    writes = rule is not None and method != "get" and rule.denied != 201
    if role == Role.EXECUTIVE and route in API and writes:
        return 403  # before anything is looked up
    if rule is None:
        is_open = any(known.denied < 300 for known in ROUTES[route].values())
        if role != NOBODY or is_open:
            return 405
        return 302 if route in PAGES else 401
    if role == NOBODY:
        # What was typed is kept beside the sign-in, which is then no redirect.
        typed = rule.denied == 302 and rule.body is not None and rule.body(MISSING_ID)
        return 401 if typed else rule.denied
    if about_lead and relation not in (rule.seen or SEEN[Role(role)]):
        return rule.hidden
    return rule.ok if role in rule.roles else 403


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("table", [API, PAGES], ids=["api", "pages"])
def test_who_may_do_what(table: dict[str, dict[str, Rule]], role: str):
    caller = world(role, api=table is API)
    answers, rights = {}, {}
    for route, rules in table.items():
        about_lead = is_about_lead(route) or any(rule.names_lead for rule in rules.values())
        for method in METHODS:
            rule = rules.get(method)
            # A method that nobody may use is refused before any lead is looked for: one's own is tried.
            relations = RELATIONS if rule else RELATIONS[:1]
            for relation in relations if about_lead else ("missing",):
                case = route, method, relation
                asked = partial(call, caller, route, method, rule, caller.lead_id(relation))
                answers[case] = undone(caller.client, asked)
                rights[case] = expected(route, method, rule, role, relation)
    assert answers == rights


@pytest.mark.parametrize("role", [Role.SDR, Role.MANAGER, Role.MARKETER])
def test_a_lead_is_merged_only_with_one_that_is_seen(role: Role):
    caller = world(role, api=False)
    answers = {
        relation: caller.client.get(f"/leads/{caller.new_lead('own').pk}/merge/{caller.lead_id(relation)}/")
        for relation in RELATIONS
    }
    assert {relation: answer.status_code for relation, answer in answers.items()} == {
        relation: 200 if relation in SEEN[role] else 404 for relation in RELATIONS
    }


WRITES = [
    (route, method) for route, rules in API.items() for method, rule in rules.items() if method != "get"
]


@pytest.mark.parametrize(("route", "method"), [pair for pair in WRITES if "forms" not in pair[0]])
def test_a_token_that_reads_writes_nothing(route: str, method: str):
    caller = world(Role.ADMIN, api=True)
    caller.headers = bearer(caller.user, scopes=["leads:read", "funnel:read", "reminders:read"])
    assert call(caller, route, method, API[route][method], caller.lead_id("own")) == 403


SCOPED = [route for route, rules in API.items() if READ in rules.values() and route != "api/v1/me"]


@pytest.mark.parametrize("route", SCOPED)
def test_a_token_that_only_records_activities_reads_nothing(route: str):
    caller = world(Role.ADMIN, api=True)
    caller.headers = bearer(caller.user, scopes=["activities:write"])
    assert call(caller, route, "get", API[route]["get"], caller.lead_id("own")) == 403
