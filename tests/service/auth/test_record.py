"""The audit of what is not a right: designs, their photos and workshops, with what each was before."""

from typing import Any

from tests.parts.served import DESIGN, Town, clean


def told(town: Town) -> list[tuple[str, str, str, dict[str, str]]]:
    """What there is on record, the latest first."""
    lines: list[dict[str, Any]] = town.client("admin").get("/v1/audit").json()["items"]
    return [(line["actor"], line["action"], line["subject"], line["facts"]) for line in lines]


def test_a_design_that_is_made_and_changed_is_on_record_with_what_it_was(town: Town) -> None:
    engineer, admin = town.client("engineer"), town.client("admin")
    ring = DESIGN.model_copy(update={"name": "Ring", "category": "ring"}).model_dump()
    engineer.put("/v1/designs/ring", json=ring)
    for _ in range(2):  # the second changes nothing and says nothing
        admin.put("/v1/designs/ring", json=ring | {"approved_high": 4, "name": "Tsavo ring"})
    edited = {"name": "Tsavo ring", "name_was": "Ring", "approved_high": "4", "approved_high_was": "5"}
    made = {name: str(value) for name, value in ring.items()} | {"views": "front"}
    assert told(town)[:2] == [
        ("admin", "design-edited", "ring", edited),
        ("engineer", "design-made", "ring", made),
    ]


def test_photos_that_stand_for_a_design_are_on_record_by_their_hashes(town: Town) -> None:
    engineer = town.client("engineer")

    def replace(seed: int) -> str:
        photos = [("photo", ("photo.jpg", clean(seed)))]
        (url,) = engineer.put("/v1/designs/disc/approved", files=photos).json()["approved_photos"]
        return str(url.rsplit("/", 1)[1])

    first, second = replace(1), replace(2)
    assert replace(2) == second
    assert told(town)[:2] == [
        ("engineer", "design-photos", "disc", {"name": "Disc", "photos": second, "photos_was": first}),
        ("engineer", "design-photos", "disc", {"name": "Disc", "photos": first, "photos_was": ""}),
    ]


def test_a_workshop_that_is_made_and_changed_is_on_record_with_what_it_was(town: Town) -> None:
    admin, place = town.client("admin"), {"name": "Kibera 1", "place": "Kibera"}
    admin.put("/v1/microfactories/mf-kibera", json=place)
    for _ in range(2):
        admin.put("/v1/microfactories/mf-kibera", json=place | {"name": "Kibera Brass Works"})
    edited = {"name": "Kibera Brass Works", "name_was": "Kibera 1"}
    assert told(town) == [
        ("admin", "microfactory-edited", "mf-kibera", edited),
        ("admin", "microfactory-made", "mf-kibera", place),
        *told(town)[2:],
    ]
    assert {action for _, action, _, _ in told(town)[2:]} == {"staff-added"}
