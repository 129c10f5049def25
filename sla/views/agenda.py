"""An agenda in the reader's words: each point a sentence, with the page behind it."""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from funnel.rules.periods import Span
from funnel.templatetags.funnel_format import query

from ..enums import ClockKind, PromiseKind
from ..models import AgreementPromise
from ..rules.measure import clipped
from ..selectors.agenda import as_long_before
from ..selectors.measure import period_of
from ..selectors.measure_words import span_words
from ..selectors.promises import DECIDED
from .feedback import leads_url, sentence

PROMISE = "promise-"
"""With the id of a promise behind it: what a review lists of one."""


def agenda_shown(agenda: Mapping[str, Any], review_id: int | None = None) -> dict[str, Any]:
    """``review_id``: whose it is; without it nothing that moved can be opened."""
    first, last = (dt.date.fromisoformat(agenda[name]) for name in ("since", "until"))
    broken, behind = agenda["broken"], agenda.get("behind", [])
    known = _promises([*broken, *behind])
    days = {"first": first.isoformat(), "last": last.isoformat()}
    return {
        "first": first,
        "last": last,
        "moved": [_moved(line, Span(first, last), review_id) for line in agenda["moved"]],
        "judged": _judged(agenda, days),
        "is_judged": agenda.get("judged") != [],
        "broken": [_short(line, known, days, review_id) for line in broken],
        "behind": [_short(line, known, days, review_id) for line in behind],
        "questions": [*_hints(agenda["hints"], last), *_disputes(agenda["disputes"], days)],
        "open": [
            {**row, "due_on": dt.date.fromisoformat(row["due_on"]), "url": _url(row["review"])}
            for row in agenda["open"]
        ],
    }


def names() -> dict[str, str]:
    return {
        "mqls": _("MQLs of agreed quality"),
        "accepted_share": _("Accepted by sales"),
        ClockKind.FIRST_CONTACT.value: _("Contacted in time"),
        "attempts": _("Agreed attempts made before giving up"),
        ClockKind.DECISION.value: _("Decided within seven days"),
        ClockKind.AE_DECISION.value: _("Decided within the AE's week"),
    }


def _moved(line: Mapping[str, Any], span: Span, review_id: int | None) -> dict[str, str]:
    """``look``: better or worse than in the time before, of the same length. The addresses open what each
    value counts: leads, or those of which it is the share."""
    now, before = line["now"], line["before"]
    values = [_value(pair) for pair in (now, before)]
    sizes = [pair[0] if pair[1] is None else pair[0] / pair[1] if pair[1] else None for pair in (now, before)]
    look = "plain"
    if sizes[0] is not None and sizes[1] is not None and sizes[0] != sizes[1]:
        look = "good" if sizes[0] > sizes[1] else "late"
    urls = [
        _counted(line["what"], pair, days, review_id)
        for pair, days in zip((now, before), (span, as_long_before(span)), strict=True)
    ]
    return {
        "name": names()[line["what"]],
        "now": values[0],
        "now_url": urls[0],
        "before": values[1],
        "before_url": urls[1],
        "look": look,
    }


def _counted(what: str, pair: list[Any], span: Span, review_id: int | None) -> str:
    counted, of = pair
    assert span.first is not None and span.last is not None
    if review_id is None or not (counted if of is None else of):
        return ""
    days = {"first": span.first.isoformat(), "last": span.last.isoformat()}
    return f"{reverse('sla:review-leads', args=[review_id, what])}?{query({**days, 'outcome': DECIDED})}"


def _value(pair: list[Any]) -> str:
    counted, of = pair
    if of is None:
        return number_format(counted)
    if not of:
        return "–"
    share = number_format(round(100 * counted / of, 1), 1)
    return _("%(share)s %% (%(counted)s of %(of)s)") % {"share": share, "counted": counted, "of": of}


def _judged(agenda: Mapping[str, Any], days: Mapping[str, str]) -> list[dict[str, str]]:
    """The versions that were held against what came; nothing where one was in force all the time, and in
    agendas kept from before they were told."""
    lines = agenda.get("judged", [])
    if [_days_of(line, days) for line in lines] == [days]:
        return []
    return [
        {
            "name": line["name"],
            "url": reverse("sla:agreement", args=[line["agreement"]]),
            "days": span_words(_span(_days_of(line, days))),
        }
        for line in lines
    ]


