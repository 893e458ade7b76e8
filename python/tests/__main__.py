"""Runs the tests and writes a line of JSON for each, for the program that shows them: ``python -m tests [module ...]``."""

import json
import sys
import unittest
from types import TracebackType
from typing import Any, Tuple, Type, Union

Failure = Union[Tuple[Type[BaseException], BaseException, TracebackType], Tuple[None, None, None]]


class JsonLines(unittest.TestResult):
    """One line per test, as soon as it has ended."""

    def startTest(self, test: unittest.TestCase) -> None:
        super().startTest(test)
        self._status, self._message = "passed", ""

    def stopTest(self, test: unittest.TestCase) -> None:
        super().stopTest(test)
        self._write(test, self._status, self._message)

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:
        super().addSkip(test, reason)
        self._status, self._message = "skipped", reason

    def addFailure(self, test: unittest.TestCase, err: Any) -> None:
        super().addFailure(test, err)
        self._fail(test, err)

    def addError(self, test: unittest.TestCase, err: Any) -> None:
        super().addError(test, err)
        if not isinstance(test, unittest.TestCase) or not hasattr(self, "_status"):
            # A class or module that could not be set up has no test of its own.
            self._write(test, "failed", self._exc_info_to_string(err, test))  # type: ignore[attr-defined]
        else:
            self._fail(test, err)

    def addSubTest(self, test: unittest.TestCase, subtest: unittest.TestCase, err: Any) -> None:
        super().addSubTest(test, subtest, err)
        if err is not None:
            self._fail(subtest, err)

    def _fail(self, test: unittest.TestCase, err: Any) -> None:
        text = self._exc_info_to_string(err, test)  # type: ignore[attr-defined]
        self._status, self._message = "failed", f"{self._message}{test}\n{text}\n"

    def _write(self, test: Any, status: str, message: str) -> None:
        name = str(getattr(test, "_testMethodName", test)).removeprefix("test_").replace("_", " ")
        print(json.dumps({"name": name, "status": status, "message": message}), flush=True)


def main() -> int:
    names = sys.argv[1:]
    loader = unittest.defaultTestLoader
    suite = loader.loadTestsFromNames(names) if names else loader.discover("tests", top_level_dir=".")
    result = JsonLines()
    suite.run(result)
    return 0 if result.wasSuccessful() and result.testsRun > 0 else 1


sys.exit(main())
