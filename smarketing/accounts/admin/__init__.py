from .people import AbsenceAdmin, PersonAdmin, TeamAdmin, TokenAdmin

__all__ = ["AbsenceAdmin", "PersonAdmin", "TeamAdmin", "TokenAdmin"]
