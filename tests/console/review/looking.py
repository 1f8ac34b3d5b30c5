"""What a reviewer sees of the stage, for the tests of her page.

page = at_the_stage(open_page)
scale, x, y = looked_at(page)
"""

from playwright.sync_api import FloatRect, Page, expect

from tests.parts.browser import Open

PANE, PHOTO = "#stage-photo .pane", "#stage-photo .pane .photo"


def at_the_stage(open_page: Open, who: str = "reviewer", scheme: str = "light") -> Page:
    """The console, open at its first piece, of which the photo is there."""
    page = open_page("console", who, scheme=scheme)
    expect(page.locator(PHOTO).first).to_be_visible()
    return page


def box_of(page: Page, selector: str, nth: int = 0) -> FloatRect:
    """CSS pixels."""
    found = page.locator(selector).nth(nth).bounding_box()
    assert found is not None
    return found


def middle_of(box: FloatRect) -> tuple[float, float]:
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def looked_at(page: Page, nth: int = 0) -> tuple[float, float, float]:
    """How many times larger than its pane asks a photo is, and the place in the middle, 0–1 of its sides."""
    pane, photo = box_of(page, PANE, nth), box_of(page, PHOTO, nth)
    fit = min(pane["width"], pane["height"] * photo["width"] / photo["height"])
    x, y = middle_of(pane)
    scale = photo["width"] / fit
    return (
        round(scale, 2),
        round((x - photo["x"]) / photo["width"], 2),
        round((y - photo["y"]) / photo["height"], 2),
    )


def shown_photo(page: Page) -> str:
    """The number and view of the photo on the stage."""
    return page.locator("#photo-choice [aria-pressed=true]").inner_text()
