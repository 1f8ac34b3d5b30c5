"""A phone that changes hands: what was begun for one workshop is neither asked on nor kept for the next."""

from typing import Any

import pytest
from playwright.sync_api import Error, Page, Request, Route, expect

from tests.parts.browser import Open, fact, in_a_browser, line, queued, stored, take, wait_for
from tests.parts.served import OTHER, OWN, Town, clean, tarnished

pytestmark = [pytest.mark.slow, in_a_browser]


class Held:
    """Requests of one kind that get no answer until they are let go, and then perhaps a bad one."""

    def __init__(self, page: Page, pattern: str, most: int = 1) -> None:
        self.routes: list[Route] = []
        self._most = most
        page.route(pattern, self._hold)

    def _hold(self, route: Route) -> None:
        if len(self.routes) < self._most:
            self.routes.append(route)
        else:
            route.continue_()

    def let_go(self, **answer: Any) -> None:
        for route in self.routes:
            try:
                if answer:
                    route.fulfill(**answer)
                else:
                    route.continue_()
            except Error:  # the page does not wait for it any more
                pass


def asked_of(page: Page, town: Town) -> dict[str, list[str]]:
    """Paths of the requests to the hub by whose token they carry, as they come."""
    names = {f"Bearer {token}": who for who, token in town.tokens.items()}
    found: dict[str, list[str]] = {who: [] for who in town.tokens}

    def note(request: Request) -> None:
        who = names.get(request.headers.get("authorization", ""))
        if who:
            found[who].append(request.url.removeprefix(town.url))

    page.on("request", note)
    return found


def hand_over(page: Page, town: Town, who: str) -> None:
    page.goto(f"{town.url}/phone/#token={town.tokens[who]}")
    expect(page.locator("#screen-home")).to_be_visible()


def told(page: Page) -> None:
    """The hub's answers have come and were written down."""
    wait_for(page, lambda: fact(page, "summary") is not None)


@pytest.mark.parametrize("pattern", ["**/v1/inspections?*", "**/v1/lots?*", "**/summary?*"])
def test_news_that_were_asked_for_one_workshop_are_nothing_for_the_next(
    town: Town, open_page: Open, pattern: str
) -> None:
    town.client("admin").put(
        "/v1/lots/PO-1", json={"microfactory": OWN, "design": "disc", "pieces": 5, "views": ["front"]}
    )
    others = town.send(clean(), who="other", microfactory=OTHER).json()
    page = open_page("phone", "artisan")
    told(page)
    town.send(clean(1))  # later than the other's piece: who keeps that time has no news of it
    asked, held = asked_of(page, town), Held(page, pattern)
    page.evaluate("dispatchEvent(new Event('online'))") if "lots" not in pattern else page.reload()
    wait_for(page, lambda: bool(held.routes))
    hand_over(page, town, "other")
    before = len(asked["artisan"])
    held.let_go()
    told(page)
    expect(page.locator("#workshop")).to_have_text(OTHER)
    expect(page.locator("#pieces .piece")).to_have_count(1)
    assert fact(page, "summary")["microfactory"] == OTHER  # type: ignore[index]
    assert fact(page, "lots") == []
    assert fact(page, "change") == others["change"]
    # Nobody asks for the workshop before, with either token.
    assert [path for path in asked["other"] if OWN in path] == []
    assert len(asked["artisan"]) == before


def test_a_refusal_of_the_token_before_does_not_throw_the_next_one_out(town: Town, open_page: Open) -> None:
    page = open_page("phone", "artisan")
    told(page)
    held = Held(page, "**/v1/inspections?*")
    page.evaluate("dispatchEvent(new Event('online'))")
    wait_for(page, lambda: bool(held.routes))
    hand_over(page, town, "other")
    held.let_go(status=401, content_type="application/problem+json", body='{"type": "/problems/no-token"}')
    told(page)
    expect(page.locator("#screen-home")).to_be_visible()
    assert page.evaluate("localStorage.getItem('ubora.token')") == town.tokens["other"]


