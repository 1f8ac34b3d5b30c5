"""What the pages say: whole in both languages, nothing missing, nothing left over."""

import re
from typing import get_args

from ubora.datasets.taxonomy import JEWELRY, SEVERITIES, VARIANCE_LEVELS, PhotoFault, View
from ubora.models.inference.photo_faults import INSTRUCTIONS
from ubora.models.record import ANY
from ubora.models.verdict import Outcome
from ubora.service.agreement.chosen import AGREEMENTS
from ubora.service.alerts.subjects import Kind as AlertKind
from ubora.service.alerts.subjects import Rule
from ubora.service.app import create_app
from ubora.service.auth.access import Role
from ubora.service.auth.audit import Action
from ubora.service.corrective.actions import Show
from ubora.service.corrective.course import STATES, STEPS
from ubora.service.corrective.wire import CHANGED, Compared
from ubora.service.costs.prices import QUALITY
from ubora.service.costs.spent import KINDS, What
from ubora.service.designs.designs import DesignBody
from ubora.service.drift.scores import HIGHEST
from ubora.service.harvests.kept import State
from ubora.service.harvests.left_out import LeftOut
from ubora.service.http.pages import WEB
from ubora.service.inspections.said import Disposition, InHand
from ubora.service.inspections.wire import RemovedWhy, Status
from ubora.service.numbers.bias.audited import FACTORS
from ubora.service.numbers.bias.routes import Told
from ubora.service.numbers.groups import By
from ubora.service.numbers.heat.routes import COLUMNS, ROWS
from ubora.service.numbers.rates import Moved
from ubora.service.outbound.outbox import Event, Fault
from ubora.service.queue.wire import Kind
from ubora.service.reviews.phrases import PHRASES
from ubora.service.sampling.rules import Verdict
from ubora.service.scale.assumptions import ESCAPE, SHEET, Source
from ubora.service.scale.wire import PARTS
from ubora.service.settings import Settings
from ubora.service.statistics.funnel import Place
from ubora.service.statistics.lots.isolated import Procedure
from ubora.service.statistics.switching import How
from ubora.service.thresholds.promise import How as HowHeld
from ubora.service.words import read_catalogue
from ubora.service.workshops.lot_acts import Act
from ubora.service.workshops.lots import LotBody
from ubora.service.workshops.microfactories import MicrofactoryBody

WORDS = read_catalogue().words
FAULTS = (*get_args(PhotoFault), *INSTRUCTIONS)
SOURCES = sorted(WEB.rglob("*"))


BY_MATERIAL = ("crack", "dent", "pit", "tarnish", "solder", "bent")
"""What is mended otherwise in each material; its general tip is for mixed pieces, and for any."""
MATERIALS = tuple(name for name in JEWELRY.materials if name != "mixed")
SERVICE = WEB.parent
REFUSALS = WEB / "phone/refusals.js"
ANSWERS_TO_A_PHONE = (
    "auth/access.py",
    "reviews/appeals.py",
    "inference/assess.py",
    "http/bodies.py",
    "inference/champion.py",
    "reviews/contestable.py",
    "designs/contexts.py",
    "storage/deleted.py",
    "auth/enrolments.py",
    "corrective/answers.py",
    "http/errors.py",
    "inspections/receiving.py",
    "inspections/routes.py",
    "http/observe.py",
    "inspections/resumable.py",
    "http/server.py",
    "http/stored_files.py",
    "storage/voices.py",
    "auth/throttle.py",
    "http/multipart.py",
)
NOT_OUR_PHONE_S = {
    "broken-request",
    "csrf",
    "empty-answer",
    "empty-appeal",
    "header-too-large",
    "invalid",
    "not-bytes",
    "not-multipart",
    "parts",
    "upload-offset",
}
"""A request that the app never makes, or an answer (409 at an offset) that it acts on by itself."""


MODES = ("power", "machine", "person", "drawing", "road")


def text_of(suffix: str) -> str:
    return "\n".join(path.read_text("utf-8") for path in SOURCES if path.suffix == suffix)


def offered(schema: str, field: str) -> list[str]:
    """What the service's own description allows for a field."""
    schemas = create_app(Settings()).openapi()["components"]["schemas"]
    names: list[str] = schemas[schema]["properties"][field]["enum"]
    return names


MARKING = ("brush", "erase", "polygon", "heat")
"""Tools with which a region is marked."""


