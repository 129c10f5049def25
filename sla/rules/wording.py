"""An agreement in plain words, line by line: what the document shows and what two versions differ in."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from funnel.enums import STAGES, Stage
from leads.enums import Seniority
from leads.rules.conditions import read_conditions
from leads.rules.scoring import Threshold
from leads.rules.wording import condition_words, threshold_words
from smarketing.accounts.enums import Side

from ..enums import ClockKind, Feature, PromiseKind, ReviewEvery, Size, TimeBase
from .agreed import Deviation
from .document import Content, goal_in, mix_in, worth_in
from .durations import in_words
from .goal import STEPS, needs
from .worth import leads_needed


@dataclass(frozen=True, slots=True)
class Line:
    """``what`` is said how; ``key`` names the same line in every version."""

    key: str
    what: str
    words: str


@dataclass(frozen=True, slots=True)
class Section:
    key: str
    title: str
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class Change:
    """``before`` or ``after`` is empty for what came or went."""

    where: str
    what: str
    before: str
    after: str


def sections(content: Content) -> list[Section]:
    """The whole document in the active language."""
    return [
        Section("goal", _("The goal"), _goal(content)),
        Section("rates", _("Rates of the plan"), _rates(content)),
        Section("needs", _("What it takes"), _needs(content)),
        Section("worth", _("What an MQL is worth"), _worth(content)),
        Section("marketing", _("Marketing promises sales"), _promises(content, Side.MARKETING)),
        Section("sales", _("Sales promises marketing"), _promises(content, Side.SALES)),
        Section("scoring", _("What counts as qualified"), _scoring(content)),
        Section("personas", _("Whom we want to reach"), _personas(content)),
        Section("people", _("Who answers for it"), _people(content)),
        Section("together", _("How we work together"), _together(content)),
    ]


def changes(before: Content, after: Content) -> list[Change]:
    """What reads otherwise, in the order of the document; what went stands after what came."""
    found = []
    for old, new in zip(sections(before), sections(after), strict=True):
        was, now = ({line.key: line for line in section.lines} for section in (old, new))
        for key in [*now, *(key for key in was if key not in now)]:
            told = [known[key].words if key in known else "" for known in (was, now)]
            if told[0] != told[1]:
                found.append(Change(new.title, (now.get(key) or was[key]).what, *told))
    return found


def _goal(content: Content) -> list[Line]:
    money = content["currency"]
    rows = (
        ("name", _("Name"), content["name"]),
        ("period", _("Period"), f"{_day(content['first_day'])} – {_day(content['last_day'])}"),
        ("revenue", _("Revenue goal"), f"{_number(content['revenue'])} {money}"),
        ("sale", _("Average sale"), f"{_number(content['sale'])} {money}"),
        ("sdrs", _("SDRs"), str(content["sdrs"])),
        ("aes", _("Account executives"), str(content["aes"])),
        *_effort(content.get("effort") or {}),
    )
    return [Line(*row) for row in rows]


def _effort(effort: Mapping[str, int | None]) -> list[tuple[str, str, str]]:
    """How long leads take, as far as it was planned."""
    rows = (
        ("attempts", _("Attempts per MQL"), ""),
        ("attempt_minutes", _("Minutes per attempt"), ""),
        ("sql_minutes", _("Minutes per SQL"), ""),
        ("lead_percent", _("Working time for leads"), " %"),
    )
    return [(key, what, f"{effort[key]}{unit}") for key, what, unit in rows if effort.get(key)]


def _rates(content: Content) -> list[Line]:
    found = []
    for before, after in STEPS:
        row = content["rates"].get(after)
        if row:
            words = f"{_number(row['percent'])} %"
            found.append(
                Line(
                    after.value,
                    f"{before.label} → {after.label}",
                    f"{words} · {row['reason']}" if row["reason"] else words,
                )
            )
    return found


def _needs(content: Content) -> list[Line]:
    """Nothing before every step has its rate."""
    if len(content["rates"]) < len(STEPS):
        return []
    found = needs(goal_in(content))
    return [
        Line(stage.value, str(stage.label), number_format(found[stage], 0, force_grouping=True))
        for stage in STAGES
    ]


def _worth(content: Content) -> list[Line]:
    """Money by the rates of the plan, beside the weight and the share that it was planned with."""
    worth, rows = worth_in(content), (content.get("worth") or {}).get("rows", [])
    if worth is None or len(content["rates"]) < len(STEPS):
        return []
    found = [
        Line(
            f"{worth.by} {row['group']}",
            group_label(worth.by, row["group"], row["name"]),
            _worth_words(row, worth.of(row["group"]), content["currency"]),
        )
        for row in rows
    ]
    count = leads_needed(needs(goal_in(content))[Stage.MQL], mix_in(content))
    return [*found, Line("mix", _("MQLs of this mix"), number_format(count, 0, force_grouping=True))]


def _worth_words(row: Mapping[str, Any], money: Decimal, currency: str) -> str:
    values = {
        "money": number_format(money, 2, force_grouping=True),
        "currency": currency,
        "weight": _number(row["weight"]),
        "share": _number(row["share"]),
    }
    if Decimal(row["share"]):
        words = _("%(money)s %(currency)s: %(weight)s × an average MQL; %(share)s %% of the MQLs") % values
    else:
        words = _("none planned; one that comes counts %(money)s %(currency)s") % values
    return f"{words} · {row['reason']}" if row["reason"] else words


def group_label(by: Feature, group: str, name: str = "") -> str:
    """What a group of leads is called; ``name``: of a persona."""
    unknown = {
        Feature.SENIORITY: _("level not known"),
        Feature.PERSONA: _("no buyer persona"),
        Feature.SIZE: _("company size not known"),
    }
    labels = {Feature.SENIORITY: dict(Seniority.choices), Feature.SIZE: dict(Size.choices)}
    return str(labels.get(by, {}).get(group) or name or group) if group else unknown[by]


def _promises(content: Content, side: Side) -> list[Line]:
    return [
        Line(f"{row['kind']} {row['source']}", _kind(row), promise_words(row, content["currency"]))
        for row in content["promises"]
        if row["side"] == side
    ]


def _kind(row: Mapping[str, Any]) -> str:
    label = str(PromiseKind(row["kind"]).label)
    return f"{label} · {row['source']}" if row["source"] else label


def promise_words(row: Mapping[str, Any], currency: str) -> str:
    """A promise as a sentence; ``row`` as it stands in the content."""
    amount, days = _number(row["amount"]), row["days"] or 0
    percent = _number(row["target_percent"])
    texts = {
        PromiseKind.MQLS: lambda: _("%(n)s MQLs a month") % {"n": amount},
        PromiseKind.MQL_VALUE: lambda: (
            _("MQLs worth %(n)s %(currency)s a month") % {"n": amount, "currency": currency}
        ),
        PromiseKind.FIRST_CONTACT: lambda: (
            _("%(percent)s %% of hand-offs are contacted within %(time)s of working time")
            % {"percent": percent, "time": in_words((row["minutes"] or 0) * 60, working=True)}
        ),
        PromiseKind.ATTEMPTS: lambda: _("At least %(n)s attempts before a lead is given up") % {"n": amount},
        PromiseKind.DECISION: lambda: (
            ngettext(
                "%(percent)s %% are decided within %(n)d day of the first contact",
                "%(percent)s %% are decided within %(n)d days of the first contact",
                days,
            )
            % {"percent": percent, "n": days}
        ),
        PromiseKind.AE_DECISION: lambda: (
            ngettext(
                "%(percent)s %% of SQLs are decided by the AE within %(n)d day",
                "%(percent)s %% of SQLs are decided by the AE within %(n)d days",
                days,
            )
            % {"percent": percent, "n": days}
        ),
        PromiseKind.ACCEPTED_SHARE: lambda: (
            _("Sales accepts %(percent)s %% of the MQLs") % {"percent": percent}
        ),
    }
    return texts[PromiseKind(row["kind"])]()


def _scoring(content: Content) -> list[Line]:
    scoring = content["scoring"]
    if scoring is None:
        return []
    note = f" · {scoring['note']}" if scoring["note"] else ""
    found = [Line("version", _("Scoring version"), f"v{scoring['version']}{note}")]
    for stage in (Stage.TARGET, Stage.MQL):
        ways = [
            threshold_words(Threshold(row["stage"], row["fit"], row["interest"], row["intent"]))
            for row in scoring["thresholds"]
            if row["stage"] == stage
        ]
        if ways:
            found.append(Line(stage.value, str(stage.label), _(", or ").join(ways)))
    return found


def _personas(content: Content) -> list[Line]:
    found = []
    for row in content["personas"]:
        asked = _(" and ").join(condition_words(one) for one in read_conditions(row["criteria"]))
        words = [part for part in (row["description"], asked) if part]
        found.append(Line(str(row["id"]), row["name"], " · ".join(words) or _("no criteria yet")))
    return found


def _people(content: Content) -> list[Line]:
    people = content["people"]
    rows = (
        ("marketing_head", _("Head of marketing")),
        ("sales_head", _("Head of sales")),
        ("mediator", _("Mediator in disputes")),
    )
    return [Line(key, what, (people[key] or {}).get("name") or _("nobody yet")) for key, what in rows]


def _together(content: Content) -> list[Line]:
    found = [Line("review", _("Review meeting"), str(ReviewEvery(content["review_every"]).label))]
    return [*found, Line("notes", _("Also agreed"), content["notes"])] if content["notes"] else found


def deviation_words(one: Deviation) -> str:
    """In what a policy is not as agreed."""
    if one.policy_id is None and not one.field:
        return _("a policy for “%(kind)s” counts for every lead.") % {"kind": ClockKind(one.kind).label}
    fields = {"minutes": _("the window"), "attempts": _("attempts"), "time_base": _("time is counted as")}
    return _("%(policy)s: %(what)s – agreed %(agreed)s, set to %(actual)s.") % {
        "policy": one.policy,
        "what": fields[one.field],
        "agreed": _value(one, one.agreed),
        "actual": _value(one, one.actual),
    }


def _value(one: Deviation, value: int | str) -> str:
    if one.field == "minutes":
        return in_words(int(value) * 60, working=one.kind == ClockKind.FIRST_CONTACT)
    return str(TimeBase(str(value)).label).lower() if one.field == "time_base" else str(value)


def _day(text: str) -> str:
    return date_format(dt.date.fromisoformat(text), "SHORT_DATE_FORMAT")


def _number(text: str | None) -> str:
    """With the separators of the active language and no idle zeros."""
    if text is None:
        return "0"
    places = len(text.partition(".")[2])
    return number_format(Decimal(text), places, force_grouping=True)
