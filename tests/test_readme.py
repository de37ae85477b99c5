"""The README keeps its promises: its commands are there, and its Python parses."""

from __future__ import annotations

import ast
import re
from pathlib import Path

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def test_the_first_two_shell_blocks_are_the_main_job_and_the_tests() -> None:
    shell = [text for language, text in BLOCKS if language == "sh"]
    assert len(shell) == 2
    assert shell[0].rstrip().endswith("samples/Program.py --simulate")
    assert shell[1].rstrip().endswith("-m pytest")
    assert all(text.startswith("python3 -m venv .venv && ") for text in shell)


def test_python_examples_parse() -> None:
    examples = [text for language, text in BLOCKS if language == "python"]
    assert len(examples) >= 3
    for text in examples:
        ast.parse(text)


def test_it_is_short() -> None:
    assert len(README.splitlines()) <= 150


def test_files_that_it_links_exist() -> None:
    links = re.findall(r"\]\((?!https?:)([^)]+)\)", README)
    assert links
    headings = {
        f"#{heading.strip().lower().replace(' ', '-')}"
        for heading in re.findall(r"^#+ (.*)$", README, re.MULTILINE)
    }
    for link in links:
        assert link in headings or (Path(__file__).parents[1] / link).exists(), link


def test_links_of_the_other_texts_beside_it() -> None:
    root = Path(__file__).parents[1]
    for page in (*root.glob("*.md"), *root.glob("tests/**/README.md")):
        text = page.read_text(encoding="utf-8")
        for link in re.findall(r"\]\((?!https?:|#)([^)#\s]+)[^)]*\)", text):
            assert (page.parent / link).exists(), f"{page.name}: {link}"
