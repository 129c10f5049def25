"""What else is found in a product that is in use: a file that was imported, spam in quarantine, two
leads that were one person, lists that people come back to."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from funnel.models import SavedView
from funnel.services.saved_views import save_view
from leads.enums import ActivityKind, SubmissionStatus
from leads.models import Campaign, Lead, Submission
from leads.services.import_checking import check_some
from leads.services.import_running import run_some
from leads.services.imports import set_columns, start, upload
from leads.services.intake import release_submission
from leads.services.merging import merge_leads
from leads.services.releasing import reject_all

from .market import DEMO_FORM, TITLES, weighted
from .names import ascii_of

if TYPE_CHECKING:
    from .story import Event, Story

WEBINAR_FORM = 3
IMPORT_ROWS = 24
BATCH = 100
DAY = timedelta(days=1)

SPAM = (
    # days before now, what the robot typed
    (30.0, "best-seo-offers", "Rank first on every search engine"),
    (3.2, "crypto-yield", "Earn while you sleep"),
    (1.4, "cheap-leads", "10,000 leads for 99 dollars"),
    (0.4, "casino-nights", "Your bonus waits"),
)
VIEWS = (
    ("clara", "Nearly there: target, in Spain", SavedView.Sharing.MINE, "stage=target&country=ES"),
    ("clara", "Hand-offs of now", SavedView.Sharing.EVERYBODY, "stage=mql&status=active"),
    ("bruno", "Back from sales: not ready yet", SavedView.Sharing.TEAM, "reason=not_ready"),
    ("renata", "Postponed", SavedView.Sharing.EVERYBODY, "status=postponed"),
    ("tom", "My best", SavedView.Sharing.MINE, "stage=mql&grade=A1"),
)
COLUMNS = ("stage", "grade", "owner", "source", "phone", "stage_since")


def plan(story: Story) -> None:
    for days, name, text in SPAM:
        story.plan(story.now - days * DAY, _spam(story, name, text))
    story.plan(story.at_work(story.now - 22 * DAY), _reject(story))
    # Reckoned backwards: two days before a Monday's small hours nobody works until after now.
    story.plan(story.before(16 * 60), _fail(story))
    story.plan(story.at_work(story.now - 40 * DAY), _save_views(story))
    story.plan(story.at_work(story.now - 6 * DAY), _import(story))
    story.plan(story.at_work(story.now - 20 * DAY), _meet_twice(story))


def _spam(story: Story, name: str, text: str) -> Event:
    form = story.forms[DEMO_FORM][0]

    def event(at: datetime) -> None:
        values = {"email": f"info@{name}.example", "name": name, "message": text, "consent": "yes"}
        story.post(form, {**values, form.honeypot: f"https://{name}.example"}, at)

    return event


def _reject(story: Story) -> Event:
    def event(at: datetime) -> None:
        spam = Submission.objects.filter(status=SubmissionStatus.QUARANTINED)
        reject_all(submission_ids=list(spam.values_list("pk", flat=True)), actor=story.staff["clara"], at=at)

    return event


def _fail(story: Story) -> Event:
    """Somebody's browser filled the trap; marketing lets them in, and their address cannot be one."""
    form = story.forms[DEMO_FORM][0]

    def event(at: datetime) -> None:
        values = {"email": "rosa.molinero@", "name": "Rosa Molinero", "company": "Talleres Sotoverde"}
        story.post(form, {**values, form.honeypot: "talleres-sotoverde.example"}, at - timedelta(hours=1))
        trapped = Submission.objects.get(payload__name="Rosa Molinero")
        release_submission(submission_id=trapped.pk, actor=story.staff["bruno"], at=at)

    return event


def _save_views(story: Story) -> Event:
    def event(at: datetime) -> None:
        for owner, name, sharing, query in VIEWS:
            save_view(actor=story.staff[owner], name=name, sharing=sharing, query=query, columns=COLUMNS)

    return event


def _import(story: Story) -> Event:
    """Who sat in the webinar, as its platform tells: with some that we know and one without address."""

    def event(at: datetime) -> None:
        actor, file = story.staff["clara"], io.BytesIO(_attendees(story).encode())
        name = "webinar-attendees.csv"
        imported = upload(
            file=file, name=name, key=UUID(int=story.chance.getrandbits(128)), actor=actor, at=at
        )
        options = {
            "source": "Newsletter",
            "campaign": Campaign.objects.get(slug="webinar-midsize"),
            "activity_kind": ActivityKind.WEBINAR,
            "asset": "webinar mid-sized plants",
            "happened_on": (at - DAY).date(),
            "hand_off": False,
        }
        checked = set_columns(
            import_id=imported.pk,
            columns=imported.columns,
            options=options,
            actor=actor,
            at=at,
            remember="Webinar platform",
        )
        while check_some(import_id=imported.pk, rows=BATCH):
            pass
        start(import_id=imported.pk, version=checked.version, actor=actor, at=at)
        while run_some(import_id=imported.pk, at=at, rows=BATCH):
            pass

    return event


def _attendees(story: Story) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("Email", "First name", "Last name", "Job title", "Company", "Country"))
    form = story.forms[WEBINAR_FORM][0]
    for number in range(IMPORT_ROWS):
        person = story.market.visitor_of(form)
        email = "not given" if number == IMPORT_ROWS // 2 else person.email
        writer.writerow(
            (
                email,
                person.first_name,
                person.last_name,
                person.job_title,
                person.firm.name,
                person.firm.country,
            )
        )
    known = Lead.objects.exclude(email="").order_by("pk").first()
    if known is not None:
        writer.writerow((known.email, known.first_name, known.last_name, known.job_title, "", known.country))
    return text.getvalue()


def _meet_twice(story: Story) -> Event:
    """The same person asks from two addresses; the day after, marketing makes one lead of both."""
    form = story.forms[WEBINAR_FORM][0]
    firm = story.market.firms["ES"][0]
    person = story.market.person(weighted(story.chance, TITLES[2:5]), firm)
    handle = f"{ascii_of(person.first_name)[0]}.{ascii_of(person.last_name)}"

    def event(at: datetime) -> None:
        story.visit(person, form)(at)
        later = at + timedelta(hours=3)
        story.plan(later, story.visit(replace(person, email=f"{handle}@{firm.domain}"), form))
        story.plan(story.at_work(at + DAY), merge)

    def merge(at: datetime) -> None:
        pair = list(
            Lead.objects.filter(last_name=person.last_name, company__domain=firm.domain).current()[:2]
        )
        if len(pair) == 2:
            merge_leads(survivor_id=pair[0].pk, duplicate_id=pair[1].pk, actor=story.staff["clara"], at=at)

    return event
