"""Values checked against the JSON Schema that the contract exports."""

import re
from collections.abc import Mapping
from typing import Any, Callable, Dict, List, Optional, Sequence

from ..errors import EventIssue
from .instant import format_instant, read_instant
from .plain_value import to_plain_value

Schema = Mapping[str, Any]

Check = Callable[[Any, str, List[EventIssue]], Any]
"""Takes a value and its path, and returns it as it is sent. Problems are added to the issues."""


def compile_check(schema: Schema) -> Check:
    """Makes the check of one schema, once; each value is then checked by plain function calls."""
    choices = _choices_of(schema)
    if choices is not None:
        return _check_nullable(choices) if _is_nullable(choices) else _check_choices(choices)
    if "const" in schema or "enum" in schema:
        return _check_literals([schema["const"]] if "const" in schema else schema["enum"])
    kind = schema.get("type")
    if kind == "string":
        return _check_instant if schema.get("format") == "date-time" else _check_text(schema)
    if kind in ("integer", "number"):
        return _check_number(schema)
    if kind == "array":
        return _check_list(schema)
    if kind == "object":
        return _check_object(schema)
    if kind == "boolean":
        return _check_boolean
    if kind == "null":
        return _check_null
    return lambda value, path, issues: to_plain_value(value)


def utf16_length(text: str) -> int:
    """The length as JavaScript counts it, in which the contract's limits are given."""
    return len(text) if text.isascii() else len(text) + sum(char > "\uffff" for char in text)


def is_well_formed(text: str) -> bool:
    """Whether a text is valid Unicode, without half a surrogate pair."""
    return text.isascii() or not any("\ud800" <= char <= "\udfff" for char in text)


def _choices_of(schema: Schema) -> Optional[Sequence[Schema]]:
    if isinstance(schema.get("type"), (list, tuple)):
        return [{**schema, "type": kind} for kind in schema["type"]]
    choices: Optional[Sequence[Schema]] = schema.get("anyOf", schema.get("oneOf"))
    return choices


def _is_nullable(choices: Sequence[Schema]) -> bool:
    return len(choices) == 2 and any(choice.get("type") == "null" for choice in choices)


def _check_nullable(choices: Sequence[Schema]) -> Check:
    check = compile_check(next(choice for choice in choices if choice.get("type") != "null"))

    def check_nullable(value: Any, path: str, issues: List[EventIssue]) -> Any:
        return None if value is None else check(value, path, issues)

    return check_nullable


def _check_choices(choices: Sequence[Schema]) -> Check:
    checks = [compile_check(choice) for choice in choices]

    def check_choices(value: Any, path: str, issues: List[EventIssue]) -> Any:
        for check in checks:
            found: List[EventIssue] = []
            result = check(value, path, found)
            if not found:
                return result
        issues.append(EventIssue(path, "Expected one of several forms, got none of them"))
        return value

    return check_choices


def _check_literals(literals: Sequence[Any]) -> Check:
    message = f"Expected {' or '.join(repr(literal) for literal in literals)}"

    def check_literals(value: Any, path: str, issues: List[EventIssue]) -> Any:
        plain = to_plain_value(value)
        # True == 1 in Python, not in JSON.
        if not any(plain == literal and isinstance(plain, bool) == isinstance(literal, bool) for literal in literals):
            issues.append(EventIssue(path, message))
        return plain

    return check_literals


def _check_instant(value: Any, path: str, issues: List[EventIssue]) -> Any:
    plain = to_plain_value(value)
    utc = read_instant(plain) if isinstance(plain, str) else None
    if utc is None:
        issues.append(EventIssue(path, "Expected a datetime, or an ISO 8601 date and time with Z or an offset"))
        return plain
    return format_instant(utc)


