"""Reads of the accounts room."""

from .people import subordinate_ids

__all__ = ["subordinate_ids"]
