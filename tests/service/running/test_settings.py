"""Settings: from the environment and the command line, and nothing is done before they are used."""

from pathlib import Path

import pytest

from ubora.service.app import create_app
from ubora.service.settings import Settings, SettingsError


def test_opening_the_app_reads_and_writes_nothing(tmp_path: Path) -> None:
    create_app(Settings(data=tmp_path / "var", releases=tmp_path / "none"))
    assert list(tmp_path.iterdir()) == []


def test_settings_come_from_the_environment_and_the_command_line_wins() -> None:
    environment = {"UBORA_PORT": "9000", "UBORA_WORKERS": "3", "HOME": "/root"}
    settings = Settings.from_environment(environment, port=9001, host=None)
    assert (settings.port, settings.workers, settings.host) == (9001, 3, "127.0.0.1")
    with pytest.raises(SettingsError, match="UBORA_PROT"):
        Settings.from_environment({"UBORA_PROT": "9000"})
    with pytest.raises(SettingsError, match="UBORA_PORT"):
        Settings.from_environment({"UBORA_PORT": "many"})
