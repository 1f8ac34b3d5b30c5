"""`ubora admin staff`: people from a shell of the server."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.parts.served import PASSWORD, STAFF, Town
from ubora.command import main


def _who(client: httpx.Client) -> int:
    return client.get("/v1/session").status_code


def _audit(town: Town) -> list[tuple[str, str]]:
    lines = town.client("admin").get("/v1/audit?limit=200").json()["items"]
    return [(line["actor"], line["action"]) for line in lines]


@contextmanager
def _typed(monkeypatch: pytest.MonkeyPatch, text: str) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setattr("sys.stdin", io.StringIO(text))
        yield


def test_the_command_adds_lists_renews_and_disables_staff(
    town: Town, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def admin(*words: str, typed: str = "") -> tuple[int, str]:
        with _typed(monkeypatch, typed):
            code = main(["admin", "staff", *words, *town.ledger_options])
        out, err = capsys.readouterr()
        return code, out + err

    code, said = admin("add", "Achieng", "--role", "admin", typed=f"{PASSWORD}\n")
    assert (code, said) == (0, "added     Achieng, admin\n")
    achieng = town.log_in("Achieng")
    assert achieng.get("/v1/me").json()["role"] == "admin"
    assert admin("add", "achieng", typed=f"{PASSWORD}\n")[0] == 1
    code, said = admin("add", "Mutua", typed="password1234\n")
    assert (code, "very common" in said) == (1, True)
    code, said = admin("password", "Achieng", "--generate")
    assert code == 0
    assert _who(achieng) == 401
    achieng = town.log_in("Achieng", said.split()[1])
    assert admin("disable", "ACHIENG") == (0, "disabled  Achieng\n")
    assert _who(achieng) == 401
    code, said = admin("list")
    assert [line.split()[:2] for line in said.splitlines()] == [
        ["Achieng", "admin"],
        *([name, STAFF[name]] for name in ("Njeri", "Omondi", "Wanjiku")),
    ]
    assert "disabled" in said.splitlines()[0]
    code, said = admin("disable", "Njeri")
    assert (code, "only admin" in said) == (1, True)
    assert admin("add", "a\x07b", "--generate")[0] == 1
    code, said = admin("disable", "Nobody")
    assert (code, "expected one of: Achieng, Njeri" in said) == (1, True)
    assert admin("enable", "Achieng")[0] == 0
    assert admin("role", "Njeri", "reviewer") == (0, "role      Njeri, reviewer\n")
    assert {
        actor.split(" ", 1)[1] for actor, action in _audit(town) if action == "staff-added" and " " in actor
    } >= {"at the server"}


def test_the_command_makes_no_ledger_where_none_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["admin", "staff", "list", "--data", str(tmp_path / "typo")]) == 1
    assert "no ledger there" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
