"""Where may a script send data, by which messages, and which tables does it read? Pure.

The text is searched and dropped: nothing of it but names and hosts leaves this module. Comments are taken out first. An
address that the script works out at run time is told as unknown, never as none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from connectors.sources.servicenow.values import host_of

_QUOTED = r"""(?:"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)"""
_COMMENTS = re.compile(rf"({_QUOTED})|//[^\n]*|/\*.*?\*/", re.DOTALL)
_NAME = r"""\(\s*(?:(["'])(?P<name>[^"'\n]{1,200})\1)?"""
_REST = re.compile(rf"\bRESTMessageV2\s*{_NAME}")
_SOAP = re.compile(rf"\bSOAPMessageV2\s*{_NAME}")
_ADDRESSED = re.compile(r"\b(?:setEndpoint|setWSDL|GlideHTTPRequest|HTTPRequest)\s*\(\s*(?P<said>[^\n;]{1,500})")
_ALIAS = re.compile(r"""\bgetConnectionInfo\s*\(\s*(["'])(?P<name>[\w.]{1,200})\1""")
_PROFILE = re.compile(r"""\bsetAuthenticationProfile\s*\(\s*["']\w+["']\s*,\s*(["'])(?P<name>[0-9a-f]{32})\1""")
_RECORDS = re.compile(r"\bnew\s+GlideRecord(?:Secure)?\s*\(\s*([\"'])(?P<table>\w{1,80})\1")
_MADE = re.compile(r"\bnew\s+(?:\w+\.)*(?P<name>[A-Za-z_]\w{2,99})\s*\(|\bextendsObject\s*\(\s*(?:\w+\.)*(?P<base>\w+)")
_LITERAL = re.compile(r"""^(["'`])(?P<address>https?://[^"'`\s]*)""")
_VARIABLE = re.compile(r"^(?:this\.)?(?P<name>[A-Za-z_$][\w$]*)")
_PASSWORD = re.compile(r"""\bsetBasicAuth\s*\(\s*[^,\n]{1,200},\s*(["'])[^"'\n]+\1""")


@dataclass(frozen=True, slots=True)
class Found:
    """What a script does, as far as its text shows.

    `aliases`: of connections, by id or sys_id; `profiles`: as which it signs in. `made`: classes that it makes or
    extends, script includes among them. `unknown`: it also calls an address that only its run tells. `password`: one
    stands in its text.
    """

    rest: tuple[str, ...] = ()
    soap: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    unknown: bool = False
    tables: tuple[str, ...] = ()
    made: frozenset[str] = frozenset()
    password: bool = False

    @property
    def calls_out(self) -> bool:
        """By itself, without another script's help."""
        return bool(self.rest or self.soap or self.hosts or self.aliases or self.unknown)


def found_in(script: str) -> Found:
    """What a script's text shows."""
    bare = _COMMENTS.sub(lambda each: each[1] or " ", script)
    addresses = [_address(each["said"].strip(), bare) for each in _ADDRESSED.finditer(bare)]
    hosts = tuple(dict.fromkeys(host for host in addresses if host))
    rest, soap = list(_named(_REST, bare)), list(_named(_SOAP, bare))
    unnamed = None in rest or None in soap
    return Found(
        rest=tuple(dict.fromkeys(name for name in rest if name)),
        soap=tuple(dict.fromkeys(name for name in soap if name)),
        hosts=hosts,
        aliases=tuple(dict.fromkeys(each["name"] for each in _ALIAS.finditer(bare))),
        profiles=tuple(dict.fromkeys(each["name"] for each in _PROFILE.finditer(bare))),
        unknown=None in addresses or (unnamed and not addresses),
        tables=tuple(dict.fromkeys(each["table"].lower() for each in _RECORDS.finditer(bare))),
        made=frozenset(each["name"] or each["base"] for each in _MADE.finditer(bare)),
        password=_PASSWORD.search(bare) is not None,
    )


def _named(pattern: re.Pattern[str], script: str) -> Iterator[str | None]:
    """The messages that are made; None for one that the script puts together itself, or names at run time."""
    return (each["name"] for each in pattern.finditer(script))


def _address(said: str, script: str) -> str | None:
    """The host of what a call is told to address: a text, or a variable that a text was put into."""
    literal = _LITERAL.match(said)
    if literal is None and (variable := _VARIABLE.match(said)):
        assigned = re.search(rf"\b{re.escape(variable['name'])}\s*[=:]\s*({_QUOTED})", script)
        literal = _LITERAL.match(assigned[1]) if assigned else None
    return host_of(literal["address"]) if literal else None
