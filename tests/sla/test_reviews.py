"""Reviews: the next date, who writes, one invitation a time, minutes of two, and what is kept."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core import mail as post
from django.test import Client
from django.utils import timezone

from funnel.enums import Stage
from funnel.errors import NotAllowed
from funnel.models import Journey
from sla.enums import MailKind, PromiseKind, ReviewEvery
from sla.errors import ReviewStands, StaleReview
from sla.models import Agreement, AgreementPromise, Dispute, Mail, Notice, Review, ReviewDecision
from sla.rules.reviews import next_day
from sla.selectors.agenda import agenda_of
from sla.selectors.reviews import may_write, proposed_start, whom_to_invite
from sla.services.delivery import deliver_due
from sla.services.reviews import (
    change_review,
    decide_in_review,
    follow_up,
    hold_review,
    plan_review,
    remind_of_decisions,
    write_minutes,
)
from sla.views.agenda import agenda_shown
from smarketing.accounts.enums import Role, Side
from smarketing.accounts.models import User
from tests.accounts.factories import make_user
from tests.funnel.factories import make_journey
from tests.sla.agreeing import NOON, signed
from tests.sla.ladders import make_ladders

HOUR = timedelta(hours=1)
WEEKDAYS = date(2026, 4, 1)


@pytest.mark.parametrize(
    ("every", "last", "due"),
    [
        (ReviewEvery.WEEK, date(2026, 4, 1), date(2026, 4, 8)),
        (ReviewEvery.FORTNIGHT, date(2026, 4, 1), date(2026, 4, 15)),
        (ReviewEvery.MONTH, date(2026, 1, 30), date(2026, 3, 2)),  # 28 February is a Saturday
        (ReviewEvery.MONTH, date(2026, 12, 15), date(2027, 1, 15)),
        (ReviewEvery.QUARTER, date(2026, 8, 31), date(2026, 11, 30)),
        (ReviewEvery.WEEK, date(2026, 4, 4), date(2026, 4, 13)),  # a Saturday; Monday after it
    ],
)
def test_the_next_review_is_on_a_working_day(every: str, last: date, due: date) -> None:
    assert next_day(last, every, is_working=lambda day: day.weekday() < 5) == due


def test_a_company_that_never_works_keeps_the_agreed_day() -> None:
    assert next_day(WEEKDAYS, ReviewEvery.WEEK, is_working=lambda _day: False) == date(2026, 4, 8)


@pytest.fixture
def agreement(db: None) -> Agreement:
    return signed(terms={"mediator": make_user(role=Role.EXECUTIVE)})


def head(agreement: Agreement) -> User:
    assert agreement.sales_head
    return agreement.sales_head


def planned(agreement: Agreement, **said: Any) -> Review:
    values = {
        "starts_at": NOON + timedelta(days=7),
        "minutes_long": 60,
        "place": "Room 4",
        "participants": [head(agreement)],
        "actor": head(agreement),
        "at": NOON,
    }
    return plan_review(agreement=agreement, **{**values, **said})


def moved(review: Review, **said: Any) -> Review:
    values = {
        "starts_at": review.starts_at,
        "minutes_long": review.minutes_long,
        "place": review.place,
        "participants": list(review.participants.all()),
        "actor": review.organizer,
        "at": NOON + HOUR,
    }
    return change_review(review_id=review.pk, **{**values, **said})


def sent(at: datetime = NOON + 2 * HOUR) -> list[Any]:
    deliver_due(at=at)
    found, post.outbox[:] = list(post.outbox), []
    return [one for one in found if any("calendar" in str(part[2]) for part in one.attachments)]


def test_the_first_date_is_a_step_after_the_agreement_came_into_force(agreement: Agreement) -> None:
    start = proposed_start(agreement, at=NOON)
    assert (start.date(), start.hour) == (date(2026, 5, 1), 10)


def test_the_next_date_follows_the_last_review_and_never_lies_behind(agreement: Agreement) -> None:
    hold_review(review_id=planned(agreement).pk, actor=head(agreement), at=NOON)
    assert proposed_start(agreement, at=NOON).date() == date(2026, 5, 8)
    assert proposed_start(agreement, at=NOON + timedelta(days=60)).date() == date(2026, 6, 8)


def test_heads_mediator_and_administrators_write(agreement: Agreement) -> None:
    admin, other = make_user(role=Role.ADMIN), make_user(role=Role.MANAGER)
    people = [agreement.marketing_head, agreement.sales_head, agreement.mediator, admin, other]
    assert [may_write(one, agreement) for one in people if one] == [True, True, True, True, False]
    with pytest.raises(NotAllowed):
        planned(agreement, actor=other)


def test_both_heads_the_mediator_and_the_chief_are_proposed(agreement: Agreement) -> None:
    named = {agreement.marketing_head, agreement.sales_head, agreement.mediator}
    make_user(role=Role.SDR)
    assert set(whom_to_invite(agreement)) == named


def test_one_review_is_planned_at_a_time(agreement: Agreement) -> None:
    planned(agreement)
    with pytest.raises(ReviewStands):
        planned(agreement)


def test_an_invitation_carries_the_calendar_entry(agreement: Agreement) -> None:
    review = planned(agreement)
    [letter] = sent()
    [(name, content, kind)] = letter.attachments
    assert (name, "METHOD:REQUEST" in str(content), str(kind).startswith("text/calendar")) == (
        "review.ics",
        True,
        True,
    )
    assert f"UID:{review.uid}@smarketing" in str(content) and "SEQUENCE:0" in str(content)


def test_only_another_time_invites_again(agreement: Agreement) -> None:
    review = planned(agreement)
    first = sent()
    moved(review, place="Room 9")
    unmoved = sent(NOON + 3 * HOUR)
    moved(review, starts_at=review.starts_at + timedelta(days=1))
    [again] = sent(NOON + 4 * HOUR)
    assert (len(first), len(unmoved)) == (1, 0)
    assert "SEQUENCE:1" in str(again.attachments[0][1]) and f"UID:{review.uid}" in str(
        again.attachments[0][1]
    )
    assert again.subject.startswith("Moved: ")


def test_who_joins_later_is_invited_alone(agreement: Agreement) -> None:
    review = planned(agreement)
    sent()
    guest = make_user(role=Role.SDR)
    moved(review, participants=[head(agreement), guest])
    assert [letter.to for letter in sent(NOON + 3 * HOUR)] == [[guest.email]]


def test_an_invitation_to_a_time_that_was_moved_is_not_sent(agreement: Agreement) -> None:
    review = planned(agreement)
    moved(review, starts_at=review.starts_at + timedelta(days=1))
    assert len(sent()) == 1
    assert Mail.objects.filter(kind=MailKind.REVIEW, state="skipped").count() == 1


def test_a_held_review_keeps_its_agenda_and_its_date(agreement: Agreement) -> None:
    review = hold_review(review_id=planned(agreement).pk, actor=head(agreement), at=NOON)
    make_journey(Stage.MQL, entered_at=NOON - 2 * HOUR, mql_at=NOON - HOUR)
    again = hold_review(review_id=review.pk, actor=head(agreement), at=NOON + HOUR)
    assert (again.agenda, again.held_at) == (review.agenda, NOON)
    assert review.agenda is not None and review.agenda["moved"][0]["now"] == [0, None]
    with pytest.raises(ReviewStands):
        moved(review)


def test_the_agenda_tells_what_moved_and_which_promise_is_behind(agreement: Agreement) -> None:
    """270 MQLs a month were promised; ten days of April hold 90 of them, and the month is not over."""
    at = NOON + timedelta(days=9)
    review = planned(agreement)
    for _ in range(3):
        make_journey(Stage.MQL, entered_at=NOON - 2 * HOUR, mql_at=NOON)
    make_journey(Stage.MQL, entered_at=NOON - timedelta(days=3), mql_at=NOON - timedelta(days=3))
    agenda = agenda_of(review, at=at)
    assert (agenda["since"], agenda["until"]) == ("2026-04-01", "2026-04-10")
    assert agenda["moved"][0] == {"what": "mqls", "now": [3, None], "before": [1, None]}
    mqls = agreement.promises.get(kind="mqls", source="")
    told = {"kind": "mqls", "promise": mqls.pk, "source": "", "since": "2026-04-01", "until": "2026-04-10"}
    assert (agenda["broken"], agenda["behind"]) == ([], [{**told, "now": [3, 90], "target": None}])
    [line] = agenda_shown(agenda)["behind"]
    days = "first=2026-04-01&last=2026-04-10"
    assert line["text"].endswith(": 3 of 90 due")
    assert line["url"] == f"/agreement/{agreement.pk}/measure/{mqls.pk}/?{days}"


PROMISED: Any = {
    "value": (PromiseKind.MQL_VALUE, Side.MARKETING, {"amount": 3000}),
    "source": (PromiseKind.MQLS, Side.MARKETING, {"amount": 30, "source": "fair"}),
    "attempts": (PromiseKind.ATTEMPTS, Side.SALES, {"amount": 5}),
}


@pytest.mark.parametrize(
    ("what", "part", "text"),
    [
        ("value", "behind", "0 EUR of 1,000 EUR due"),
        ("source", "behind", "from fair: 0 of 10 due"),
        ("attempts", "broken", "0.0 % (0 of 1), promised 100.0 %"),
    ],
)
def test_every_promise_is_held_against_what_came(db: None, what: str, part: str, text: str) -> None:
    """Value, a source of its own and attempts count as they do in *How it is kept*."""
    kind, side, numbers = PROMISED[what]
    made = Agreement.objects.create(
        name="Spring", first_day=WEEKDAYS, last_day=date(2026, 6, 30), currency="EUR", revenue=1, sale=1
    )
    promise = AgreementPromise.objects.create(agreement=made, kind=kind, side=side, **numbers)
    in_force = {"in_force_from": WEEKDAYS, "in_force_until": made.last_day}
    Agreement.objects.filter(pk=made.pk).update(proposed_at=NOON, signed_at=NOON, **in_force)
    made.refresh_from_db()
    [clock] = make_ladders([make_user(role=Role.SDR)], due_at=NOON)
    Journey.objects.filter(pk=clock.journey_id).update(
        status="recycled", reason="not_ready", closed_at=NOON, is_current=False
    )
    stamps = {"starts_at": NOON, "planned_at": NOON}
    review = Review.objects.create(agreement=made, organizer=make_user(role=Role.MANAGER), **stamps)
    agenda = agenda_of(review, at=NOON + timedelta(days=9))
    [line] = [*agenda["broken"], *agenda["behind"]]
    assert line["promise"] == promise.pk
    [shown] = agenda_shown(agenda)[part]
    assert shown["text"].endswith(text)


def test_an_agenda_kept_from_before_is_still_read(db: None) -> None:
    days = {"since": "2026-04-01", "until": "2026-04-10"}
    kept: Any = {**days, "moved": [], "hints": [], "open": []}
    kept["broken"] = [{"kind": "mqls", "now": [3, 88], "target": None}]
    kept["disputes"] = dict.fromkeys(("upheld", "refused", "open"), 0)
    [line] = agenda_shown(kept)["broken"]
    assert (line["text"].endswith(": 3 of 88 due"), line["url"]) == (True, "")


def test_shares_of_the_agenda_are_rounded_not_cut_off(db: None) -> None:
    line = {"what": "accepted_share", "now": [2, 3], "before": [5, 13]}
    days = {"since": "2026-04-01", "until": "2026-04-10"}
    agenda = {
        **days,
        "moved": [line],
        "broken": [],
        "hints": [],
        "disputes": dict.fromkeys(("upheld", "refused", "open"), 0),
        "open": [],
    }
    [shown] = agenda_shown(agenda)["moved"]
    assert (shown["now"], shown["before"]) == ("66.7 % (2 of 3)", "38.5 % (5 of 13)")


def test_the_agenda_counts_disputes_and_lists_what_is_open(agreement: Agreement) -> None:
    old = hold_review(review_id=planned(agreement).pk, actor=head(agreement), at=NOON)
    noted(old, agreement)
    Dispute.objects.create(
        journey=make_journey(Stage.MQL), kind="no_mql", reason="x", raised_by=head(agreement), raised_at=NOON
    )
    agenda = agenda_of(planned(agreement), at=NOON + HOUR)
    assert agenda["disputes"] == {"upheld": 0, "refused": 0, "open": 1}
    assert [(row["text"], row["owner"]) for row in agenda["open"]] == [
        ("Raise the fit", str(head(agreement)))
    ]


def noted(review: Review, agreement: Agreement, **said: Any) -> ReviewDecision:
    said = {"text": "Raise the fit", "owner": head(agreement), "due_on": date(2026, 4, 10), **said}
    return decide_in_review(review_id=review.pk, actor=head(agreement), **said)


def test_minutes_of_two_writers_do_not_overwrite_each_other(agreement: Agreement) -> None:
    review = planned(agreement)
    write_minutes(review_id=review.pk, minutes="First", seen=1, actor=head(agreement))
    with pytest.raises(StaleReview):
        write_minutes(review_id=review.pk, minutes="Second", seen=1, actor=head(agreement))
    review.refresh_from_db()
    assert (review.minutes, review.version, review.minutes_by) == ("First", 2, head(agreement))


def test_a_decision_is_carried_out_by_its_owner_and_names_what_it_led_to(agreement: Agreement) -> None:
    doer, other = make_user(role=Role.MARKETER), make_user(role=Role.MARKETER)
    decision = noted(planned(agreement), agreement, owner=doer)
    done = follow_up(
        decision_id=decision.pk, is_done=True, led_to={"rule_set": agreement.rule_set}, actor=doer, at=NOON
    )
    assert (done.done_at, done.rule_set) == (NOON, agreement.rule_set)
    with pytest.raises(NotAllowed):
        follow_up(decision_id=decision.pk, is_done=False, led_to={}, actor=other, at=NOON)


@pytest.mark.parametrize(
    ("days", "notices"), [(-3, 0), (-1, 1), (0, 1), (1, 1)], ids=["early", "day before", "day", "overdue"]
)
def test_when_an_owner_is_reminded(agreement: Agreement, days: int, notices: int) -> None:
    noted(planned(agreement), agreement)
    at = datetime(2026, 4, 10, 8, tzinfo=UTC) + timedelta(days=days)
    for _ in range(2):
        remind_of_decisions(at=at)
    assert Notice.objects.filter(kind=MailKind.TODO).count() == notices


def test_a_reminder_reaches_the_owner_by_mail(agreement: Agreement) -> None:
    noted(planned(agreement), agreement)
    at = datetime(2026, 4, 9, 8, tzinfo=UTC)
    sent(at)
    remind_of_decisions(at=at)
    deliver_due(at=at)
    assert [(one.to, one.subject) for one in post.outbox] == [
        ([head(agreement).email], "A decision waits for you: Raise the fit")
    ]


def test_what_is_carried_out_is_not_reminded_of(agreement: Agreement) -> None:
    decision = noted(planned(agreement), agreement)
    follow_up(decision_id=decision.pk, is_done=True, led_to={}, actor=head(agreement), at=NOON)
    assert remind_of_decisions(at=NOON + timedelta(days=30)) == 0


@pytest.fixture
def now_agreed(db: None) -> Agreement:
    """An agreement in force on the day of the test."""
    today = timezone.localdate()
    days = {"first_day": today - timedelta(days=30), "last_day": today + timedelta(days=60)}
    return signed(timezone.now(), **days)


def filled(client: Client, path: str, **changes: Any) -> dict[str, Any]:
    form = client.get(path).context["form"]
    values = {field.name: field.value() for field in form}
    values["participants"] = [getattr(one, "pk", one) for one in values["participants"]]
    values["starts_at"] = values["starts_at"].strftime("%Y-%m-%dT%H:%M")
    return {**values, **changes}


def test_a_review_from_plan_to_decision_on_its_pages(client: Client, now_agreed: Agreement) -> None:
    client.force_login(head(now_agreed))
    answer = client.post("/reviews/new/", filled(client, "/reviews/new/", place="Room 4"))
    review = Review.objects.get()
    path = f"/reviews/{review.pk}/"
    assert (answer.status_code, answer.headers["Location"]) == (302, path)
    client.post(f"{path}begin/")
    client.post(f"{path}minutes/", {"seen": "1", "minutes": "We met."})
    body = {"text": "Ask for the company size", "owner": head(now_agreed).pk, "due_on": "2030-01-02"}
    noted = client.post(f"{path}decisions/", body)
    assert noted.headers["Location"] == f"{path}#decisions"
    decision = ReviewDecision.objects.get()
    client.post(f"/reviews/decisions/{decision.pk}/", {"is_done": "on", "rule_set": now_agreed.rule_set_id})
    text = client.get(path).content.decode()
    assert [word in text for word in ("We met.", "Ask for the company size", "led to scoring rules v1")] == [
        True
    ] * 3
    assert client.get("/reviews/").context["may_plan"] is True


@pytest.mark.parametrize(("days", "asks"), [(0, False), (1, True)])
def test_to_begin_before_its_day_has_to_be_confirmed(
    client: Client, now_agreed: Agreement, days: int, asks: bool
) -> None:
    """The agenda stays as it is then."""
    starts_at = timezone.now() + timedelta(days=days, minutes=5)
    review = planned(now_agreed, at=timezone.now(), starts_at=starts_at)
    client.force_login(head(now_agreed))
    page = client.get(f"/reviews/{review.pk}/")
    assert ("Yes, begin it now" in page.content.decode(), page.context["is_early"]) == (asks, asks)


def test_the_second_writer_is_shown_both_texts(client: Client, now_agreed: Agreement) -> None:
    client.force_login(head(now_agreed))
    review = planned(now_agreed, at=timezone.now(), starts_at=timezone.now() + HOUR)
    path = f"/reviews/{review.pk}/minutes/"
    client.post(path, {"seen": "1", "minutes": "The first words"})
    answer = client.post(path, {"seen": "1", "minutes": "The second words"})
    text = answer.content.decode()
    both = ("The first words" in text, "The second words" in text)
    again = client.post(path, {"seen": "2", "minutes": "The second words"})
    assert (answer.status_code, both, again.status_code) == (409, (True, True), 302)


def test_everybody_reads_and_others_do_not_write(client: Client, now_agreed: Agreement) -> None:
    review = planned(now_agreed, at=timezone.now(), starts_at=timezone.now() + HOUR)
    client.force_login(make_user(role=Role.SDR))
    path = f"/reviews/{review.pk}/"
    reads = [client.get(one).status_code for one in ("/reviews/", path, f"{path}calendar.ics")]
    writes = [client.post(f"{path}{one}/").status_code for one in ("edit", "begin", "minutes", "decisions")]
    assert (reads, writes, client.get("/reviews/new/").status_code) == ([200] * 3, [403] * 4, 403)


def test_the_calendar_file_names_no_participants(client: Client, now_agreed: Agreement) -> None:
    review = planned(now_agreed, at=timezone.now(), starts_at=timezone.now() + HOUR)
    client.force_login(make_user(role=Role.SDR))
    text = client.get(f"/reviews/{review.pk}/calendar.ics").content.decode()
    assert ("METHOD:PUBLISH" in text, "ATTENDEE" in text) == (True, False)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_for_any_number(
    client: Client, now_agreed: Agreement, rows: int, django_assert_num_queries: Any
) -> None:
    for _ in range(rows):
        review = planned(now_agreed, at=timezone.now(), starts_at=timezone.now() + HOUR)
        hold_review(review_id=review.pk, actor=head(now_agreed), at=timezone.now())
    client.force_login(make_user(role=Role.SDR))
    with django_assert_num_queries(8):
        client.get("/reviews/")


def test_the_list_is_narrowed(client: Client, now_agreed: Agreement) -> None:
    now, chief = timezone.now(), head(now_agreed)
    done = planned(now_agreed, at=now, starts_at=now + HOUR)
    hold_review(review_id=done.pk, actor=chief, at=now)
    open_one = planned(now_agreed, at=now, starts_at=now + 2 * HOUR)
    hold_review(review_id=open_one.pk, actor=chief, at=now)
    ReviewDecision.objects.create(review=open_one, text="Ask", owner=chief, due_on=now.date())
    coming = planned(now_agreed, at=now, starts_at=now + 3 * HOUR)
    client.force_login(make_user(role=Role.SDR))
    asked = ("", "to_come", "held", "to_do", "odd")
    listed = [
        {one.pk for one in client.get("/reviews/", {"state": state}).context["page"]} for state in asked
    ]
    both = {done.pk, open_one.pk}
    assert listed == [both | {coming.pk}, {coming.pk}, both, {open_one.pk}, both | {coming.pk}]


@pytest.mark.django_db
def test_no_review_of_a_kind_leads_back_to_all(client: Client) -> None:
    client.force_login(make_user(role=Role.SDR))
    assert "Show all" in client.get("/reviews/?state=held").content.decode()
