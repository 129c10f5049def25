from .inbox import inbox
from .landing import edit_form, form, forms, preview
from .submissions import submissions
from .trying import try_page

__all__ = ["edit_form", "form", "forms", "inbox", "preview", "submissions", "try_page"]
