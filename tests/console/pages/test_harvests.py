"""A harvest on the console: seen before it is made, made, downloaded, deleted."""

import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.console.pages.opened import check_sizes, opened
from tests.parts.browser import Open, in_a_browser
from tests.parts.served import Town, tarnished
from ubora.datasets.manifest import read_manifest

pytestmark = [pytest.mark.slow, in_a_browser]


def test_what_would_be_in_it_is_told_then_it_is_made_downloaded_and_deleted(
    town: Town, open_page: Open, tmp_path: Path
) -> None:
    for seed, (disposition, phrases) in enumerate((("accept", []), ("reject", []), ("accept", ["face"]))):
        piece = town.send(tarnished(seed), piece=str(seed)).json()["id"]
        town.review(piece, disposition, phrases=phrases)
    page = opened(open_page, "Omondi", "#harvests")
    plan = page.locator("section[aria-label='What would be in it now']")
    expect(plan).to_contain_text("tarnish1")
    expect(plan.locator(".harvest-left")).to_contain_text("Pieces with a person in a photo: 1")
    page.check("#harvests >> text=reject")
    expect(plan.locator(".harvest-left")).to_contain_text("Decided pieces that are not asked for: 2")
    page.fill("[name=name]", "rejected")
    page.click("text=Make it")
    job = page.locator(".harvest-job")
    expect(job).to_contain_text("Ready")
    with page.expect_download() as taken:
        page.click("[aria-label='Download rejected']")
    zipfile.ZipFile(taken.value.path()).extractall(tmp_path)
    manifest = read_manifest(tmp_path / "rejected")
    assert [sample.defect_names() for sample in manifest] == [{"tarnish"}]
    job.locator("summary").click()
    expect(job).to_contain_text(manifest.fingerprint())
    expect(job.locator("pre")).to_contain_text("ubora train run rejected --recipe fine-tune")
    check_sizes(page, "harvests")
    page.click("[aria-label='Delete rejected']")
    page.click("dialog >> text=Delete >> nth=-1")
    expect(job).to_have_count(0)


def test_it_is_for_those_who_train(town: Town, open_page: Open) -> None:
    page = opened(open_page, "Wanjiku", "#harvests")
    expect(page.locator("#harvests")).to_contain_text("Datasets are made by engineers and admins.")
