"""Lists that go on, page by page."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest


def page_of(request: HttpRequest, found: Any, size: int) -> dict[str, Any]:
    """The `page` asked for (the nearest there is) and the `query` that its links keep, as
    ``includes/pages.html`` expects them."""
    return {"page": Paginator(found, size).get_page(request.GET.get("page")), "query": kept_query(request)}


def kept_query(request: HttpRequest) -> str:
    """The address's values but the page, encoded."""
    kept = request.GET.copy()
    kept.pop("page", None)
    return kept.urlencode()
