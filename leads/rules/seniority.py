"""How senior is a job title? English, Spanish and Portuguese, the languages of our forms."""

import re
import unicodedata
from functools import lru_cache

from ..enums import Seniority


def _words(*patterns: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(patterns)})\b")


LEVELS: tuple[tuple[Seniority, re.Pattern[str]], ...] = (
    (
        Seniority.STUDENT,
        _words("students?", "estudiantes?", "estudantes?", "alumn[oa]", "intern", "becari[oa]", "trainee"),
    ),
    (
        Seniority.SPECIALIST,
        _words(
            "assistant (?:to|of)",
            "(?:executive|personal) assistant",
            "asistente",
            "secretari[ao]",
            "product owner",
        ),
    ),
    (
        Seniority.DIRECTOR,
        _words("[se]?vp", "vice[ -]?president[ea]?", "vicepresident[ea]", "(?:associate|deputy) director"),
    ),
    (
        Seniority.CHIEF,
        _words(
            "c[efotimr]o",
            "chief [a-z ]*officer",
            "(?:co-?)?founder",
            "(?:co-?)?fundador[ae]?",
            "owner",
            "propietari[oa]",
            "proprietari[oa]",
            "duen[oa]",
            "dono",
            "president[ea]?",
            "general manager",
            "managing (?:director|partner)",
            "(?:director|directora|diretor|diretora|gerente) (?:general|geral|ejecutiv[oa]|executiv[oa])",
            "conseje?r[oa] delegad[oa]",
            "administrador[a]? unic[oa]",
            "soci[oa]",
            "partner",
        ),
    ),
    (
        Seniority.DIRECTOR,
        _words("directors?", "directora", "diretor", "diretora", "head", "subdirector[a]?"),
    ),
    (
        Seniority.MANAGER,
        _words(
            "managers?",
            "gerente",
            "jef[ea]",
            "chefe",
            "responsable",
            "responsavel",
            "(?:team )?lead(?:er)?",
            "supervisor[a]?",
            "coordinat?or[a]?",
            "coordenador[a]?",
            "encargad[oa]",
        ),
    ),
    (
        Seniority.SPECIALIST,
        _words(
            "specialist",
            "especialista",
            "analyst",
            "analista",
            "engineer",
            "ingenier[oa]",
            "consultant",
            "consultor[a]?",
            "tecnic[oa]",
            "technician",
            "developer",
            "assistant",
            "executive",
            "account",
            "administrativ[oa]",
            "comercial",
        ),
    ),
)
"""Tried in this order: an assistant to the CEO is no CEO, a vice president no president."""


@lru_cache(maxsize=4096)
def seniority_of(job_title: str) -> str:
    """The level a title speaks of, or empty when it does not say."""
    if not job_title:
        return ""
    plain = unicodedata.normalize("NFKD", job_title.casefold())
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return next((level.value for level, pattern in LEVELS if pattern.search(plain)), "")