def families() -> dict[str, tuple[object, ...]]:
    """Words that the pages put together from a name: say(`defect.${defect}`)."""
    return {
        "defect": (*JEWELRY.defects, ANY),
        "tip": (*JEWELRY.defects, ANY, *(f"{name}.{of}" for name in BY_MATERIAL for of in MATERIALS)),
        "severity": SEVERITIES,
        "hub.hand": (*get_args(InHand), *get_args(Disposition)),
        "hub.said": get_args(Disposition),
        "hub.verdict": get_args(Outcome),
        "hub.by": get_args(By),
        "hub.severity": (*get_args(How), "isolated"),
        "hub.month": tuple(str(month) for month in range(1, 13)),
        "hub.procedure": get_args(Procedure),
        "hub.ninth": (*ROWS, *COLUMNS),
        "hub.bias.by": FACTORS,
        "hub.bias.told": get_args(Told),
        "hub.bias.variance": ("even", "middling", "free"),
        "hub.bias.light": ("dim", "middling", "bright"),
        "hub.bias.warmth": ("cold", "neutral", "warm"),
        "hub.byplan": get_args(Verdict),
        "hub.outcome": get_args(Verdict),
        "hub.define": get_args(By),
        "hub.moved": get_args(Moved),
        "hub.place": get_args(Place),
        "hub.signal": (
            *("beyond", "same-side", "trend", "alternating", "ewma", "cusum"),
            *("worsening", "rarer", "closer"),
        ),
        "hub.alert": (*_alert_texts(), HIGHEST, "network"),
        "hub.kind": get_args(AlertKind),
        "hub.limits.define": ("p-prime", "worsening"),
        "hub.message": ("waiting", "delivered", "dead"),
        "hub.failed": get_args(Fault),
        "hub.event": get_args(Event),
        "hub.role": get_args(Role),
        "hub.waits": get_args(Kind),
        "hub.lot_is": get_args(Act),
        "hub.lot_do": get_args(Act),
        "hub.lot_did": get_args(Act),
        "hub.agreed": AGREEMENTS,
        "hub.harvest_is": get_args(State),
        "hub.left": tuple(name for name in LeftOut({}, frozenset(), 0).as_json() if name != "no_consent"),
        "hub.fault": FAULTS,
        "hub.look": get_args(Outcome),
        "hub.mark": tuple(f"{tool}{form}" for tool in MARKING for form in ("", ".on", ".hint")),
        "hub.did": get_args(Action),
        "hub.field": (*LotBody.model_fields, *DesignBody.model_fields, *MicrofactoryBody.model_fields),
        "hub.was": get_args(Disposition),
        "hub.to_person": get_args(Disposition),
        "hub.done": get_args(Disposition),
        "hub.lost": get_args(Disposition),
        "hub.contest": ("overturned", "upheld"),
        "hub.show": get_args(Show),
        "hub.course": STATES,
        "hub.next": STATES,
        "hub.took": STEPS,
        "hub.take": tuple(step for step in STEPS if step != "opened"),
        "hub.compared": get_args(Compared),
        "changed": CHANGED,
        "hub.no_longer_kept": get_args(RemovedWhy),
        "hub.status": tuple(one for one in get_args(Status) if one != "retake"),
        "hub.price": tuple(one.name for one in QUALITY.entries),
        "hub.cost_kind": KINDS,
        "hub.spent": get_args(What),
        "hub.how": get_args(HowHeld),
        "hub.assume": (*(one.name for one in SHEET.entries), ESCAPE.name),
        "hub.from": get_args(Source),
        "hub.part": PARTS,
        "hub.mode": MODES,
        "hub.mode_network": MODES,
        "hub.mode_factory": MODES,
        "material": JEWELRY.materials,
        "category": JEWELRY.categories,
        "variance": VARIANCE_LEVELS,
        "fault": FAULTS,
        "fix": FAULTS,
        "view": get_args(View),
        "phrase": PHRASES,
        "status": tuple(offered("InspectionAnswer", "status")),
    }


def _alert_texts() -> list[str]:
    """Of what has limits, each rule; retakes have limits of p′ or none."""
    rules = [rule for rule in get_args(Rule) if rule not in ("scores", "misses")]
    of = [f"{family}.{rule}" for family in ("rate", "defect") for rule in rules]
    return of + [f"retakes.{rule}" for rule in rules if rule != "worsening"] + ["scores", "misses"]


