"""What README.md shows works."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tessera import Verifier
from tessera.testing import SECRET

README = Path(__file__).parents[1] / "README.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```$", README.read_text(encoding="utf-8"), re.M | re.S)
FILES = {block.split("\n", 1)[0].removeprefix("# "): block for block in BLOCKS if block[0] == "#"}
ENVIRONMENT = {"BETTER_AUTH_URL": "http://localhost:3000", "TESSERA_JWT_SECRET": SECRET}


@pytest.mark.parametrize("block", [block for block in BLOCKS if block not in FILES.values()])
def test_a_block_runs(
    block: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    exec(compile(block, README, "exec"), {"__name__": "readme"})  # noqa: S102 it is ours
    if "print" in block:
        assert capsys.readouterr().out == "ada@example.com\n"


def test_the_service_and_its_test(tmp_path: Path) -> None:
    assert FILES.keys() == {"main.py", "test_main.py"}
    for name, block in FILES.items():
        (tmp_path / name).write_text(block, encoding="utf-8")
    command = [sys.executable, "-W", "error", "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        command, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


def test_every_setting_is_in_the_table() -> None:
    text = README.read_text(encoding="utf-8")
    settings = Verifier.__init__.__annotations__.keys() - {"return", "clock"}
    assert [name for name in settings if f"`{name}`" not in text] == []
