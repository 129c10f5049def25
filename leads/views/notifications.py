"""What the signed-in person was told: the bell, the list, and opening one."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from smarketing.accounts.enums import NotificationKind
from smarketing.accounts.models import User
from smarketing.accounts.toasts import toast
from smarketing.accounts.views.paging import page_of

from ..selectors.notifications import MOST_COUNTED, shown_to, unread_count
from ..services.notifications import mark_read

PAGE_SIZE = 25
TEXTS = {
    NotificationKind.ASSIGNED: gettext_lazy("%(name)s was handed to you"),
    NotificationKind.REMINDED: gettext_lazy("%(name)s is waiting for you"),
    NotificationKind.ESCALATED: gettext_lazy("%(name)s was not attended to in time"),
    NotificationKind.RECYCLED: gettext_lazy("%(name)s came back to marketing"),
    NotificationKind.UNASSIGNED: gettext_lazy("Nobody could take %(name)s"),
    NotificationKind.UNDELIVERABLE: gettext_lazy("A reminder about %(name)s did not arrive"),
    NotificationKind.IMPORTED: gettext_lazy("The import of %(name)s has ended"),
    NotificationKind.PUBLISHED: gettext_lazy("These scoring rules count from now on: %(name)s"),
    NotificationKind.RESCORED: gettext_lazy("Every lead has been scored anew by %(name)s"),
    NotificationKind.DISPUTED: gettext_lazy("A dispute about %(name)s waits for you"),
    NotificationKind.JUDGED: gettext_lazy("The dispute about %(name)s was decided"),
    NotificationKind.AGREEMENT: gettext_lazy("News of an agreement: %(name)s"),
    NotificationKind.REVIEW: gettext_lazy("You are invited to a review: %(name)s"),
    NotificationKind.TODO: gettext_lazy("A decision waits for you: %(name)s"),
}
OF_AGREEMENTS = {
    "sign": gettext_lazy("Please sign %(name)s"),
    "withdrawn": gettext_lazy("%(name)s was withdrawn: there is nothing to sign"),
    "signed": gettext_lazy("Both sides have signed %(name)s"),
    "in_force": gettext_lazy("%(name)s is in force"),
}
"""By the last word of the fact's key."""
ICONS = {
    NotificationKind.ASSIGNED: "person",
    NotificationKind.REMINDED: "clock",
    NotificationKind.ESCALATED: "alert",
    NotificationKind.RECYCLED: "return",
    NotificationKind.UNASSIGNED: "alert",
    NotificationKind.UNDELIVERABLE: "mail",
    NotificationKind.IMPORTED: "import",
    NotificationKind.PUBLISHED: "star",
    NotificationKind.RESCORED: "star",
    NotificationKind.DISPUTED: "alert",
    NotificationKind.JUDGED: "check",
    NotificationKind.AGREEMENT: "check",
    NotificationKind.REVIEW: "calendar",
    NotificationKind.TODO: "check",
}


@login_required
@require_safe
def notifications(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    unread = request.GET.get("unread") == "1"
    found = shown_to(request.user)
    context = page_of(request, found.filter(read_at=None) if unread else found, PAGE_SIZE)
    for row in context["page"].object_list:
        show(row)
    return render(request, "leads/notifications.html", {**context, "unread": unread})


@login_required
@require_safe
def bell(request: HttpRequest) -> HttpResponse:
    """A part of every page, fetched after it: what is unread costs no page a query."""
    assert isinstance(request.user, User)
    unread = unread_count(request.user)
    shown = f"{MOST_COUNTED}+" if unread > MOST_COUNTED else str(unread)
    return render(request, "leads/bell.html", {"unread": unread, "shown": shown})


@login_required
@require_safe
def notification(request: HttpRequest, number: int) -> HttpResponse:
    """Goes where it leads; whoever opens it has read it."""
    assert isinstance(request.user, User)
    found: Any = get_object_or_404(shown_to(request.user), pk=number)
    mark_read(user=request.user, at=timezone.now(), notification_id=found.pk)
    if found.url:
        return redirect(found.url)
    if found.lead_id and found.may_open:
        return redirect("funnel:lead", found.lead_id)
    if found.lead_id:
        toast(request, _("This lead belongs to somebody else by now."))
    return redirect("leads:notifications")


@login_required
@require_POST
def read_notifications(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    number = mark_read(user=request.user, at=timezone.now())
    text = ngettext("%(n)d notification marked as read.", "%(n)d notifications marked as read.", number)
    toast(request, text % {"n": number})
    return redirect("leads:notifications")


def show(row: Any) -> None:
    """Add what the template shows: the sentence in the reader's language, its icon and address."""
    kind = NotificationKind(row.kind)
    name = row.name
    hidden = row.lead_id and not row.may_open
    if row.lead_id:
        name = _("a lead that belongs to somebody else") if hidden else str(row.lead)
    texts = OF_AGREEMENTS if kind == NotificationKind.AGREEMENT else {}
    row.text = texts.get(row.key.rpartition(":")[2], TEXTS[kind]) % {"name": name}
    row.text = capfirst(row.text) if hidden else row.text
    row.icon = ICONS[kind]
    row.address = reverse("leads:notification", args=[row.pk])
