from .visibility import leads_visible_to

__all__ = ["leads_visible_to"]
