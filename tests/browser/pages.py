"""Every page of the product, by who may open it. A new page is one line here.

Each is opened in both languages, both colour schemes, on a desktop and on a phone: nothing may
complain, overflow or be inaccessible. Where leads are shown their markup must be text.
"""

from dataclasses import dataclass
from typing import Any

from smarketing.accounts.enums import Role

from .world import World

ALL = tuple(Role)
NOBODY = "nobody"


@dataclass(frozen=True)
class Page:
    """``path`` may hold ``{lead}``, ``{rep}`` (who has it), ``{draft}``, ``{rule}``, ``{form}``,
    ``{campaign}``, ``{persona}``, ``{agreement}`` and ``{journey}`` (the lead's), ids of the world.
    The first of ``roles`` looks closely.

    ``shows_leads``: the lead's markup must be there to be read, or looking for it would prove nothing.
    """

    path: str
    roles: tuple[str, ...] = ALL
    shows_leads: bool = False
    status: int = 200

    def address(self, world: World) -> str:
        ids: dict[str, Any] = {"lead": world.lead_id, "rep": world.people[Role.SDR].pk}
        ids |= {"draft": world.draft_id, "rule": world.rule_id, "persona": world.persona_id}
        ids |= {"agreement": world.agreement_id, "journey": world.journey_id}
        ids |= {"campaign": world.campaign_id, "form": world.form_id}
        found = self.path
        for name, pk in ids.items():
            found = found.replace(f"{{{name}}}", str(pk))
        return found


SEEING = (Role.SDR, Role.MANAGER, Role.MARKETER, Role.EXECUTIVE, Role.ADMIN)
"""Who sees the world's lead."""

MARKETING = (Role.MARKETER, Role.ADMIN)
READING = (Role.MARKETER, Role.MANAGER, Role.EXECUTIVE, Role.ADMIN)
SETTINGS = (
    "",
    "audit/",
    "people/",
    "people/new/",
    "people/line/",
    "teams/",
    "tokens/",
    "policies/",
    "policies/new/",
    "policies/simulator/",
    "calendars/",
    "calendars/new/",
    "routing/",
    "routing/new/",
    "routing/test/",
    "reports/",
    "reports/delivered/",
    "reports/not_on_it/preview/",
)