def said_by_family() -> set[str]:
    return {f"{family}.{name}" for family, names in families().items() for name in names}


def said_by_the_service() -> set[str]:
    """Keys written out where the service makes charts and pages itself."""
    made = [path for kind in ("*.py", "*.j2") for path in SERVICE.rglob(kind)]
    text = "\n".join(path.read_text("utf-8") for path in made)
    return set(re.findall(r'\bsay\(\s*"([\w.]+)"', text))


def said_by_name() -> set[str]:
    """Keys written out in HTML and scripts, with the forms and second lines that they bring."""
    written = said_by_the_service()
    written |= set(re.findall(r'data-(?:word|label)="([\w.]+)"', text_of(".html")))
    written |= set(re.findall(r'"([a-z_]+(?:\.[a-z_]+)*)"', text_of(".js")))
    return {key + form for key in written for form in ("", ".more", ".one", ".other")} & set(WORDS)


def test_both_languages_name_the_same_values() -> None:
    uneven = [
        key
        for key, word in WORDS.items()
        if sorted(re.findall(r"\{\w+\}", word.en)) != sorted(re.findall(r"\{\w+\}", word.sw))
    ]
    assert uneven == []


def test_no_text_was_left_in_english() -> None:
    same = [key for key, word in WORDS.items() if word.en == word.sw]
    assert same == []


def test_every_answer_of_the_service_has_its_word() -> None:
    assert said_by_family() - set(WORDS) == set()


def test_every_word_asked_for_by_a_page_is_there() -> None:
    asked = set(re.findall(r'data-(?:word|label)="([\w.]+)"', text_of(".html")))
    asked |= set(re.findall(r'\bsay\(\s*"([\w.]+)"', text_of(".js")))
    counted = set(re.findall(r'\bsayCount\(\s*"([\w.]+)"', text_of(".js")))
    asked |= {f"{key}.{form}" for key in counted for form in ("one", "other")}
    asked |= said_by_the_service()
    assert asked - set(WORDS) == set()


def test_every_refusal_that_a_phone_may_meet_has_its_word() -> None:
    """A new kind of problem on the phone's routes must not come to her as "something did not fit"."""
    kinds = {
        kind
        for module in ANSWERS_TO_A_PHONE
        for kind in re.findall(
            r'(?:Problem|_refused)\(\s*\d+,\s*"([\w-]+)"', (SERVICE / module).read_text("utf-8")
        )
    }
    assert len(kinds) > 15
    named = set(re.findall(r'^  "?([\w-]+)"?: "(?:why|enter)\.', REFUSALS.read_text("utf-8"), re.MULTILINE))
    assert kinds - named - NOT_OUR_PHONE_S == set()
    assert named - kinds == set()


def test_every_family_that_a_page_asks_for_is_known_here() -> None:
    asked = set(re.findall(r"\bsay\(\s*`([a-z_]+)\.\$\{", text_of(".js")))
    assert asked - set(families()) == set()


def test_no_word_is_left_over() -> None:
    assert set(WORDS) - said_by_name() - said_by_family() == set()


def test_a_tip_speaks_of_no_other_material_and_of_no_sample() -> None:
    """A horn carver is not told to anneal, nor sent to a sample that she may not have."""
    own = {
        "brass": ("brass", "shaba", "anneal", "metal", "chuma", "lemon", "limau", "solder", "risasi"),
        "horn": ("horn", "pembe", "hot water", "maji ya moto"),
        "bone": ("bone", "mfupa"),
    }
    tips = {key: f"{word.en} {word.sw}".lower() for key, word in WORDS.items() if key.startswith("tip.")}
    assert [key for key, text in tips.items() if "sample" in text or "sampuli" in text] == []
    for name in JEWELRY.defects:
        for material in MATERIALS:
            text = tips.get(f"tip.{name}.{material}", tips[f"tip.{name}"])
            others = [word for other in MATERIALS if other != material for word in own[other]]
            foreign = [word for word in others if re.search(rf"\b{word}\b", text)]
            assert foreign == [], (name, material)


def test_an_instruction_for_the_camera_has_about_four_words() -> None:
    lengths = {f"fix.{fault}": len(WORDS[f"fix.{fault}"].sw.split()) for fault in FAULTS}
    assert {key: count for key, count in lengths.items() if count > 5} == {}
