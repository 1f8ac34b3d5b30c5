"""A contest that the hub refuses: why, in her language, and hers to send again or to drop."""

import json
import uuid

import pytest
from playwright.sync_api import Page, Route, expect

from tests.parts.browser import Open, in_a_browser, photo_file, stored
from tests.parts.served import Town, clean
from tests.phone.contesting import appeals, flagged, open_the_piece, press, speak_for_a_second

pytestmark = [pytest.mark.slow, in_a_browser]


def test_what_the_hub_holds_wins_over_a_refused_contest_which_can_be_sent_once_that_is_decided(
    town: Town, open_page: Open
) -> None:
    page = open_page("phone", "artisan")
    page.context.grant_permissions(["microphone"], origin=town.url)
    flagged(page)
    speak_for_a_second(page)
    (inspection,) = stored(town)
    of_another_phone = f"/v1/inspections/{inspection['id']}/appeals/{uuid.uuid4()}"
    said = {"context": (None, json.dumps({"note": "Look."}))}
    assert town.client("artisan").put(of_another_phone, files=said).status_code == 201
    press(page, "Ask the hub to look again")
    expect(page.locator(".course .now")).to_have_text("The hub looks again")
    expect(page.locator(".contest.offer")).to_contain_text("is looking at this piece again already")
    expect(page.locator(".kept audio")).to_be_visible()
    expect(page.locator(".contest").get_by_role("button", name="Ask the hub again")).to_have_count(0)
    (draft,) = appeals(page)
    assert (draft["state"], draft["voice"] > 0) == ("draft", True)

    assert town.review(inspection["id"], "rework", note="The stain stays.").is_success
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator(".contest.upheld")).to_contain_text("The stain stays.")
    press(page, "Ask the hub again")
    expect(page.locator(".course .now")).to_have_text("The hub looks again")
    expect(page.locator(".contest.offer")).to_have_count(0)
    appeal = stored(town)[0]["appeal"]
    assert (appeal["outcome"], bool(appeal["voice_url"])) == ("waiting", True)
    assert appeals(page) == []


def refuse_once(page: Page, kind: str, detail: str) -> list[str]:
    refused: list[str] = []

    def refuse(route: Route) -> None:
        if route.request.method != "PUT" or refused:
            route.continue_()
            return
        refused.append(route.request.url)
        body = {"type": f"/problems/{kind}", "title": "No", "status": 422, "detail": detail}
        route.fulfill(status=422, content_type="application/problem+json", body=json.dumps(body))

    page.route("**/appeals/*", refuse)
    return refused


def test_a_refused_contest_says_why_in_her_language_and_is_hers_to_send_again(
    town: Town, open_page: Open
) -> None:
    page = open_page("phone", "artisan", locale="sw-KE")
    refused = refuse_once(page, "broken-photo", "photo: truncated file")
    flagged(page)
    page.set_input_files(".contest input", photo_file(clean()))
    expect(page.locator(".kept img")).to_be_visible()
    press(page, "Omba waangalie tena")
    offer = page.locator(".contest.offer")
    expect(offer.locator(".stop-text")).to_have_text(
        "Kituo hakikuweza kuipokea. Haikufunguka kituoni. Tafadhali itengeneze upya."
    )
    page.reload()
    open_the_piece(page)
    expect(offer).not_to_contain_text("truncated")
    expect(page.locator(".kept img")).to_be_visible()
    press(page, "Omba kituo tena")
    expect(page.locator(".course .now")).to_have_text("Kituo kinaangalia tena")
    appeal = stored(town)[0]["appeal"]
    assert appeal["photo_url"]
    assert not refused[0].endswith(appeal["id"])  # the hub may hold something else under the old one


def test_a_refused_contest_can_be_dropped_and_begun_anew(town: Town, open_page: Open) -> None:
    page = open_page("phone", "artisan")
    refuse_once(page, "no-such-kind", "something new")
    flagged(page)
    page.set_input_files(".contest input", photo_file(clean()))
    expect(page.locator(".kept img")).to_be_visible()
    press(page, "Ask the hub to look again")
    expect(page.locator(".contest .stop-text")).to_contain_text("Something did not fit.")
    press(page, "Drop it")
    expect(page.locator(".contest")).to_contain_text("Do you see it differently?")
    expect(page.locator(".kept, .contest .stop-text")).to_have_count(0)
    assert appeals(page) == []
    press(page, "Ask the hub to look again")
    expect(page.locator(".course .now")).to_have_text("The hub looks again")
    assert stored(town)[0]["appeal"]["photo_url"] is None


def test_the_sentence_that_an_older_app_kept_is_not_shown_and_the_contest_can_be_repeated(
    town: Town, open_page: Open
) -> None:
    page = open_page("phone", "artisan")
    flagged(page)
    page.evaluate(
        """async () => {
             const { Store } = await import("./store.js");
             const store = await Store.open();
             const [piece] = await store.all("pieces");
             const appeal = { id: "old", state: "refused", why: "voice: not a voice note" };
             await store.changePiece(piece.id, { appeal });
             store.database.close();
           }"""
    )
    page.reload()
    open_the_piece(page)
    expect(page.locator(".contest .stop-text")).to_have_text(
        "The hub could not take it. Something did not fit. Please try again, or ask the hub."
    )
    press(page, "Ask the hub again")
    expect(page.locator(".course .now")).to_have_text("The hub looks again")
    assert stored(town)[0]["appeal"]["outcome"] == "waiting"