@pytest.mark.parametrize("pattern", ["**/v1/uploads/*", "**/v1/inspections/*"])
def test_a_piece_on_its_way_waits_until_its_own_workshop_is_back_and_arrives_once(
    town: Town, open_page: Open, pattern: str
) -> None:
    page = open_page("phone", "artisan")
    told(page)
    asked, held = asked_of(page, town), Held(page, pattern)
    take(page, tarnished())
    wait_for(page, lambda: bool(held.routes))
    (piece,) = queued(page)
    hand_over(page, town, "other")
    held.let_go()
    line(page, 0, 0)  # hers is not this workshop's
    take(page, clean(1))
    line(page, 0, 1)
    (waiting,) = (one for one in queued(page) if one["id"] == piece["id"])
    assert waiting["state"] in ("waiting", "sending")
    assert [
        path for path in asked["other"] if piece["id"] in path or waiting["photos"][0]["id"] in path
    ] == []
    hand_over(page, town, "artisan")
    line(page, 0, 1)
    found = sorted((one["microfactory"], one["id"]) for one in stored(town))
    assert [(workshop, name == piece["id"]) for workshop, name in found] == [(OTHER, False), (OWN, True)]


def test_what_belongs_together_is_not_asked_on_with_anothers_token(open_page: Open) -> None:
    page = open_page("phone", "artisan")
    found = page.evaluate(
        """async () => {
             const { Wire, NoNetwork, HandedOver } = await import("./wire.js");
             let token = "ub_one";
             const wire = new Wire({ get: () => token });
             const line = wire.heldBy("ub_one");
             const asked = [];
             const fetched = globalThis.fetch;
             globalThis.fetch = async (path, ...more) => {
               // The app itself may ask for something meanwhile.
               if (!["/first", "/slow", "/after", "/another"].includes(path)) return fetched(path, ...more);
               asked.push(path);
               if (path === "/slow") token = "ub_two";
               return new Response("{}", { status: path === "/slow" ? 401 : 200 });
             };
             const kinds = [HandedOver, NoNetwork];
             const fault = (error) => [...kinds.map((kind) => error instanceof kind), error.status ?? null];
             const faults = [];
             for (const path of ["/first", "/slow", "/after"]) {
               await line.get(path).catch((error) => faults.push(fault(error)));
             }
             await wire.get("/another");
             globalThis.fetch = fetched;
             return { asked, faults, reached: wire.reached };
           }"""
    )
    handed_over = [True, True, None]
    assert found == {"asked": ["/first", "/slow", "/another"], "faults": [handed_over] * 2, "reached": True}


def test_a_phone_killed_while_it_changed_hands_asks_whose_it_is(town: Town, open_page: Open) -> None:
    page = open_page("phone", "artisan")
    told(page)
    # The new token is written, whose it is not yet.
    page.evaluate("token => localStorage.setItem('ubora.token', token)", town.tokens["other"])
    asked = asked_of(page, town)
    page.reload()
    expect(page.locator("#workshop")).to_have_text(OTHER)
    told(page)
    assert [path for path in asked["other"] if OWN in path] == []


def test_two_links_opened_one_after_the_other_leave_the_phone_with_the_last(
    town: Town, open_page: Open
) -> None:
    page = open_page("phone", "artisan")
    told(page)
    held = Held(page, "**/v1/me")
    page.goto(f"{town.url}/phone/#token={town.tokens['other']}")
    wait_for(page, lambda: bool(held.routes))
    page.goto(f"{town.url}/phone/#token={town.tokens['artisan']}")
    held.let_go()
    expect(page.locator("#workshop")).to_have_text(OWN)
    told(page)
    # The name on the page is the one from before: whose link was last is known by the token alone.
    wait_for(page, lambda: fact(page, "token") == town.tokens["artisan"])
