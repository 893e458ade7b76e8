"""Free text as it may be stored. The same rules as the contract's ``redactText``, held to the same vectors."""

import re

from .utf16_text import from_units, to_units

_MAX_TEXT_LENGTH = 500
# Patterns run over what can end up within the first 500 characters, not over a megabyte of stack trace. The word at the
# cut is left out because it may be the first half of an address.
_LONGEST_TEXT_READ = 4 * _MAX_TEXT_LENGTH
_LONGEST_ADDRESS = 320

# What JavaScript calls white space; Python's own class differs.
_SPACE = "\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LAST_WORD = re.compile(rf"(?<![^{_SPACE}])[^{_SPACE}]*\Z")

_URL_WITH_SECRETS = re.compile(
    rf"\b([a-z][a-z0-9+.-]{{1,20}}://)([^{_SPACE}/?#@\"'<>]*@)?([^{_SPACE}?#\"'<>]*)([?#][^{_SPACE}\"'<>]*)?",
    re.ASCII | re.IGNORECASE,
)

# Each pattern starts only where a run of its characters starts (the look-behind), so that it reads every character a
# bounded number of times, however hostile the text.
# Quoted-printable counts only before a domain, because ``width=40`` is not an address.
_AT = (
    r"(?:[@\uff20\ufe6b]|%(?:25)*(?:40|u0040)|\\u\{?0*40\}?|\\x40|\+AEA-|=40(?=[a-z][\w-]{0,62}\.[a-z])"
    rf"|&#0*64;?|&#x0*40;?|&commat;?|[(\[{{][{_SPACE}]?at[{_SPACE}]?[)\]}}])"
)
_PART = rf"[^{_SPACE}@\uff20\ufe6b<>()\[\]{{}},;:\"'=|/\\]"
_QUOTED_ADDRESS = re.compile(rf'"[^"\n]{{1,128}}"{_AT}[^{_SPACE}<>"]*', re.IGNORECASE | re.ASCII)
_ADDRESS = re.compile(rf"(?<!{_PART}){_PART}+[{_SPACE}]{{0,64}}{_AT}[{_SPACE}]{{0,64}}{_PART}+", re.IGNORECASE | re.ASCII)
_WORD_WITH_AT = re.compile(rf"(?<![^{_SPACE}])[^{_SPACE}]*?{_AT}[^{_SPACE}]*", re.IGNORECASE | re.ASCII)

_WORD_OF_ADDRESS = r"[\w.+-]"
_SPELLED_OUT = re.compile(
    rf"(?<!{_WORD_OF_ADDRESS}){_WORD_OF_ADDRESS}{{1,64}}[{_SPACE}]{{1,8}}at[{_SPACE}]{{1,8}}{_WORD_OF_ADDRESS}{{1,64}}"
    rf"(?:[{_SPACE}]{{1,8}}dot[{_SPACE}]{{1,8}}{_WORD_OF_ADDRESS}{{1,64}})+",
    re.IGNORECASE,
)

# What follows a word such as "password", and what begins like the keys of well-known services.
_VALUE = rf"(?:\"[^\"\n]{{0,200}}\"|'[^'\n]{{0,200}}'|[^{_SPACE},;&\"']{{1,200}})"
_ASSIGNED = re.compile(
    r"(passw(?:or)?d|passphrase|pwd|secret|api[_-]?key|(?:access|admin|private|secret)[_-]?key|client[_-]?secret)"
    rf"([\"']?[{_SPACE}]{{0,4}}[=:][{_SPACE}]{{0,4}}){_VALUE}",
    re.IGNORECASE | re.ASCII,
)
_TOKEN_ASSIGNED = re.compile(rf"\b((?:\w{{1,20}}_)?token=){_VALUE}", re.IGNORECASE | re.ASCII)
_AUTHORIZATION = re.compile(
    rf"\b((?:proxy-)?authorization[\"']?[{_SPACE}]{{0,4}}[=:][{_SPACE}]{{0,4}})[\"']?"
    rf"(?:(?:basic|bearer|digest|token)[{_SPACE}]{{1,4}})?[^{_SPACE},;\"']{{1,400}}",
    re.IGNORECASE | re.ASCII,
)
_BEARER = re.compile(
    rf"\b(bearer|basic)([{_SPACE}]{{1,4}})(?=[\w.~+/-]{{0,200}}\d)[\w.~+/-]{{6,400}}=*", re.IGNORECASE | re.ASCII
)
_KEY_OF_A_SERVICE = re.compile(
    r"(?<![A-Za-z0-9])(?:[spr]k_(?:live|test)_\w{4,}|whsec_[\w+/-]{4,}=*|gh[opsu]_[A-Za-z0-9]{10,}|A[KS]IA[A-Z0-9]{8,})",
    re.ASCII,
)

_TOKEN = re.compile(r"[A-Za-z0-9_+-]{24,}")
_WORD_BOUNDARY = re.compile(r"[-_+]|(?<=[a-z])(?=[A-Z])")
_WORD = re.compile(r"[A-Z]{0,20}[a-z]{0,20}")


def redact_text(text: str) -> str:
    """Free text without e-mail addresses, credentials and queries of URLs, and long tokens, cut at 500 characters.
    Applying it twice changes nothing more. It errs on the side of removing too much.
    """
    # Before the addresses, so that credentials do not take their host with them, and after, because
    # `http://ada @ b?key=1` is one URL only then.
    redacted = _without_url_secrets(_without_addresses(_without_url_secrets(_readable(text))))
    kept = _without_tokens(_without_named_secrets(redacted))[:_MAX_TEXT_LENGTH]
    return from_units(_without_tokens(_without_named_secrets(kept)))


def _readable(text: str) -> str:
    units = to_units(text)
    head = units[:_LONGEST_TEXT_READ]
    if len(units) > _LONGEST_TEXT_READ:
        head = head[:-_LONGEST_ADDRESS] + _LAST_WORD.sub("", head[-_LONGEST_ADDRESS:], count=1)
    return _CONTROL.sub("", to_units(from_units(head)))


def _without_url_secrets(text: str) -> str:
    return _URL_WITH_SECRETS.sub(lambda match: f"{match[1]}{match[3]}", text)


def _without_addresses(text: str) -> str:
    """Nothing that looks like an ``@`` is left. The last pattern finds unusual addresses: ``ada(home)@[::1]``."""
    text = _QUOTED_ADDRESS.sub("[address]", text)
    text = _WORD_WITH_AT.sub("[address]", _ADDRESS.sub("[address]", text))
    return _SPELLED_OUT.sub("[address]", text)


def _without_named_secrets(text: str) -> str:
    text = _BEARER.sub(r"\1\2[secret]", _AUTHORIZATION.sub(r"\1[secret]", text))
    text = _TOKEN_ASSIGNED.sub(r"\1[secret]", _ASSIGNED.sub(r"\1\2[secret]", text))
    return _KEY_OF_A_SERVICE.sub("[token]", text)


def _without_tokens(text: str) -> str:
    return _TOKEN.sub(lambda match: match[0] if _reads_as_words(match[0]) else "[token]", text)


def _reads_as_words(token: str) -> bool:
    words = _WORD_BOUNDARY.split(token)
    return all(_WORD.fullmatch(word) for word in words) and len(token) / len(words) >= 5
