"""The steps of an agreement that a button takes: propose, sign, withdraw, follow, throw away, set back."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from funnel.errors import NotAllowed
from leads.errors import LeadsError
from smarketing.accounts.toasts import toast
from smarketing.accounts.views.access import person_of

from ..enums import AgreedPart
from ..errors import SlaError
from ..models import Agreement
from ..selectors.agreements import agreements
from ..services import drafting, in_force, signing
from .agreements import refused

Step = Callable[..., HttpResponse]


def step(do: Step) -> Step:
    """A posted step of one agreement. Who may not is answered 403 by the error itself; what else is
    refused is said on the agreement's page."""

    @login_required
    @require_POST
    def view(request: HttpRequest, agreement_id: int, **values: Any) -> HttpResponse:
        found = get_object_or_404(agreements(), pk=agreement_id)
        try:
            return do(request, found, **values)
        except NotAllowed:
            raise
        except (SlaError, LeadsError) as error:
            refused(request, error)
            return to(found)

    return view


def to(agreement: Agreement) -> HttpResponse:
    return redirect("sla:agreement", agreement_id=agreement.pk)


@step
def propose(request: HttpRequest, found: Agreement) -> HttpResponse:
    one = signing.propose(agreement=found, actor=person_of(request), at=timezone.now())
    toast(request, _("%(agreement)s is proposed. Both heads were told to sign.") % {"agreement": one})
    return to(one)


@step
def sign(request: HttpRequest, found: Agreement) -> HttpResponse:
    seen = request.POST.get("seen", "")
    one = signing.sign(agreement=found, actor=person_of(request), at=timezone.now(), seen=seen)
    both = one.signed_at is not None
    toast(request, _("Both sides have signed.") if both else _("You have signed. The other side is next."))
    return to(one)


@step
def withdraw(request: HttpRequest, found: Agreement) -> HttpResponse:
    lapsed = signing.withdraw(agreement=found, actor=person_of(request), at=timezone.now())
    names = ", ".join(str(row.user) for row in lapsed)
    if names:
        text = _("It is a draft again. The signature of %(names)s does not count any more.")
        toast(request, text % {"names": names})
    else:
        toast(request, _("It is a draft again. Nobody had signed."))
    return to(found)


@step
def follow(request: HttpRequest, found: Agreement) -> HttpResponse:
    one = drafting.new_version(agreement=found, actor=person_of(request), at=timezone.now())
    text = _("Version %(n)d is a copy. Until it is signed, the version before stays in force.")
    toast(request, text % {"n": one.version})
    return to(one)


@step
def discard(request: HttpRequest, found: Agreement) -> HttpResponse:
    drafting.discard(agreement=found, actor=person_of(request), at=timezone.now())
    toast(request, _("The draft was thrown away."))
    return redirect("sla:agreements")


@step
def restore(request: HttpRequest, found: Agreement, part: str) -> HttpResponse:
    if part not in AgreedPart.values:
        raise Http404
    chosen = AgreedPart(part)
    in_force.restore(agreement=found, part=chosen, actor=person_of(request), at=timezone.now())
    toast(request, _("%(part)s: set to what was agreed.") % {"part": chosen.label})
    return to(found)
