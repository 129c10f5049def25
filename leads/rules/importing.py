"""One row of a file that somebody imports: what its columns mean, and what is wrong with it.

What a landing page may set, an import may set, read by the same rules (``rules.posted``), and a few
facts about where the lead comes from. Score, stage and owner are never among them.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from smarketing.accounts.rules.messages import Message
from smarketing.accounts.rules.messages import Message as _
from smarketing.accounts.rules.text import InvalidText, clean_text

from . import form_fields
from .cells import plain
from .countries import country_code
from .posted import Draft, FormSpec, clean_values, read_draft

LEAVE_OUT = ""
CUSTOM = form_fields.CUSTOM
ORIGIN = {"external_id": 120, "source": 120, "landing_page": 500, "campaign": 200}
"""Where a lead comes from, with the greatest length; a campaign by its name or key."""

TARGETS: dict[str, Message] = {
    **form_fields.TARGETS,
    "external_id": _("External id"),
    "source": _("Source"),
    "landing_page": _("Landing page"),
    "campaign": _("Campaign"),
}
COLUMNS = {
    "campaign_id": "campaign",
    "company_id": "company_name",
    "company.name": "company_name",
    "company.country": "company_country",
}
OWN_COLUMNS = ("import_line", "import_problem")
"""What our error file adds; a mended one still has them."""

LONGEST_NAME = 64
SHOWN = 200

SYNONYMS = {
    "email": "email|e mail|mail|email address|e mail address|correo|correo electronico|work email",
    "first_name": "first name|firstname|given name|forename|nombre|nombre de pila",
    "last_name": "last name|lastname|surname|family name|apellido|apellidos",
    "name": "name|full name|contact|contact name|nombre completo|nombre y apellidos|contacto",
    "phone": "phone|phone number|telephone|mobile|mobile phone|tel|telefono|movil|celular",
    "job_title": "job title|title|position|role|cargo|puesto|funcion",
    "company_name": "company|company name|organisation|organization|account|employer|empresa|compania",
    "employees": "employees|number of employees|company size|empleados|numero de empleados|plantilla",
    "industry": "industry|sector|industria",
    "annual_revenue": "annual revenue|revenue|turnover|facturacion|ingresos anuales|ingresos",
    "country": "country|country code|pais",
    "company_country": "company country|pais de la empresa",
    "language": "language|idioma|lengua",
    "budget": "budget|presupuesto",
    "need": "need|interest|necesidad|interes",
    "timeline": "timeline|plazo",
    "message": "message|comment|comments|note|notes|mensaje|comentario|comentarios|nota|notas",
    "external_id": "external id|id|crm id|record id|contact id|id externo|identificador",
    "source": "source|lead source|origin|fuente|origen|utm source",
    "landing_page": "landing page|page|url|pagina|pagina de destino",
    "campaign": "campaign|campaign name|campana|utm campaign",
}
MEANINGS = {word: target for target, words in SYNONYMS.items() for word in words.split("|")}
AMOUNT_NOISE = re.compile(r"[\s\u00a0'€$£]|EUR|USD|GBP")


@dataclass(frozen=True, slots=True)
class Spec:
    """``columns``: for each column of ``header`` its target, CUSTOM or LEAVE_OUT; ``campaigns``: id
    by name and by key in lower case; ``source`` and ``campaign``: for rows that say nothing."""

    header: Sequence[str]
    columns: Sequence[str]
    campaigns: Mapping[str, int] = field(default_factory=dict)
    source: str = ""
    campaign: int | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """``column`` as the file names it; blank: the whole row."""

    column: str
    value: str
    why: Message


@dataclass(slots=True)
class Read:
    """A row's facts; with ``faults`` it cannot be imported."""

    draft: Draft = field(default_factory=Draft)
    external_id: str = ""
    source: str = ""
    landing_page: str = ""
    campaign: int | None = None
    faults: list[Fault] = field(default_factory=list)


def header_names(cells: Iterable[str]) -> list[str]:
    """A name for every column, none twice: "" becomes "Column 3", a second "email" "email (2)"."""
    names: list[str] = []
    for number, cell in enumerate(cells, start=1):
        name = " ".join(cell.replace("\x00", "").split())[:LONGEST_NAME] or f"Column {number}"
        base, again = name[: LONGEST_NAME - 6], 2
        while name in names:
            name, again = f"{base} ({again})", again + 1
        names.append(name)
    return names


def normal(name: str) -> str:
    """Two spellings of one header share this: no case, no accents, no punctuation."""
    plain_name = unicodedata.normalize("NFKD", name.casefold())
    kept = "".join(c for c in plain_name if not unicodedata.combining(c))
    return " ".join(re.sub(r"[^\w]|_", " ", kept).split())


def header_key(names: Iterable[str]) -> str:
    """The set of columns, whatever their order; what an error file adds does not count."""
    wanted = sorted({normal(name) for name in names if name not in OWN_COLUMNS})
    return sha256("\n".join(wanted).encode()).hexdigest()