def _days_of(line: Mapping[str, Any], days: Mapping[str, str]) -> Mapping[str, str]:
    """Of the version that a line is of; all ``days`` in agendas kept from before they were told."""
    return {"first": line["since"], "last": line["until"]} if "since" in line else days


def _span(days: Mapping[str, str]) -> Span:
    return Span(*(dt.date.fromisoformat(days[name]) for name in ("first", "last")))


def _promises(lines: list[Mapping[str, Any]]) -> Mapping[int, AgreementPromise]:
    """By id; agendas kept from before these were told have none."""
    rows = AgreementPromise.objects.select_related("agreement").defer("agreement__frozen")
    return rows.in_bulk([line["promise"] for line in lines if line.get("promise")])


def _short(
    line: Mapping[str, Any],
    known: Mapping[int, AgreementPromise],
    days: Mapping[str, str],
    review_id: int | None,
) -> dict[str, str]:
    """A promise that is broken or behind pace. ``url``: of the leads behind it."""
    theirs = _days_of(line, days)
    text = _told(line) if theirs == days else f"{_told(line)} ({span_words(_span(theirs))})"
    return {"text": text, "url": _behind(line, known, theirs, review_id)}


def _told(line: Mapping[str, Any]) -> str:
    label = str(PromiseKind(line["kind"]).label)
    if line.get("source"):
        label = _("%(promise)s from %(source)s") % {"promise": label, "source": line["source"]}
    counted, of = line["now"]
    if line["target"] is None:
        unit = f" {line['currency']}" if line.get("currency") else ""
        values = [f"{number_format(n, 0, force_grouping=True)}{unit}" for n in (counted, of)]
        return _("%(promise)s: %(counted)s of %(due)s due") % {
            "promise": label,
            "counted": values[0],
            "due": values[1],
        }
    return _("%(promise)s: %(value)s, promised %(target)s %%") % {
        "promise": label,
        "value": _value([counted, of]),
        "target": number_format(round(line["target"], 1), 1),
    }


def _behind(
    line: Mapping[str, Any],
    known: Mapping[int, AgreementPromise],
    days: Mapping[str, str],
    review_id: int | None,
) -> str:
    """Only what was counted. A version signed on the day of the meeting took that day from the one that was
    judged, and its page does not show it any more; then the review lists them itself."""
    promise, span = known.get(line.get("promise") or 0), _span(days)
    if promise is None:
        return ""
    if clipped(span, period_of(promise.agreement)) == span:
        path = reverse("sla:measure-leads", args=[promise.agreement_id, promise.pk])
    elif review_id is not None:
        path = reverse("sla:review-leads", args=[review_id, f"{PROMISE}{promise.pk}"])
    else:
        return ""
    return f"{path}?{query(days if line['target'] is None else {**days, 'outcome': 'broken'})}"


def _hints(hints: list[Mapping[str, Any]], last: dt.date) -> Iterator[dict[str, str]]:
    for hint in hints:
        facts = [(feature, value) for feature, value in hint["facts"]]
        known = {(key.partition(":")[0], key.partition(":")[2]): name for key, name in hint["names"].items()}
        first = last - dt.timedelta(days=182)
        url = leads_url({"first": first.isoformat(), "last": last.isoformat()}, facts)
        yield {"text": sentence(facts, hint["counts"], known), "url": url}


def _disputes(counts: Mapping[str, int], days: Mapping[str, str]) -> Iterator[dict[str, str]]:
    address = reverse("sla:disputes")
    upheld, refused, waiting = counts["upheld"], counts["refused"], counts["open"]
    if upheld + refused:
        text = _("Disputes decided in this time: %(upheld)s upheld, %(refused)s refused.")
        yield {"text": text % {"upheld": upheld, "refused": refused}, "url": address}
    if waiting:
        text = ngettext(
            "%(n)s dispute waits for the mediator.", "%(n)s disputes wait for the mediator.", waiting
        )
        yield {"text": text % {"n": waiting}, "url": f"{address}?state=open"}


def _url(review_id: int) -> str:
    return reverse("sla:review", args=[review_id])