def _check_text(schema: Schema) -> Check:
    max_length: Optional[int] = schema.get("maxLength")
    min_length: int = schema.get("minLength", 0)
    pattern = _compile_pattern(schema.get("pattern"))

    def check_text(value: Any, path: str, issues: List[EventIssue]) -> Any:
        plain = to_plain_value(value)
        if not isinstance(plain, str):
            issues.append(EventIssue(path, "Expected text"))
        elif len(plain) < min_length:
            issues.append(EventIssue(path, f"Expected at least {min_length} characters"))
        elif max_length is not None and utf16_length(plain) > max_length:
            issues.append(EventIssue(path, f"Expected at most {max_length} characters"))
        elif pattern is not None and (pattern.search(plain) is None or not is_well_formed(plain)):
            issues.append(EventIssue(path, "Expected text without control characters"))
        return plain

    return check_text


def _compile_pattern(pattern: Optional[str]) -> Optional["re.Pattern[str]"]:
    if pattern is None:
        return None
    # `$` is the end in JavaScript; in Python it is also the place before a last line feed.
    return re.compile(re.sub(r"(?<!\\)\$$", r"\\Z", pattern), re.ASCII)


def _check_number(schema: Schema) -> Check:
    is_whole = schema.get("type") == "integer"
    low: Optional[float] = schema.get("minimum")
    high: Optional[float] = schema.get("maximum")

    def check_number(value: Any, path: str, issues: List[EventIssue]) -> Any:
        plain = to_plain_value(value)
        # The comparison also refuses numbers that are not finite.
        if isinstance(plain, bool) or not isinstance(plain, (int, float)) or not abs(plain) < float("inf"):
            issues.append(EventIssue(path, "Expected a number"))
        elif is_whole and not isinstance(plain, int):
            issues.append(EventIssue(path, "Expected a whole number"))
        elif low is not None and plain < low:
            issues.append(EventIssue(path, f"Expected at least {low}"))
        elif high is not None and plain > high:
            issues.append(EventIssue(path, f"Expected at most {high}"))
        return plain

    return check_number


def _check_boolean(value: Any, path: str, issues: List[EventIssue]) -> Any:
    if not isinstance(value, bool):
        issues.append(EventIssue(path, "Expected true or false"))
    return value


def _check_null(value: Any, path: str, issues: List[EventIssue]) -> Any:
    if value is not None:
        issues.append(EventIssue(path, "Expected nothing"))
    return value


def _check_list(schema: Schema) -> Check:
    check = compile_check(schema.get("items", {}))
    min_items: int = schema.get("minItems", 0)
    max_items: Optional[int] = schema.get("maxItems")

    def check_list(value: Any, path: str, issues: List[EventIssue]) -> Any:
        if not isinstance(value, (list, tuple)):
            issues.append(EventIssue(path, "Expected a list"))
            return value
        if len(value) < min_items or (max_items is not None and len(value) > max_items):
            issues.append(EventIssue(path, f"Expected {min_items} to {max_items} items"))
        return [check(item, f"{path}.{index}", issues) for index, item in enumerate(value)]

    return check_list


def _check_object(schema: Schema) -> Check:
    checks = {name: compile_check(field) for name, field in schema.get("properties", {}).items()}
    required = frozenset(schema.get("required", ()))

    def check_object(value: Any, path: str, issues: List[EventIssue]) -> Any:
        if not isinstance(value, Mapping):
            issues.append(EventIssue(path, "Expected an object"))
            return value
        return check_fields(checks, required, value, path, issues)

    return check_object


def check_fields(
    checks: Mapping[str, Check],
    required: "frozenset[str]",
    value: Mapping[str, Any],
    path: str,
    issues: List[EventIssue],
) -> Dict[str, Any]:
    """The fields that the contract names, in its order; others are dropped, as a newer emitter's would be."""
    fields: Dict[str, Any] = {}
    for name, check in checks.items():
        if name in value:
            fields[name] = check(value[name], f"{path}.{name}", issues)
        elif name in required:
            issues.append(EventIssue(f"{path}.{name}", "Expected a value, got none"))
    return fields