def guess(names: Sequence[str], samples: Sequence[Sequence[str]]) -> list[str]:
    """What each column probably means: by its name, and addresses by what they look like."""
    columns: list[str] = []
    for name in names:
        target = MEANINGS.get(normal(name), LEAVE_OUT)
        columns.append(LEAVE_OUT if target in columns else target)
    if "email" not in columns:
        for place in range(len(names)):
            cells = [row[place] for row in samples if place < len(row) and row[place].strip()]
            if cells and 2 * sum("@" in cell for cell in cells) > len(cells):
                columns[place] = "email"
                break
    return columns


def recalled(names: Sequence[str], known: Mapping[str, str]) -> list[str]:
    """A remembered mapping (by normal header) put on a file's columns; no target twice."""
    columns: list[str] = []
    for name in names:
        target = known.get(normal(name), LEAVE_OUT)
        usable = target == CUSTOM or (target in TARGETS and target not in columns)
        columns.append(target if usable else LEAVE_OUT)
    return columns


def faults_of_columns(columns: Sequence[str]) -> list[Message]:
    """What is wrong with a mapping as a whole."""
    used = [target for target in columns if target not in (LEAVE_OUT, CUSTOM)]
    faults = [
        _("Two columns go to “%(target)s”.") % {"target": TARGETS[target]}
        for target in dict.fromkeys(used)
        if used.count(target) > 1
    ]
    if not {"email", "phone", "external_id"} & set(used):
        faults.append(_("Map an e-mail address, a phone number or an external id: people are known by it."))
    return faults


def read_row(cells: Sequence[str], spec: Spec) -> Read:
    """``cells`` must be as many as the header's."""
    places = {place: target for place, target in enumerate(spec.columns) if target != LEAVE_OUT}
    names = {place: f"{CUSTOM}:{place}" if target == CUSTOM else target for place, target in places.items()}
    given = {names[place]: plain(cells[place]) for place in places}
    if "annual_revenue" in given:
        given["annual_revenue"] = amount(given["annual_revenue"])
    for name in {"country", "company_country"} & given.keys():
        given[name] = country_code(normal(given[name])) or given[name]
    values, unclean = clean_values(given.items())
    kept = tuple({"name": name} for place, name in names.items() if places[place] == CUSTOM)
    draft, errors = read_draft(values, FormSpec(custom_fields=kept, needs_identity=False))
    column_of = {name: place for place, name in names.items()}
    draft.custom = {
        spec.header[column_of[name]] if name in column_of and name.startswith(CUSTOM) else name: value
        for name, value in draft.custom.items()
    }
    found = Read(draft=draft, source=spec.source, campaign=spec.campaign)
    for name, whys in {**errors, **unclean}.items():
        _fault(found, cells, spec, column_of.get(name), whys[0])
    _read_origin(found, values, cells, spec, column_of)
    if not (draft.key or found.external_id or found.faults):
        why = _("An e-mail address, a phone number or an external id is needed.")
        _fault(found, cells, spec, None, why)
    return found


def _read_origin(
    found: Read, values: Mapping[str, str], cells: Sequence[str], spec: Spec, column_of: Mapping[str, int]
) -> None:
    texts = {}
    for name, limit in ORIGIN.items():
        try:
            texts[name] = clean_text(values.get(name, ""), max_length=limit)
        except InvalidText as error:
            texts[name] = ""
            _fault(found, cells, spec, column_of[name], error.args[0])
    found.external_id, found.landing_page = texts["external_id"], texts["landing_page"]
    found.source = texts["source"] or spec.source
    if texts["campaign"]:
        found.campaign = spec.campaigns.get(texts["campaign"].casefold())
        if found.campaign is None:
            _fault(found, cells, spec, column_of["campaign"], _("There is no campaign of this name."))


def _fault(found: Read, cells: Sequence[str], spec: Spec, place: int | None, why: Message) -> None:
    if place is None:
        found.faults.append(Fault("", "", why))
    else:
        found.faults.append(Fault(spec.header[place], cells[place][:SHOWN], why))


def label_of(column: str) -> Message | str:
    """What people call a column of the lead, or one of its company with ``company.`` before it; a
    custom field by its own name."""
    if column == "seniority":
        return _("Level of the contact")
    target = COLUMNS.get(column, column.removeprefix("company."))
    return TARGETS.get(target, column)


def amount(text: str) -> str:
    """Both "1.200.000,50 €" and "1,200,000.50" are "1200000.50". One separator alone, before exactly
    three digits, parts thousands: hardly anybody tells a revenue to the thousandth."""
    bare = AMOUNT_NOISE.sub("", text)
    last = max(bare.rfind("."), bare.rfind(","))
    if last < 0:
        return bare
    whole, mark, rest = bare[:last], bare[last], bare[last + 1 :]
    other = "," if mark == "." else "."
    if mark in whole or (len(rest) == 3 and other not in whole):
        return bare.replace(".", "").replace(",", "") if other not in whole else bare
    return re.sub("[.,]", "", whole) + "." + rest
