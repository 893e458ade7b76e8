"""Texts cut where JavaScript cuts them: its strings are counted in UTF-16 units."""


def to_units(text: str) -> str:
    """One character per UTF-16 unit: what is beyond U+FFFF becomes its surrogate pair."""
    if all(char <= "\uffff" for char in text):
        return text
    raw = text.encode("utf-16-le", "surrogatepass")
    return "".join(chr(int.from_bytes(raw[index : index + 2], "little")) for index in range(0, len(raw), 2))


def from_units(units: str) -> str:
    """The text again; half a pair becomes U+FFFD."""
    if not any("\ud800" <= char <= "\udfff" for char in units):
        return units
    raw = b"".join(ord(char).to_bytes(2, "little") for char in units)
    return raw.decode("utf-16-le", "replace")
