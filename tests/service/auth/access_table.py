"""Who may do what, as a table: every route, with the answer for each role, own or other workshop."""

from dataclasses import dataclass
from typing import Any

from tests.parts.served import DESIGN, OWN

WHO = ("artisan", "other", "reviewer", "engineer", "admin", None)


@dataclass(frozen=True)
class Ask:
    """A request about the first workshop's things, and the status for each of WHO."""

    method: str
    path: str
    expected: tuple[int, ...]
    json: Any = None
    sends: bool = False
    shows: bool = False
    """Sends an approved photo."""


OF_DESIGN = {"design": "disc", "seen": None}
REVIEW = {"disposition": "accept"}
NEW_STAFF = {"name": "{new}", "role": "engineer"}
LOT = {"microfactory": OWN, "design": "disc", "pieces": 50, "views": ["front"]}
CONSENT = {"photos": True, "voices": True, "words": "1", "language": "en"}
DELETION = {"reason": "none of the above", "inspection": "{new}"}
ACTION = {"microfactory": "mf-nowhere", "defect": "dent", "why": "often"}
STEP = {"step": "told", "after": "{new}"}
TABLE = "code,name,place\nmf-new,New,Nairobi\n"
LIMITS = {
    "kind": "design",
    "subject": "disc",
    "since": "2026-08-03",
    "until": "2026-10-26",
    "reason": "x",
    "seen": 1,
}
FIGURES = {"seen": 9, "figures": {}, "why": "none"}
EFFECT_OF = {"release": "tiny-1", "thresholds": {"tarnish": 0.6}}
EFFECT = {**EFFECT_OF, "weeks": 1}
POLICY = {**EFFECT_OF, "seen": 9, "why": "none"}
CHAMPION = {"seen": "tiny-1", "why": "as it was"}
TOKEN = {"role": "engineer", "label": "x"}
INVITE = {"microfactory": OWN, "label": "x"}
NOBODY = {"name": "{new}", "password": "none of the above"}
NO_HARVEST = {"name": "x", "chosen": {"since": "2999-01-01"}}
CHANGE = {"password": "none of the above", "new_password": "neither is this one"}
LOGGED_IN = ("Wanjiku", "Omondi", "Njeri")
"""A reviewer, an engineer and an admin, as the columns of the table."""
#                                             own  other review engin admin none
ASKS = (
    Ask("PUT", "/v1/inspections/{new}",      (201, 404, 201, 403, 201, 401), sends=True),
    Ask("PATCH", "/v1/uploads/{new}",        (422, 422, 422, 403, 422, 401)),
    Ask("HEAD", "/v1/uploads/{new}",         (404, 404, 404, 403, 404, 401)),
    Ask("DELETE", "/v1/uploads/{new}",       (204, 204, 204, 403, 204, 401)),
    Ask("GET", "/v1/inspections",            (200, 200, 200, 200, 200, 401)),
    Ask("GET", f"/v1/inspections?microfactory={OWN}", (200, 404, 200, 200, 200, 401)),
    Ask("GET", "/v1/inspections/{known}",    (200, 404, 200, 200, 200, 401)),
    Ask("GET", "/v1/inspections/{known}/photos/0", (200, 404, 200, 200, 200, 401)),
    Ask("GET", "/v1/inspections/{known}/heatmaps/0", (200, 404, 200, 200, 200, 401)),
    # Nothing is sent, so 415 is a door that stands open.
    Ask("PUT", "/v1/inspections/{known}/appeals/{new}", (415, 404, 415, 403, 415, 401)),
    Ask("GET", "/v1/inspections/{known}/appeals/{new}/voice", (404, 404, 404, 404, 404, 401)),
    Ask("GET", "/v1/inspections/{known}/appeals/{new}/photo", (404, 404, 404, 404, 404, 401)),
    Ask("PUT", "/v1/inspections/{known}/reviews/{new}", (403, 403, 201, 403, 201, 401), REVIEW),
    Ask("PUT", "/v1/inspections/{new}/designs/{new}", (403, 403, 404, 403, 404, 401), OF_DESIGN),
    Ask("GET", "/v1/inspections/{known}/designs", (403, 403, 200, 200, 200, 401)),
    Ask("PUT", "/v1/inspections/{known}/looks/{new}", (403, 403, 201, 403, 201, 401)),
    Ask("PUT", "/v1/inspections/{new}/handovers/{new}", (403, 403, 404, 403, 404, 401), {"note": "?"}),
    Ask("GET", "/v1/pieces?code=1",          (403, 403, 200, 200, 200, 401)),
    Ask("GET", "/v1/pieces/{known}",         (403, 403, 200, 200, 200, 401)),
    Ask("GET", "/v1/queue",                  (403, 403, 200, 200, 200, 401)),
    Ask("GET", "/v1/queue/counts",           (403, 403, 200, 200, 200, 401)),
    Ask("GET", "/v1/queue/changes?after=1",  (403, 403, 200, 200, 200, 401)),
    Ask("GET", "/v1/queue/events?seconds=0.01", (403, 403, 200, 200, 200, 401)),
    # Who may decide may say that she is about to.
    Ask("POST", "/v1/queue/claims",          (403, 403, 200, 403, 200, 401), {"count": 3}),
    Ask("PUT", "/v1/queue/claims/{new}",     (403, 403, 404, 403, 404, 401)),
    Ask("DELETE", "/v1/queue/claims/{new}",  (403, 403, 204, 403, 204, 401)),
    Ask("DELETE", "/v1/queue/claims",        (403, 403, 204, 403, 204, 401)),
    Ask("GET", "/v1/microfactories",         (200, 200, 200, 200, 200, 401)),
    Ask("PUT", f"/v1/microfactories/{OWN}",  (403, 403, 403, 403, 200, 401), {"name": OWN, "place": "here"}),
    Ask("DELETE", "/v1/microfactories/{new}", (403, 403, 403, 403, 404, 401)),
    Ask("POST", "/v1/microfactories/{new}/opening", (403, 403, 403, 403, 404, 401)),
    Ask("POST", "/v1/microfactory-tables", (403, 403, 403, 403, 200, 401), {"text": TABLE}),
    Ask("GET", f"/v1/microfactories/{OWN}/pass-rate", (200, 404, 200, 200, 200, 401)),
    Ask("GET", f"/v1/microfactories/{OWN}/summary", (200, 404, 200, 200, 200, 401)),
    Ask("GET", f"/v1/microfactories/{OWN}/reports/2026-11", (200, 404, 200, 200, 200, 401)),
    Ask("GET", "/v1/reports/2026-11",        (403, 403, 200, 200, 200, 401)),
    Ask("GET", "/v1/network",                (403, 403, 200, 200, 200, 401)),
    Ask("GET", f"/v1/microfactories/{OWN}/consents", (200, 404, 200, 200, 200, 401)),
    # What may be done with a workshop's photos is nobody's to say but its own.
    Ask("PUT", f"/v1/microfactories/{OWN}/consents/{{new}}", (201, 404, 403, 403, 403, 401), CONSENT),
    Ask("GET", f"/v1/microfactories/{OWN}/archive", (200, 404, 403, 403, 200, 401)),
    Ask("POST", f"/v1/microfactories/{OWN}/archive-link", (201, 404, 403, 403, 403, 401)),
    Ask("POST", "/v1/deletions",             (403, 403, 403, 403, 404, 401), DELETION),
    Ask("GET", "/v1/lots",                   (200, 200, 200, 200, 200, 401)),
    Ask("GET", f"/v1/lots?microfactory={OWN}", (200, 404, 200, 200, 200, 401)),
    Ask("PUT", "/v1/lots/{new}",             (403, 403, 201, 403, 201, 401), LOT),
    Ask("DELETE", "/v1/lots/{new}",          (403, 403, 404, 403, 404, 401)),
    # A workshop hears of its lots from a person first.
    Ask("GET", "/v1/lots/{new}",             (403, 403, 404, 404, 404, 401)),
    Ask("GET", "/v1/lots/{new}/counts",      (403, 403, 404, 404, 404, 401)),
    Ask("PUT", "/v1/lots/{new}/acts/{new}",  (403, 403, 404, 403, 404, 401), {"kind": "hold", "reason": "x"}),
    Ask("GET", "/v1/lots/{new}/checks",      (403, 403, 404, 404, 404, 401)),
    Ask("GET", "/v1/lots/{new}/sampling.svg", (403, 403, 404, 404, 404, 401)),
    Ask("GET", "/v1/lots/{new}/isolated-plan", (403, 403, 404, 404, 404, 401)),
    Ask("PUT", "/v1/lots/{new}/checks/{new}", (403, 403, 404, 403, 404, 401), {}),
    Ask("PUT", "/v1/lots/{new}/checks/{new}/decision", (403, 403, 404, 403, 404, 401), {"outcome": "accept"}),
    Ask("GET", "/v1/designs/disc/lot-plan",  (403, 403, 200, 200, 200, 401)),
    Ask("PUT", "/v1/designs/disc/lot-plan",  (403, 403, 403, 200, 200, 401), {"aql_major": 1.5}),
    # Numbers show a workshop beside others: they are the hub's.
    *(
        Ask("GET", f"/v1/numbers/{path}", (403, 403, 200, 200, 200, 401))
        for path in (
            "pass-rates",
            "pass-rates?by=reviewer",
            "defects",
            f"defects?microfactory={OWN}",
            "defects/chart.svg",
            "funnel",
            "funnel/chart.svg",
            "over-time",
            f"over-time?microfactory={OWN}",
            "over-time/chart.svg",
            "escape-rate",
            "rare-defects?defect=crack",
            "rare-defects/chart.svg?defect=crack",
            "score-drift",
            "score-drift/chart.svg",
            "misses",
            "misses/chart.svg",
            "bias",
            "bias/chart.svg?by=phone",
        )
    ),
    Ask("GET", "/v1/alerts",                 (403, 403, 200, 200, 200, 401)),
    Ask("GET", "/v1/alerts/counts",          (403, 403, 200, 200, 200, 401)),
    Ask("GET", "/v1/alerts/{new}",           (403, 403, 404, 404, 404, 401)),
    Ask("POST", "/v1/alerts/{new}/acknowledgement", (403, 403, 404, 404, 404, 401), {"note": "x"}),
    Ask("GET", "/v1/limits",                 (403, 403, 200, 200, 200, 401)),
    # Others were looked at than stand, so 409 is a door that stands open.
    Ask("POST", "/v1/limits",                (403, 403, 403, 409, 409, 401), LIMITS),
    Ask("GET", "/v1/limits/{number}/weeks",  (403, 403, 404, 404, 404, 401)),
    Ask("GET", "/v1/limits/{number}/chart.svg", (403, 403, 404, 404, 404, 401)),
    # Whoever may name an address could read what is sent there: that is an admin's.
    Ask("GET", "/v1/webhooks",               (403, 403, 403, 403, 200, 401)),
    Ask("POST", "/v1/webhooks",              (403, 403, 403, 403, 422, 401), {"label": "x", "url": "x"}),
    Ask("DELETE", "/v1/webhooks/{new}",      (403, 403, 403, 403, 404, 401)),
    Ask("POST", "/v1/webhooks/{new}/secret", (403, 403, 403, 403, 404, 401)),
    Ask("POST", "/v1/webhooks/{new}/test",   (403, 403, 403, 403, 404, 401)),
    Ask("GET", "/v1/deliveries?receiver=mail", (403, 403, 403, 403, 200, 401)),
    Ask("POST", "/v1/deliveries/{new}/again", (403, 403, 403, 403, 404, 401)),
    Ask("GET", "/v1/mail",                   (403, 403, 403, 403, 200, 401)),
    Ask("POST", "/v1/mail/test",             (403, 403, 403, 403, 409, 401)),
    Ask("GET", "/v1/quality-prices",         (403, 403, 200, 200, 200, 401)),
    # Others were seen than are in force, so 409 is a door that stands open.
    Ask("PUT", "/v1/quality-prices",         (403, 403, 403, 403, 409, 401), FIGURES),
    Ask("GET", "/v1/quality-costs",          (403, 403, 200, 200, 200, 401)),
    Ask("GET", "/v1/quality-costs/chart.svg", (403, 403, 200, 200, 200, 401)),
    Ask("GET", "/v1/quality-costs/spent",    (403, 403, 200, 200, 200, 401)),
    Ask("GET", "/v1/scale",                  (403, 403, 200, 200, 200, 401)),
    Ask("GET", "/v1/scale/chart.svg",        (403, 403, 200, 200, 200, 401)),
    Ask("PUT", "/v1/scale/assumptions",      (403, 403, 403, 403, 409, 401), FIGURES),
    Ask("GET", "/v1/threshold-policies",     (403, 403, 200, 200, 200, 401)),
    Ask("POST", "/v1/threshold-effects",     (403, 403, 200, 200, 200, 401), EFFECT),
    Ask("POST", "/v1/threshold-policies",    (403, 403, 403, 403, 409, 401), POLICY),
    Ask("POST", "/v1/threshold-policies/1/undo", (403, 403, 403, 403, 404, 401), {"why": "none"}),
    Ask("GET", "/v1/inspections?counted=true", (403, 403, 200, 200, 200, 401)),
    Ask("GET", "/v1/lots/{new}/packing-list", (403, 403, 404, 404, 404, 401)),
    Ask("GET", "/v1/lots/{new}/packing-list.csv", (403, 403, 404, 404, 404, 401)),
    Ask("GET", "/v1/pass-rate",              (403, 403, 200, 200, 200, 401)),
    Ask("GET", "/v1/pass-rates",             (403, 403, 200, 200, 200, 401)),
    Ask("GET", "/v1/corrective-actions",     (200, 200, 200, 200, 200, 401)),
    Ask("GET", f"/v1/corrective-actions?microfactory={OWN}", (200, 404, 200, 200, 200, 401)),
    Ask("GET", "/v1/corrective-actions/{new}", (404, 404, 404, 404, 404, 401)),
    Ask("PUT", "/v1/corrective-actions/{new}", (403, 403, 422, 403, 422, 401), ACTION),
    Ask("PUT", "/v1/corrective-actions/{new}/steps/{new}", (403, 403, 404, 403, 404, 401), STEP),
    Ask("PUT", "/v1/corrective-actions/{new}/answers/{new}", (404, 404, 404, 404, 404, 401)),
    Ask("GET", "/v1/corrective-actions/{new}/answers/{new}/voice", (404, 404, 404, 404, 404, 401)),
    Ask("GET", "/v1/corrective-suggestions", (403, 403, 200, 200, 200, 401)),
    Ask("GET", f"/v1/microfactories/{OWN}/progress", (200, 404, 200, 200, 200, 401)),
    Ask("GET", "/v1/overturn-rate",          (403, 403, 200, 200, 200, 401)),
    Ask("GET", "/v1/agreement",              (403, 403, 200, 403, 200, 401)),
    Ask("GET", "/v1/known",                  (403, 403, 403, 200, 200, 401)),
    Ask("PUT", "/v1/known/{new}",            (403, 403, 403, 404, 404, 401), {"disposition": "reject"}),
    Ask("DELETE", "/v1/known/{new}",         (403, 403, 403, 404, 404, 401)),
    Ask("GET", "/v1/designs",                (200, 200, 200, 200, 200, 401)),
    Ask("PUT", "/v1/designs/disc",           (403, 403, 403, 200, 200, 401), DESIGN.model_dump()),
    Ask("PUT", "/v1/designs/disc/approved",  (403, 403, 403, 200, 200, 401), shows=True),
    Ask("GET", "/v1/designs/disc/defect-places", (403, 403, 200, 200, 200, 401)),
    Ask("GET", "/v1/designs/disc/defect-places/heat.png", (403, 403, 200, 200, 200, 401)),
    Ask("GET", "/v1/designs/disc/outcomes",  (403, 403, 200, 200, 200, 401)),
    Ask("GET", "/v1/designs/disc/approved/{approved}", (200, 200, 200, 200, 200, 401)),
    Ask("GET", "/v1/designs/disc/accepted",  (403, 403, 200, 200, 200, 401)),
    Ask("GET", "/v1/designs/disc/accepted/{known}", (403, 403, 200, 200, 200, 401)),
    Ask("GET", "/v1/designs/disc/accepted/{known}/verdicts", (403, 403, 404, 404, 404, 401)),
    # The piece is not accepted, so 409 is a door that stands open.
    Ask("PUT", "/v1/designs/disc/accepted/{known}", (403, 403, 403, 409, 409, 401)),
    Ask("DELETE", "/v1/designs/disc/accepted/{known}", (403, 403, 403, 404, 404, 401)),
    Ask("GET", "/v1/release",                (200, 200, 200, 200, 200, 401)),
    # A dataset is for whoever trains: it tells of all workshops, and who decided.
    Ask("POST", "/v1/harvest-previews",      (403, 403, 403, 200, 200, 401), {}),
    Ask("GET", "/v1/harvests",               (403, 403, 403, 200, 200, 401)),
    Ask("PUT", "/v1/harvests/{new}",         (403, 403, 403, 422, 422, 401), NO_HARVEST),
    Ask("GET", "/v1/harvests/{new}",         (403, 403, 403, 404, 404, 401)),
    Ask("DELETE", "/v1/harvests/{new}",      (403, 403, 403, 404, 404, 401)),
    Ask("GET", "/v1/harvests/{new}/archive", (403, 403, 403, 404, 404, 401)),
    Ask("GET", "/v1/releases/{new}/rescores", (403, 403, 200, 200, 200, 401)),
    Ask("GET", "/v1/releases/{new}/rescores/inspections", (403, 403, 200, 200, 200, 401)),
    Ask("GET", "/v1/releases",               (403, 403, 200, 200, 200, 401)),
    Ask("GET", "/v1/releases/tiny-1",        (403, 403, 200, 200, 200, 401)),
    Ask("GET", "/v1/releases/tiny-1/card",   (403, 403, 200, 200, 200, 401)),
    # It is champion already, and there is none before it, so 409 is a door that stands open.
    Ask("POST", "/v1/releases/tiny-1/promotion", (403, 403, 403, 409, 409, 401), CHAMPION),
    Ask("POST", "/v1/release-rollback",     (403, 403, 403, 409, 409, 401), CHAMPION),
    Ask("GET", "/v1/first-steps",            (403, 403, 200, 200, 200, 401)),
    Ask("POST", "/v1/first-steps/dismissal", (403, 403, 403, 403, 200, 401)),
    Ask("GET", "/v1/bags/{bag}",             (403, 403, 200, 200, 200, 401)),
    Ask("GET", "/v1/inspections/{known}/label", (200, 404, 200, 200, 200, 401)),
    Ask("GET", "/v1/me",                     (200, 200, 200, 200, 200, 401)),
    Ask("POST", "/v1/tokens",                (403, 403, 403, 403, 201, 401), TOKEN),
    Ask("GET", "/v1/tokens",                 (403, 403, 200, 403, 200, 401)),
    Ask("DELETE", "/v1/tokens/{new}",        (403, 403, 404, 403, 404, 401)),
    Ask("POST", "/v1/enrolments",            (403, 403, 201, 403, 201, 401), INVITE),
    Ask("GET", "/v1/enrolments/{new}",       (403, 403, 404, 403, 404, 401)),
    Ask("POST", "/v1/enrol",                 (404, 404, 404, 404, 404, 404), {"code": "0000-0000-0000"}),
    Ask("GET", "/v1/staff",                  (403, 403, 403, 403, 200, 401)),
    Ask("POST", "/v1/staff",                 (403, 403, 403, 403, 201, 401), NEW_STAFF),
    Ask("PATCH", "/v1/staff/{new}",          (403, 403, 403, 403, 404, 401), {"disabled": True}),
    Ask("POST", "/v1/staff/{new}/password",  (403, 403, 403, 403, 404, 401)),
    Ask("GET", "/v1/audit",                  (403, 403, 403, 403, 200, 401)),
    Ask("POST", "/v1/session",               (401, 401, 401, 401, 401, 401), NOBODY),
    # A bearer token has no session; one by cookie is in the next table.
    Ask("GET", "/v1/session",                (401, 401, 401, 401, 401, 401)),
    Ask("DELETE", "/v1/session",             (401, 401, 401, 401, 401, 401)),
    Ask("DELETE", "/v1/sessions",            (401, 401, 401, 401, 401, 401)),
    Ask("PUT", "/v1/session/password",       (401, 401, 401, 401, 401, 401), CHANGE),
    Ask("GET", "/health/live",               (200, 200, 200, 200, 200, 200)),
    Ask("GET", "/health/ready",              (200, 200, 200, 200, 200, 200)),
    Ask("GET", "/metrics",                   (200, 200, 200, 200, 200, 200)),
)  # fmt: skip
