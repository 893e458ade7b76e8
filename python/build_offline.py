"""Builds the wheel and the sdist into ``dist`` with the setuptools that is installed: no network, no isolation."""

import os
import shutil
import sys
from pathlib import Path


def main() -> int:
    folder = Path(__file__).resolve().parent
    os.chdir(folder)
    try:
        from setuptools import build_meta
    except ImportError:
        print("Failed to build: setuptools is not installed. Install python3-setuptools and python3-wheel.", file=sys.stderr)
        return 1
    target = folder / (sys.argv[1] if len(sys.argv) > 1 else "dist")
    target.mkdir(parents=True, exist_ok=True)
    sys.argv = sys.argv[:1]
    sdist = build_meta.build_sdist(str(target))
    wheel = build_meta.build_wheel(str(target))
    for leftover in (folder / "build", *folder.glob("src/*.egg-info")):
        shutil.rmtree(leftover, ignore_errors=True)
    print(f"Built {wheel} and {sdist}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
