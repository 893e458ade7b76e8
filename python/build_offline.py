"""Builds the wheel and the sdist into ``dist`` with the setuptools that is installed: no network, no isolation."""

import os
import shutil
import sys
import tempfile
from pathlib import Path

_SOURCES = ("src", "README.md", "LICENSE", "pyproject.toml")


def main() -> int:
    folder = Path(__file__).resolve().parent
    try:
        from setuptools import build_meta
    except ImportError:
        print("Failed to build: setuptools is not installed. Install python3-setuptools and python3-wheel.", file=sys.stderr)
        return 1
    target = folder / (sys.argv[1] if len(sys.argv) > 1 else "dist")
    target.mkdir(parents=True, exist_ok=True)
    sys.argv = sys.argv[:1]
    # In a copy: setuptools writes beside the sources, where another build may be under way.
    with tempfile.TemporaryDirectory() as copy:
        for name in _SOURCES:
            if (folder / name).is_dir():
                shutil.copytree(folder / name, Path(copy) / name, ignore=shutil.ignore_patterns("*.egg-info", "__pycache__"))
            else:
                shutil.copy(folder / name, copy)
        os.chdir(copy)
        sdist = build_meta.build_sdist(str(target))
        wheel = build_meta.build_wheel(str(target))
        os.chdir(folder)
    print(f"Built {wheel} and {sdist}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
