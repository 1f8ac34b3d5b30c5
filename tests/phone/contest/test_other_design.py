"""What the hub corrected reaches her phone: as what a piece was sent, what it is, where its defect is."""

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.parts.browser import Open, in_a_browser, stored, take, verdict
from tests.parts.regions import region
from tests.parts.served import Town, tarnished
from tests.phone.contest.test_her_contest import hear_the_news
from tests.service.queue.asking import decide
from tests.service.wrong_design.saying import design, say

pytestmark = [pytest.mark.slow, in_a_browser]


def test_she_is_told_as_what_it_was_sent_and_shown_what_a_person_marked(town: Town, open_page: Open) -> None:
    ring, reviewer = design(town), town.client("reviewer")
    page = open_page("phone", "artisan")
    take(page, tarnished())
    verdict(page, "pending")
    expect(page.locator("[data-key=other-design]")).to_have_count(0)
    (piece,) = stored(town)
    mask = np.zeros((240, 320), bool)
    mask[100:120, 150:180] = True
    say(reviewer, piece["id"], ring)
    decide(reviewer, piece["id"], "rework", defects=[{"defect": "dent", "mask": region(mask)}])
    hear_the_news(page)
    verdict(page, "rework")
    told = "This was sent as Disc. The hub says that it is Ring."
    expect(page.locator("[data-key=other-design]")).to_have_text(told)
    expect(page.locator("#screen-piece .photo-regions")).to_be_visible()
    say(reviewer, piece["id"], None)
    hear_the_news(page)
    expect(page.locator("[data-key=other-design]")).to_contain_text("no design that it knows")
