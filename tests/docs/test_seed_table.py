"""The documentation's tables of seed files are those of the code."""

from __future__ import annotations

from pathlib import Path

from entrada.local.seeding.read import read_seed
from entrada.local.seeding.schema import KINDS, SECTIONS, Key

PAGE = Path(__file__).parents[2] / "docs" / "local-cloud.md"


def table() -> str:
    """Write all keys as Markdown: run this file to get what belongs into the page."""
    lines = ["| section | key | value | meaning |", "|---|---|---|---|"]
    for section, keys in SECTIONS.items():
        for key in keys:
            lines += _rows(f"`[[{section}]]`", "", key)
    return "\n".join(lines)


def _rows(section: str, above: str, key: Key) -> list[str]:
    name = f"`{above}{key.name}`" + (" (needed)" if key.required else "")
    row = f"| {section} | {name} | {KINDS[key.kind].text} | {key.meaning} |"
    below = [_rows(section, f"{key.name}.", each) for each in key.keys]
    return [row, *(line for lines in below for line in lines)]


def test_the_table_of_keys_is_the_codes() -> None:
    assert table() in PAGE.read_text(), f"run {__file__} and put what it prints into {PAGE.name}"


def test_the_example_is_a_seed_without_a_mistake(tmp_path: Path) -> None:
    (example,) = [part.partition("```")[0] for part in PAGE.read_text().split("```toml\n")[1:]]
    file = tmp_path / "cloud.toml"
    file.write_text(example)
    seed = read_seed(file, {"ANA_PASSWORD": "x"})
    assert {entry.section for entry in seed.entries} == set(SECTIONS)


if __name__ == "__main__":
    print(table())
