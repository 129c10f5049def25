"""The list of leads: filters, saved views, columns, exports. Everything shown is in the address."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.contrib.messages.constants import ERROR
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from smarketing.accounts.models import User
from smarketing.accounts.toasts import toast

from ..errors import FunnelError
from ..forms import LeadListForm, SaveViewForm
from ..models import SavedView
from ..models.journey import JourneyQuerySet
from ..selectors import lead_columns
from ..selectors.lead_list import lead_list, out_of_sight
from ..selectors.lead_sorting import MOST_SORTED, NEWEST, SORTS, in_order
from ..selectors.saved_views import Views, views_of
from ..services import saved_views
from ..services.bulk_jobs import actions_open_to
from .chips import chips_of
from .exporting import as_csv, as_xlsx
from .sorting import heads_of, sorted_pages

OF_THE_PAGE = ("page", "all", "count", "csrfmiddlewaretoken")


@login_required
@require_safe
def list_leads(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    views = views_of(request.user)
    if not request.GET and views.opening is not None:
        return redirect(address_of(views.opening))
    form = LeadListForm(request.GET)
    shown = columns_of(request, views)
    found = found_by(form, request.user, shown)
    pages, sort = sorted_pages(found, form, request.user)
    view = views.find(_number(request.GET.get("view", "")))
    kept = kept_of(request.GET)
    offered = dict.fromkeys(("name", "company", *shown, "entered_at", sort.removeprefix("-")))
    heads = heads_of(lead_columns.ALL, kept, sort=sort, pages=pages, form=form)
    context = {
        "form": form,
        "page": pages.get_page(request.GET.get("page")),
        "leads": found.order_by().count() if pages.is_long and "count" in request.GET else pages.count,
        "is_long": pages.is_long,
        "counted": "count" in request.GET,
        "most_sorted": MOST_SORTED,
        "heads": [heads[key] for key in ("name", *shown)],
        "sorts": [heads[key] for key in offered],
        "query": kept.urlencode(),
        "chips": chips_of(form, kept),
        "more_used": sum(bool(field.value()) for field in form.more),
        "behind": form.is_behind_a_number,
        "out_of_sight": _out_of_sight(form, request.user),
        "views": views.named,
        "view": view,
        "opening": views.opening,
        "columns": [lead_columns.BY_KEY[key] for key in shown],
        "all_columns": lead_columns.ON_PAGE,
        "shown": shown,
        "sharings": SavedView.Sharing.choices,
        "actions": actions_open_to(request.user.role),
    }
    return render(request, "funnel/leads.html", context)


@login_required
@require_safe
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Exactly what the list shows with this address, all pages of it."""
    assert isinstance(request.user, User)
    shown = columns_of(request, views_of(request.user))
    columns = lead_columns.exported(shown)
    form = LeadListForm(request.GET)
    found = found_by(form, request.user, [column.key for column in columns])
    writer: Callable[..., HttpResponseBase] = as_xlsx if kind == "xlsx" else as_csv
    return writer(in_order(found, form.order), columns)


@login_required
@require_POST
def choose_columns(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    saved_views.choose_columns(actor=request.user, columns=request.POST.getlist("column"))
    query = QueryDict(request.POST.get("query", "")[:2000], mutable=True)
    query.pop("view", None)  # a view brings its own columns
    return redirect(list_address(query))


@login_required
@require_POST
def save_view(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    form = SaveViewForm(request.POST)
    query = kept_of(QueryDict(request.POST.get("query", "")[:2000]))
    if not form.is_valid():
        toast(request, " ".join(str(text) for texts in form.errors.values() for text in texts), level=ERROR)
        return redirect(list_address(query))
    views = views_of(request.user)
    shown = columns_of(request, views, query)
    name = form.cleaned_data["name"].strip()
    known = any(view.name == name and view.owner_id == request.user.pk for view in views.named)
    query.pop("view", None)
    if query.get("sort", NEWEST) not in SORTS:
        query.pop("sort")
    try:
        view = saved_views.save_view(
            actor=request.user, **form.cleaned_data, query=query.urlencode(), columns=shown
        )
    except FunnelError as error:
        toast(request, str(error), level=ERROR)
        return redirect(list_address(query))
    text = _("Your view “%(name)s” was replaced.") if known else _("The view “%(name)s” was saved.")
    toast(request, text % {"name": view.name})
    return redirect(address_of(view))


@login_required
@require_POST
def change_view(request: HttpRequest, view_id: int) -> HttpResponse:
    """Delete or rename an own view, or begin (or stop) to open the list with a visible one."""
    assert isinstance(request.user, User)
    try:
        if "delete" in request.POST:
            saved_views.delete_view(actor=request.user, view_id=view_id)
            toast(request, _("The view is deleted."))
            return redirect(list_address(QueryDict("all=1")))
        if "rename" in request.POST:
            return _rename(request, request.user, view_id)
        saved_views.open_with(actor=request.user, view_id=view_id if "open" in request.POST else None)
    except SavedView.DoesNotExist:
        raise Http404 from None
    opens = "open" in request.POST
    toast(
        request,
        _("Your list opens with this from now on.") if opens else _("Your list opens with all leads again."),
    )
    return redirect(list_address(QueryDict(request.POST.get("query", "")[:2000] or "all=1")))


def _rename(request: HttpRequest, user: User, view_id: int) -> HttpResponse:
    try:
        view = saved_views.rename_view(actor=user, view_id=view_id, name=request.POST.get("name", ""))
    except FunnelError as error:
        toast(request, str(error), level=ERROR)
        return redirect(list_address(QueryDict(request.POST.get("query", "")[:2000] or "all=1")))
    toast(request, _("The view is called “%(name)s” now.") % {"name": view.name})
    return redirect(address_of(view))


def found_by(form: LeadListForm, user: User, columns: list[str]) -> JourneyQuerySet:
    """The journeys that a list with this form shows, with what the columns read.

    Raises BadRequest for an order that does not exist: no link of ours asks for one.
    """
    filters = form.filters(user)
    if "sort" in form.errors:
        raise BadRequest("sort")
    found = lead_list(user=user, filters=filters, behind=form.behind(), narrowing=form.narrowing())
    joins = [join for key in columns for join in lead_columns.BY_KEY[key].joins]
    return found.select_related("lead__company", "lead__owner", *joins)


def _out_of_sight(form: LeadListForm, user: User) -> int:
    if not form.is_behind_a_number:
        return 0
    filters, narrowing = form.filters(user), form.narrowing()
    return out_of_sight(user=user, filters=filters, behind=form.behind(), narrowing=narrowing)


def columns_of(request: HttpRequest, views: Views, query: QueryDict | None = None) -> list[str]:
    """Those of the view that is open, else the person's own."""
    params = request.GET if query is None else query
    view = views.find(_number(params.get("view", "")))
    return lead_columns.known(view.columns) if view is not None else views.columns


def kept_of(params: QueryDict) -> QueryDict:
    """The filters of an address, without what belongs to one page of it or says nothing."""
    kept = params.copy()
    for name in list(kept):
        if name in OF_THE_PAGE or not any(kept.getlist(name)):
            kept.pop(name)
    return kept


def list_address(query: QueryDict) -> str:
    return reverse("funnel:leads") + (f"?{query.urlencode()}" if query else "")


def address_of(view: SavedView) -> str:
    query = QueryDict(view.query, mutable=True)
    query["view"] = str(view.pk)
    return list_address(query)


def _number(text: Any) -> int | None:
    return int(text) if str(text).isascii() and str(text).isdigit() and len(str(text)) < 19 else None
