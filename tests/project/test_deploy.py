"""What stands under deploy/ fits what it is for, as far as it can be told without a container engine.

promtool, caddy and systemd-analyze are asked where they are installed.
"""

import configparser
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests import ROOT
from ubora.service.http.observe import Metrics
from ubora.service.settings import Settings

DEPLOY = ROOT / "deploy"
PROGRAMS = Path(sys.executable).parent


def _run(*words: str | Path, **environment: str) -> str:
    line = [str(word) for word in words]
    done = subprocess.run(
        line, cwd=DEPLOY, env=os.environ | environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def _installed(program: str) -> str:
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"{program} is not installed")
    return found


def test_the_image_is_built_as_its_linter_wants() -> None:
    assert _run(PROGRAMS / "hadolint", "Dockerfile") == ""


def test_the_image_copies_only_what_is_there() -> None:
    copied = re.findall(
        r"^COPY (?!--from)(.+) \S+$", (DEPLOY / "Dockerfile").read_text("utf-8"), re.MULTILINE
    )
    assert [name for line in copied for name in line.split() if not (ROOT / name).exists()] == []


def test_compose_fits_its_schema() -> None:
    _run(PROGRAMS / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", "compose.yaml")


def test_the_resources_of_kubernetes_fit_their_schemas() -> None:
    said = _run(PROGRAMS / "kubernetes-validate", "kubernetes.yaml")
    assert len(re.findall(r"passed for resource", said)) == 6


def test_every_setting_that_is_named_is_one() -> None:
    files = ("Dockerfile", "compose.yaml", "kubernetes.yaml", "ubora.service", "start.sh")
    named = {
        name for file in files for name in re.findall(r"UBORA_([A-Z_]+)", (DEPLOY / file).read_text("utf-8"))
    }
    # What the proxy is asked for, which the service does not read.
    assert named - {field.upper() for field in Settings.model_fields} == {"HOSTNAME"}


def test_every_variable_of_compose_stands_in_the_example() -> None:
    asked = set(re.findall(r"\$\{(\w+):\?\}", (DEPLOY / "compose.yaml").read_text("utf-8")))
    lines = (DEPLOY / "example.env").read_text("utf-8").splitlines()
    assert asked == {line.partition("=")[0] for line in lines if not line.startswith("#")}


def _expressions() -> list[str]:
    rules = yaml.safe_load((DEPLOY / "alerts.yaml").read_text("utf-8"))["groups"][0]["rules"]
    panels = json.loads((DEPLOY / "grafana.json").read_text("utf-8"))["panels"]
    return [rule["expr"] for rule in rules] + [one["expr"] for panel in panels for one in panel["targets"]]


def test_every_metric_that_is_asked_for_is_told() -> None:
    told = {metric.name for metric in Metrics().registry.collect()}
    asked = {name for text in _expressions() for name in re.findall(r"\bubora_\w+", text)}
    ends = re.compile(r"_(bucket|count|sum|total)$")
    assert {name for name in asked if ends.sub("", name) not in told} == set()


def test_alerts_come_when_they_should_and_not_before() -> None:
    promtool = _installed("promtool")
    assert "SUCCESS" in _run(promtool, "test", "rules", "alerts.test.yaml")


def test_the_proxy_is_one_that_caddy_takes() -> None:
    caddy = _installed("caddy")
    command = (caddy, "validate", "--adapter", "caddyfile", "--config", "Caddyfile")
    assert "Valid configuration" in _run(*command, UBORA_HOSTNAME="hub.example.org")


def test_the_unit_is_one_that_systemd_reads() -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read(DEPLOY / "ubora.service")
    assert unit["Service"]["ExecStart"] == "/opt/ubora/bin/ubora serve"
    analyze = _installed("systemd-analyze")
    said = _run(analyze, "security", "--offline=true", DEPLOY / "ubora.service")
    exposure = re.search(r"exposure level for \S+: ([\d.]+)", said)
    assert exposure is not None
    # Below 5 it calls a unit OK.
    assert float(exposure[1]) < 5
