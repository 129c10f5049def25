"""Pages of feedback, disputes and reviews: who may open which. `rule` is that of test_permissions.py."""

from collections.abc import Callable
from typing import Any

REVIEWING_IDS = ("dispute_id", "review_id", "decision_id")


def reviewing(rule: Callable[..., Any], readers: frozenset[Any]) -> dict[str, dict[str, Any]]:
    """Review, decision and dispute are missing, and no agreement is in force, so nobody plans one;
    test_reviews.py and test_disputes.py have the others."""
    missing, page = rule(404, denied=302), rule(denied=302)
    feedback = {"get": rule(denied=302, roles=readers)}
    both, one, sent = {"get": missing, "post": missing}, {"get": missing}, {"post": missing}
    nobody_plans = rule(403, denied=302)
    return {
        "feedback/": feedback,
        "feedback/leads/": feedback,
        "feedback/<slug:table>.csv": feedback,
        "disputes/": {"get": page},
        "disputes/<int:dispute_id>/": both,
        "definitions/": {"get": page},
        "reviews/": {"get": page},
        "reviews/new/": {"get": nobody_plans, "post": nobody_plans},
        "reviews/<int:review_id>/": one,
        "reviews/<int:review_id>/edit/": both,
        "reviews/<int:review_id>/begin/": sent,
        "reviews/<int:review_id>/minutes/": both,
        "reviews/<int:review_id>/decisions/": sent,
        "reviews/<int:review_id>/leads/<slug:what>/": one,
        "reviews/<int:review_id>/calendar.ics": one,
        "reviews/decisions/<int:decision_id>/": both,
    }
