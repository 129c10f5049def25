"""Telling people inside the product: once, only them, and never about what they may not see."""

import pytest
from django.test import Client

from leads.models import Notification
from leads.selectors.notifications import unread_count
from leads.services.notifications import Note, mark_read, notify
from smarketing.accounts.enums import NotificationKind, Role
from smarketing.accounts.models import User
from tests.accounts.factories import make_user
from tests.leads.factories import NOW, make_lead

pytestmark = pytest.mark.django_db
ASSIGNED = NotificationKind.ASSIGNED


def tell(
    user: User, *, key: str = "fact:1", kind: str = ASSIGNED, owner: User | None = None, **lead
) -> Notification:
    found = make_lead(owner=owner or user, **lead)
    notify([Note(user.pk, kind, key, lead_id=found.pk)], at=NOW)
    return Notification.objects.get(user=user, key=key)


@pytest.fixture
def rep(client: Client) -> User:
    user = make_user(role=Role.SDR)
    client.force_login(user)
    return user


def test_a_fact_is_told_once(rep: User):
    tell(rep)
    notify([Note(rep.pk, ASSIGNED, "fact:1", name="again")], at=NOW)
    assert Notification.objects.filter(user=rep).count() == 1


def test_telling_many_costs_one_statement(rep: User, django_assert_num_queries):
    other = make_user()
    with django_assert_num_queries(1):
        notify(
            [Note(rep.pk, ASSIGNED, f"fact:{n}") for n in range(3)] + [Note(other.pk, ASSIGNED, "a")], at=NOW
        )


def test_telling_nobody_costs_none(rep: User, django_assert_num_queries):
    with django_assert_num_queries(0):
        notify([], at=NOW)


def test_what_is_switched_off_is_neither_counted_nor_shown(rep: User, client: Client):
    tell(rep, first_name="Muted")
    rep.muted_notifications = [ASSIGNED]
    rep.save(update_fields=["muted_notifications"])
    assert (unread_count(rep), "Muted" in client.get("/notifications/").content.decode()) == (0, False)


def test_the_bell_counts_what_is_unread(rep: User, client: Client):
    tell(rep)
    assert "Notifications: 1 unread" in client.get("/notifications/bell/").content.decode()
    mark_read(user=rep, at=NOW)
    assert "unread" not in client.get("/notifications/bell/").content.decode()


def test_the_unread_are_shown_alone(rep: User, client: Client):
    old, new = tell(rep), tell(rep, key="fact:2")
    Notification.objects.filter(pk=old.pk).update(read_at=NOW)
    listed = [
        [row.pk for row in client.get(f"/notifications/{tab}").context["page"]] for tab in ("", "?unread=1")
    ]
    assert listed == [[new.pk, old.pk], [new.pk]]


def test_opening_one_goes_to_the_lead_and_marks_only_it(rep: User, client: Client):
    first, second = tell(rep), tell(rep, key="fact:2")
    answer = client.get(f"/notifications/{first.pk}/")
    assert answer["Location"] == f"/leads/{first.lead_id}/"
    read = dict(Notification.objects.values_list("pk", "read_at"))
    assert (read[first.pk] is None, read[second.pk] is None) == (False, True)


def test_a_lead_that_went_to_somebody_else_is_not_named(rep: User, client: Client):
    told = tell(rep, owner=make_user(role=Role.SDR), first_name="Hidden")
    assert "Hidden" not in client.get("/notifications/").content.decode()
    assert client.get(f"/notifications/{told.pk}/")["Location"] == "/notifications/"


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        (NotificationKind.REMINDED, "A lead that belongs to somebody else is waiting for you"),
        (NotificationKind.UNASSIGNED, "Nobody could take a lead that belongs to somebody else"),
    ],
)
def test_a_lead_that_is_not_named_stands_in_its_sentence(rep: User, client: Client, kind: str, sentence: str):
    tell(rep, owner=make_user(role=Role.SDR), kind=kind)
    assert sentence in client.get("/notifications/").content.decode()


def test_what_is_no_lead_leads_to_its_address(rep: User, client: Client):
    notify([Note(rep.pk, NotificationKind.IMPORTED, "import:1", name="<June>", url="/imports/1/")], at=NOW)
    assert "The import of &lt;June&gt; has ended" in client.get("/notifications/").content.decode()
    assert client.get(f"/notifications/{Notification.objects.get().pk}/")["Location"] == "/imports/1/"


@pytest.mark.parametrize("kind", NotificationKind)
def test_every_kind_has_its_sentence(rep: User, client: Client, kind: str):
    tell(rep, kind=kind, first_name="Ana", last_name="Gil")
    assert "Ana Gil" in client.get("/notifications/").content.decode()


def test_marking_all_leaves_the_others_unread(rep: User, client: Client):
    other = make_user()
    tell(rep), tell(other)
    client.post("/notifications/read/")
    assert (unread_count(rep), unread_count(other)) == (0, 1)


def test_somebody_elses_is_not_there(rep: User, client: Client):
    assert client.get(f"/notifications/{tell(make_user()).pk}/").status_code == 404


@pytest.mark.parametrize("path", ["/notifications/", "/notifications/bell/", "/notifications/1/"])
def test_who_is_not_signed_in_sees_none(client: Client, path: str):
    assert client.get(path).status_code == 302


@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("/notifications/", "post"),
        ("/notifications/bell/", "post"),
        ("/notifications/1/", "post"),
        ("/notifications/read/", "get"),
    ],
)
def test_other_methods_are_refused(rep: User, client: Client, path: str, method: str):
    assert getattr(client, method)(path).status_code == 405


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_at_any_size(rep: User, client: Client, rows: int, django_assert_num_queries):
    for number in range(rows):
        tell(rep, key=f"fact:{number}")
    with django_assert_num_queries(5):  # session, user, count, page, the engine's state
        client.get("/notifications/")


@pytest.mark.parametrize("rows", [1, 3])
def test_the_bell_costs_one_query(rep: User, client: Client, rows: int, django_assert_num_queries):
    for number in range(rows):
        tell(rep, key=f"fact:{number}")
    with django_assert_num_queries(3):  # session, user, count
        client.get("/notifications/bell/")
