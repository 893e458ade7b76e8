"""Addresses of sites reduced to their origin. The same rules as the contract's ``reduceToOrigin``."""

import ipaddress
import re
import socket
from typing import Optional
from urllib.parse import unquote

_HAS_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_HOST_AND_PORT = re.compile(r"[^:/]+:\d", re.ASCII)
_AUTHORITY = re.compile(r"(https?):[/\\]*([^/\\?#]*)", re.IGNORECASE)
_FORBIDDEN_IN_HOST = re.compile(r"[\x00-\x20\x7f#%/:<>?@\[\\\]^|]")
_DEFAULT_PORTS = {"http": "80", "https": "443"}


def reduce_to_origin(site_url: str) -> Optional[str]:
    """The origin of a site's address, without path, query and credentials: ``https://example.com``. A bare host name counts
    as ``https``. None when it is not the address of a web site.
    """
    text = re.sub("[\t\n\r]", "", site_url.strip("\t\n\v\f\r \u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff"))
    if _HAS_SCHEME.match(text) is None or _HOST_AND_PORT.match(text) is not None:
        text = f"https://{text}"
    match = _AUTHORITY.match(text)
    if match is None:
        return None
    scheme = match[1].lower()
    host_and_port = match[2].rpartition("@")[2]
    parts = re.fullmatch(r"(\[[^\]]*\]|[^:]*)(?::(\d*))?", host_and_port, re.ASCII)
    host = None if parts is None else _read_host(parts[1])
    if parts is None or host is None:
        return None
    port = (parts[2] or "").lstrip("0") or ("0" if parts[2] else "")
    if port and int(port) > 65535:
        return None
    return f"{scheme}://{host}" + ("" if port in ("", _DEFAULT_PORTS[scheme]) else f":{port}")


def _read_host(host: str) -> Optional[str]:
    if host.startswith("["):
        try:
            return f"[{ipaddress.IPv6Address(host[1:-1]).compressed}]"
        except ValueError:
            return None
    try:
        name = unquote(host, errors="strict").encode("idna").decode().lower()
    except UnicodeError:
        return None
    if name == "" or _FORBIDDEN_IN_HOST.search(name) is not None:
        return None
    last_label = name.rstrip(".").rpartition(".")[2]
    if re.fullmatch(r"\d+|0x[0-9a-f]*", last_label) is None:
        return name
    try:
        return socket.inet_ntoa(socket.inet_aton(name))
    except OSError:
        return None
