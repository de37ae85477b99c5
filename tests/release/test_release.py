"""What the package says of itself, and the files that a release needs."""

from __future__ import annotations

import configparser
import importlib.util
import re
import shutil
import subprocess
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType

import pytest

from ibapi_port._command.completion import options_of
from ibapi_port._command.table import COMMANDS

from .compose import COMPOSE, DOCKERFILE, commands, entrypoint, image_extras

ROOT = Path(__file__).parents[2]
CONFIG = configparser.ConfigParser()
CONFIG.read(ROOT / "setup.cfg", encoding="utf-8")
METADATA = CONFIG["metadata"]


@pytest.fixture(scope="module")
def setup() -> ModuleType:
    spec = importlib.util.spec_from_file_location("setup_of_ibapi_port", ROOT / "setup.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_licence_and_classifiers() -> None:
    assert METADATA["license_expression"] == "MIT"
    classifiers = METADATA["classifiers"].strip().splitlines()
    assert "Framework :: Pytest" in classifiers
    assert "Programming Language :: Python :: 3.14" in classifiers
    assert not [one for one in classifiers if one.startswith("License ::")]  # SPDX says it


def test_the_entry_points_are_there() -> None:
    assert [one.value for one in entry_points(group="console_scripts", name="ibapi-port")] == [
        "ibapi_port._command:console"
    ]


def test_each_package_and_data_file_is_in_the_wheel() -> None:
    data = dict(CONFIG["options.package_data"])
    for path in (ROOT / "ibapi_port").rglob("*"):
        if path.suffix in (".py", ".pyc", "") or not path.is_file():
            continue
        package = ".".join(path.parent.relative_to(ROOT).parts)
        file = path.name
        has_code = (path.parent / "__init__.py").exists()
        if package.endswith(".data") or not has_code:  # a folder of data, below a package
            package, _, folder = package.rpartition(".")
            file = f"{folder}/{file}"
        globs = data.get(package, "").replace(",", " ").split()
        assert any(Path(file).match(glob) for glob in globs), f"{path} is in no wheel"


README = """![a picture](docs/a.svg) [LICENSE](LICENSE), [there](https://x.y/z), [above](#top)"""


def test_links_of_the_long_description(setup: ModuleType) -> None:
    made = setup.long_description(README, "https://host/project/blob/main/")
    assert made == (
        "![a picture](https://host/project/blob/main/docs/a.svg) "
        "[LICENSE](https://host/project/blob/main/LICENSE), [there](https://x.y/z), [above](#top)"
    )


def test_without_an_address_no_link_is_dead(setup: ModuleType) -> None:
    made = setup.long_description(README, "")
    assert made == " LICENSE, [there](https://x.y/z), [above](#top)"
    whole = setup.long_description((ROOT / "README.md").read_text(encoding="utf-8"), "")
    targets = re.findall(r"\]\(([^)]+)\)", whole)
    assert all(target.startswith(("https://", "#")) for target in targets)


def test_the_addresses_are_complete(setup: ModuleType) -> None:
    text = (ROOT / "setup.cfg").read_text(encoding="utf-8")
    block = re.search(r"^(# )?project_urls =\n((?:\1? {4}.*\n|# {5}.*\n)+)", text, re.MULTILINE)
    if block is None:  # in an sdist, which keeps no comments
        assert "project_urls" not in text
        return
    found = dict(re.findall(r"(\w+) = (\S+)", block[2]))
    assert set(found) == {"Source", "Documentation", "Changelog", "Issues"}
    if block[1]:  # there is no address yet
        assert set(found.values()) == {"..."}
    else:
        assert all(one.startswith("https://") and "HOST" not in one for one in found.values())
        assert setup.source_url(text) == found["Source"]


def test_the_address_is_found(setup: ModuleType) -> None:
    assert setup.source_url("project_urls =\n    Source = https://x/y\n") == "https://x/y"
    assert setup.source_url("# project_urls =\n#     Source = ...\n") == ""


def test_the_sdist_takes_along_what_its_tests_need() -> None:
    text = (ROOT / "MANIFEST.in").read_text(encoding="utf-8")
    for folder in ("tests", "samples", "docs", "docker", ".ci"):
        assert f"recursive-include {folder} *" in text
    for line in text.splitlines():
        if line.startswith("include "):
            for name in line.split()[1:]:
                assert (ROOT / name).exists(), name


# --- docker/ ---


def test_the_services_are_commands_of_ours() -> None:
    services = commands()
    assert set(services) == {"tws", "demo", "rest"}
    for command, *words in services.values():
        flags = {option.flag for option in options_of(COMMANDS[command])}
        assert {word for word in words if word.startswith("--")} <= flags


def test_nothing_is_published_beyond_the_machine_and_no_secret_is_told() -> None:
    text = (ROOT / "docker" / "compose.yaml").read_text(encoding="utf-8")
    published = re.findall(r'^      - "(.*:\d+:\d+)"', text, re.MULTILINE)
    assert published
    assert all(one.startswith("127.0.0.1:") for one in published)
    assert not re.search(r"password|userid|username", text.replace("has no password", ""), re.I)


def test_the_image_runs_the_command() -> None:
    assert entrypoint() == ["ibapi-port"]
    assert "USER trader" in DOCKERFILE.read_text(encoding="utf-8").splitlines()


def test_the_image_has_what_the_services_need() -> None:
    assert set(image_extras()) <= set(CONFIG["options.extras_require"])
    assert {"protobuf", "rest"} <= set(image_extras())  # for newer TWS, and the service `rest`


def test_compose_takes_the_file() -> None:
    for command in (["docker", "compose"], ["docker-compose"]):
        path = shutil.which(command[0])
        if path is None or subprocess.run([*command, "version"], capture_output=True).returncode:
            continue
        done = subprocess.run(
            [*command, "-f", str(COMPOSE), "config", "--quiet"], capture_output=True, text=True
        )
        assert (done.returncode, done.stderr) == (0, "")
        return
    pytest.skip("there is no docker compose here")
