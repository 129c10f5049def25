"""The agreement as a document: reading it, what both sides promise, and the way to both signatures."""

from contextlib import suppress
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from smarketing.accounts.errors import Overtaken
from smarketing.accounts.models import User
from smarketing.accounts.toasts import toast
from smarketing.accounts.views.access import person_of
from smarketing.accounts.views.overtaking import seen_number, what_was_seen

from ..enums import AgreementStatus
from ..forms.dashboard import today
from ..forms.terms import SourceRows, TermsForm, source_initial, terms_initial
from ..models import Agreement, AgreementSignature
from ..rules.document import fingerprint, goal_in
from ..rules.goal import STEPS, needs
from ..rules.wording import changes, sections
from ..selectors.agreements import agreements, signatures_of, versions_of, what_is_missing
from ..selectors.conflicts import conflicts_in_words
from ..selectors.documents import content_of
from ..selectors.terms import first_terms, short_of_plan
from ..services.drafting import may_plan, save_terms
from ..services.signing import side_to_sign

PAGE_SIZE = 25
LOOKS = {
    AgreementStatus.PROPOSED: "soon",
    AgreementStatus.SIGNED: "good",
    AgreementStatus.IN_FORCE: "good",
}


@login_required
@require_safe
def agreement_list(request: HttpRequest) -> HttpResponse:
    """Everybody sees what was agreed: both teams look at the same numbers."""
    day, status = today(), request.GET.get("status", "")
    found = agreements()
    if status in AgreementStatus.values:
        found = found.in_status(status, day)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [_row(one, day) for one in page],
        "query": f"status={status}" if status in AgreementStatus.values else "",
        "statuses": AgreementStatus.choices,
        "status": status,
        "may_plan": may_plan(person_of(request)),
    }
    return render(request, "sla/agreements.html", context)


def _row(one: Agreement, day: Any) -> dict[str, Any]:
    rates = {row.stage: {"percent": str(row.percent)} for row in one.rates.all()}
    goal = goal_in({"revenue": one.revenue, "sale": one.sale, "rates": rates})
    whole = len(rates) == len(STEPS)
    return {"agreement": one, "needs": needs(goal) if whole else {}, **_standing(one, day)}


def _standing(one: Agreement, day: Any) -> dict[str, Any]:
    status = one.status_on(day)
    return {"status": status, "look": LOOKS.get(status, "plain")}


@login_required
@require_safe
def agreement(request: HttpRequest, agreement_id: int) -> HttpResponse:
    """The document. A draft reads as it would be frozen now."""
    one = get_object_or_404(Agreement.objects.select_related("previous", "proposed_by"), pk=agreement_id)
    user, day, said = person_of(request), today(), content_of(one)
    standing = _standing(one, day)
    in_force = standing["status"] == AgreementStatus.IN_FORCE
    context = {
        "agreement": one,
        "parts": sections(said),
        "signatures": signatures_of(one),
        "lapsed": _lapsed(one),
        "versions": [{"agreement": version, **_standing(version, day)} for version in versions_of(one)],
        "conflicts": conflicts_in_words(one) if in_force else [],
        "missing": what_is_missing(one, day) if one.is_draft else [],
        "short": short_of_plan(one) if one.is_draft else [],
        "seen": fingerprint(said),
        "day": day,
        **standing,
        **_allowed(one, user),
    }
    return render(request, "sla/agreement.html", context)


@login_required
@require_safe
def agreement_conflicts(request: HttpRequest, agreement_id: int) -> HttpResponse:
    """A part of the dashboard, fetched after it: where the product differs from what is in force."""
    one = get_object_or_404(Agreement, pk=agreement_id)
    in_force = one.status_on(today()) == AgreementStatus.IN_FORCE
    conflicts = conflicts_in_words(one) if in_force else []
    context = {"agreement": one, "conflicts": conflicts, **_allowed(one, person_of(request))}
    return render(request, "sla/agreement_conflicts.html", context)


def _lapsed(one: Agreement) -> list[AgreementSignature]:
    """Signatures of proposals that were withdrawn."""
    found = one.signatures.select_related("user").order_by("signed_at", "pk")
    return list(found if one.is_draft else found.exclude(proposal=one.proposals))


def _allowed(one: Agreement, user: User) -> dict[str, bool]:
    plans, signed = may_plan(user), one.signed_at is not None
    return {
        "may_edit": plans and one.is_draft,
        "may_withdraw": plans and not one.is_draft and not signed,
        "may_follow": plans and signed and not hasattr(one, "next"),
        "may_plan_next": plans and signed,
        "may_restore": plans,
        "may_sign": not one.is_draft and not signed and _has_to_sign(one, user),
    }


def _has_to_sign(one: Agreement, user: User) -> bool:
    side = side_to_sign(one, user)
    return side is not None and side not in {row.side for row in signatures_of(one)}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def terms(request: HttpRequest, agreement_id: int) -> HttpResponse:
    """The promises of a draft; what stands already is read in the document."""
    found = get_object_or_404(Agreement, pk=agreement_id)
    if not may_plan(person_of(request)):
        raise PermissionDenied
    if not found.is_draft:
        return redirect("sla:agreement", agreement_id=found.pk)
    data = request.POST if request.method == "POST" else None
    is_new = not found.promises.exists()
    initial = terms_initial(found)
    if is_new and data is None:
        initial |= {name: value for name, value in first_terms(found).items() if value}
    form = TermsForm(data, instance=found, initial=initial)
    rows: Any = SourceRows(data, prefix="sources", initial=source_initial(found) if data is None else None)
    if data is not None and all([form.is_valid(), rows.is_valid()]):
        with suppress(Overtaken):  # then the page shows what the other did
            saved = save_terms(
                agreement=found,
                values=form.values(),
                promises=form.promises(rows.promises()),
                persona_ids=form.persona_ids(),
                actor=person_of(request),
                at=timezone.now(),
                seen=seen_number(request),
            )
            toast(request, _("%(agreement)s was saved.") % {"agreement": saved})
            return redirect("sla:agreement", agreement_id=saved.pk)
    found.refresh_from_db()  # a refused form has written its values into the object
    seen = what_was_seen(request, found)
    context = {"form": form, "rows": rows, "agreement": found, "seen": seen, "is_new": is_new}
    context["short"] = [] if is_new else short_of_plan(found)
    return render(request, "sla/agreement_terms.html", context, status=200 if data is None else seen.status)


@login_required
@require_safe
def agreement_changes(request: HttpRequest, agreement_id: int) -> HttpResponse:
    """What differs from the version before, or from the one in ``?with=``."""
    one = get_object_or_404(Agreement.objects.select_related("previous"), pk=agreement_id)
    others = [version for version in versions_of(one) if version.pk != one.pk]
    asked = request.GET.get("with", "")
    other = next((version for version in others if str(version.pk) == asked), one.previous)
    if other is None:
        raise Http404
    differences = changes(content_of(other), content_of(one))
    context = {"agreement": one, "other": other, "others": others, "differences": differences}
    return render(request, "sla/agreement_changes.html", context)


def refused(request: HttpRequest, error: Exception) -> None:
    """Say on the next page why something was not done."""
    for problem in getattr(error, "problems", None) or [str(error)]:
        toast(request, problem, level=messages.ERROR)
