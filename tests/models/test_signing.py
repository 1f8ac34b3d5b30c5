"""Who vouches for a release: what is signed is served where keys are trusted, and nothing else is."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.parts.served import serve
from ubora.command import main
from ubora.models.bundle import BundleError, read_bundle
from ubora.models.registry.promotion import promote
from ubora.models.registry.releases import read_aliases
from ubora.models.signing import SIGNATURE, KeyFileError, TrustedKeys, sign


def _openssl(*words: str | Path) -> None:
    subprocess.run(["openssl", *words], check=True, capture_output=True)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with key pairs as openssl makes them: `ours`, `theirs`, and `rsa` of another kind."""
    folder = tmp_path_factory.mktemp("keys")
    for name, kind in (("ours", "ed25519"), ("theirs", "ed25519"), ("rsa", "rsa")):
        _openssl("genpkey", "-algorithm", kind, "-out", folder / f"{name}.pem")
        _openssl("pkey", "-in", folder / f"{name}.pem", "-pubout", "-out", folder / f"{name}.pub")
    return folder


@pytest.fixture
def own(tmp_path: Path, releases: Path) -> Path:
    """A copy of the releases, to be changed."""
    return Path(shutil.copytree(releases, tmp_path / "releases"))


def test_a_release_is_of_whoever_signed_it(own: Path, keys: Path) -> None:
    folder = own / "tiny-1"
    record = read_bundle(folder)
    ours = sign(record, folder, keys / "ours.pem")
    assert TrustedKeys.read(keys / "ours.pub").check(record, folder) == ours
    with pytest.raises(BundleError, match=f"signed by {ours}; expected a signature of"):
        TrustedKeys.read(keys / "theirs.pub").check(record, folder)


def test_several_sign_and_one_who_is_trusted_is_enough(own: Path, keys: Path, tmp_path: Path) -> None:
    folder = own / "tiny-1"
    record = read_bundle(folder)
    for name in ("theirs", "ours", "ours"):
        sign(record, folder, keys / f"{name}.pem")
    assert len((folder / SIGNATURE).read_text().splitlines()) == 2
    both = tmp_path / "both.pub"
    both.write_bytes((keys / "theirs.pub").read_bytes() + (keys / "ours.pub").read_bytes())
    for trusted in (keys / "ours.pub", keys / "theirs.pub", both):
        TrustedKeys.read(trusted).check(record, folder)


def test_a_signature_of_another_record_is_none(own: Path, keys: Path) -> None:
    folder = own / "tiny-1"
    record = read_bundle(folder)
    sign(record.model_copy(update={"record_sha256": "0" * 64}), folder, keys / "ours.pem")
    with pytest.raises(BundleError, match="not of this release"):
        TrustedKeys.read(keys / "ours.pub").check(record, folder)


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        (b"", "not signed"),
        (b"no signature", "expected lines of"),
        (b"\xff\xfe", "expected lines of"),
        (b"0123456789abcdef AAAA\n", "signed by 0123456789abcdef; expected"),
    ],
)
def test_what_is_no_signature_vouches_for_nothing(own: Path, keys: Path, written: bytes, fault: str) -> None:
    folder = own / "tiny-1"
    (folder / SIGNATURE).write_bytes(written)
    with pytest.raises(BundleError, match=fault):
        TrustedKeys.read(keys / "ours.pub").check(read_bundle(folder), folder)


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("ours.pem", "no public key"),
        ("rsa.pub", "another kind, expected Ed25519"),
        ("none.pub", "No such file"),
    ],
)
def test_a_file_without_a_usable_public_key_is_said(keys: Path, name: str, fault: str) -> None:
    with pytest.raises(KeyFileError, match=fault):
        TrustedKeys.read(keys / name)


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("ours.pub", "no private key"),
        ("rsa.pem", "another kind, expected Ed25519"),
        ("none.pem", "No such file"),
    ],
)
def test_a_file_without_a_usable_private_key_is_said(own: Path, keys: Path, name: str, fault: str) -> None:
    folder = own / "tiny-1"
    with pytest.raises(KeyFileError, match=fault):
        sign(read_bundle(folder), folder, keys / name)


def test_commands_sign_verify_and_promote_only_what_is_signed(
    own: Path, keys: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.move(own / "aliases.json", own / "aliases.before")
    places = ["--releases", str(own)]
    trusted = ["--release-keys", str(keys / "ours.pub")]
    promoting = ["model", "promote", "tiny-1", "--force", "--why", "a test", *places, *trusted]
    assert main(promoting) == 1
    assert "not signed, no bundle.sig" in capsys.readouterr().err
    assert read_aliases(own).champion is None
    assert main(["model", "sign", "tiny-1", "--key", str(keys / "ours.pem"), *places]) == 0
    assert main(["model", "verify", "tiny-1", *places, *trusted]) == 0
    assert ", signed by " in capsys.readouterr().out
    assert main(promoting) == 0
    assert read_aliases(own).champion == "tiny-1"


def test_a_service_that_trusts_keys_serves_nothing_else_and_takes_it_once_it_is_signed(
    own: Path, keys: Path, tmp_path: Path
) -> None:
    with serve(tmp_path, own, release_keys=keys / "ours.pub") as town:
        refused = town.client(None).get("/health/ready")
        assert (refused.status_code, "not signed" in refused.text) == (503, True)
        sign(read_bundle(own / "tiny-1"), own / "tiny-1", keys / "ours.pem")
        assert town.state.champion.refresh()
        assert town.client(None).get("/health/ready").status_code == 200


def test_a_promotion_from_the_console_is_held_to_the_keys_too(own: Path, keys: Path, tmp_path: Path) -> None:
    shutil.copytree(own / "tiny-1", own / "of-nobody")
    sign(read_bundle(own / "tiny-1"), own / "tiny-1", keys / "ours.pem")
    with serve(tmp_path, own, release_keys=keys / "ours.pub") as town:
        body = {"alias": "champion", "seen": "tiny-1", "why": "a test", "force": True}
        answer = town.log_in("Njeri").post("/v1/releases/of-nobody/promotion", json=body)
        assert (answer.status_code, answer.json()["type"].rsplit("/")[-1]) == (409, "release")
        assert "not signed" in answer.json()["detail"]
    assert read_aliases(own).champion == "tiny-1"


def test_without_keys_a_signature_is_no_matter(own: Path) -> None:
    (own / "tiny-1" / SIGNATURE).write_text("whatever")
    shutil.move(own / "aliases.json", own / "aliases.before")
    assert promote(own, "tiny-1", why="a test", force=True).champion == "tiny-1"