PAGES = (
    Page("/sign-in/", roles=(NOBODY,)),
    Page("/dashboard/"),
    Page("/promises/", shows_leads=True),
    Page("/agreement/"),
    Page("/agreement/{agreement}/", roles=(Role.MANAGER, *ALL)),
    Page("/agreement/{agreement}/plan/", roles=(Role.MANAGER, Role.SDR)),
    Page("/agreement/{agreement}/terms/", roles=(Role.MANAGER, Role.ADMIN)),
    Page("/agreement/now/"),
    Page("/agreement/{agreement}/measure/", roles=(Role.MANAGER, Role.SDR)),
    Page("/agreement/new/", roles=(Role.MANAGER, Role.ADMIN)),
    Page("/targets/", roles=(Role.MANAGER, Role.ADMIN)),
    Page("/funnel/", roles=ALL, shows_leads=True),
    Page("/leads/", shows_leads=True),
    Page("/leads/?q=nobody-is-called-so"),
    Page("/leads/?stage=mql&fit_min=0&sort=name", shows_leads=True),
    Page("/leads/{lead}/", roles=SEEING, shows_leads=True),
    Page("/leads/{lead}/clocks/", roles=SEEING, shows_leads=True),
    Page("/feedback/", roles=READING),
    Page("/feedback/leads/", roles=READING),
    Page("/reviews/"),
    Page("/definitions/"),
    Page("/disputes/"),
    Page("/leads/{lead}/disputes/", roles=SEEING, shows_leads=True),
    Page("/leads/{lead}/dispute/", roles=(Role.SDR, Role.MANAGER), shows_leads=True),
    Page("/reminders/", shows_leads=True),
    Page("/queue/", shows_leads=True),
    Page("/leads/board/", shows_leads=True),
    Page("/leads/board/{journey}/", roles=SEEING, shows_leads=True),
    Page("/leads/{lead}/edit/", roles=(Role.SDR,), shows_leads=True),
    Page("/leads/{lead}/contact/", roles=(Role.SDR,), shows_leads=True),
    Page("/leads/{lead}/return/", roles=(Role.SDR,), shows_leads=True),
    Page("/opportunities/"),
    Page("/opportunities/?view=list"),
    Page("/forecast/"),
    Page("/closed-loop/"),
    Page("/closed-loop/?by=first_touch&period=this_year"),
    Page("/executive/", roles=(Role.EXECUTIVE, Role.ADMIN)),
    Page("/team/", roles=(Role.MANAGER, Role.EXECUTIVE, Role.ADMIN)),
    Page("/team/{rep}/?show=given", roles=(Role.MANAGER,)),
    Page("/team/{rep}/", roles=(Role.MANAGER, Role.EXECUTIVE), shows_leads=True),
    Page("/recycled/", roles=(*MARKETING, Role.EXECUTIVE, Role.MANAGER)),
    Page("/recycled/?tab=handled", roles=(Role.MANAGER, *MARKETING)),
    Page("/campaigns/", roles=MARKETING),
    Page("/campaigns/{campaign}/", roles=(Role.MANAGER, *MARKETING)),
    Page("/campaigns/{campaign}/edit/", roles=(Role.MARKETER,)),
    Page("/campaigns/new/", roles=(Role.MARKETER,)),
    Page("/personas/", roles=MARKETING),
    Page("/personas/new/", roles=(Role.MARKETER,)),
    Page("/personas/{persona}/", roles=MARKETING),
    Page("/personas/{persona}/edit/", roles=(Role.MARKETER,)),
    Page("/dashboard/personas/"),
    Page("/dashboard/people/"),
    Page("/dashboard/sources/"),
    Page("/forms/", roles=MARKETING),
    *(Page(f"/forms/{{form}}/{path}", roles=(Role.MARKETER,)) for path in ("", "edit/", "test/")),
    Page("/forms/{form}/submissions/?since=2026-01-01", roles=MARKETING, shows_leads=True),
    Page("/forms/new/", roles=(Role.MARKETER,)),
    Page("/scoring/"),
    Page("/scoring/versions/", roles=MARKETING),
    Page("/scoring/{draft}/", roles=MARKETING),
    Page("/scoring/{draft}/rules/{rule}/", roles=MARKETING),
    Page("/scoring/{draft}/groups/new/interest/", roles=MARKETING),
    Page("/scoring/{draft}/thresholds/", roles=MARKETING),
    Page("/scoring/{draft}/compare/", roles=(Role.ADMIN, Role.MARKETER), shows_leads=True),
    Page("/imports/", roles=MARKETING),
    Page("/imports/new/", roles=(Role.MARKETER,)),
    Page("/inbox/", roles=MARKETING, shows_leads=True),
    *(Page(f"/settings/{path}", roles=(Role.ADMIN,)) for path in SETTINGS),
    Page("/settings/policies/", roles=(Role.MARKETER,)),
    *(Page(f"/settings/people/{{rep}}/{path}", roles=(Role.ADMIN,)) for path in ("", "leaving/")),
    Page("/setup/", roles=(Role.ADMIN,)),
    Page("/search/?q=acme", shows_leads=True),
    Page("/notifications/", roles=(Role.SDR, *ALL), shows_leads=True),
    Page("/profile/"),
    Page("/password/change/"),
    Page("/password/", roles=(NOBODY,)),
    Page("/password/asked/", roles=(NOBODY,)),
    Page("/password/MQ/wrong-link/", roles=(NOBODY,)),
    Page("/no-such-page/", status=404),
)
