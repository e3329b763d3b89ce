"""How does Markdown that somebody typed become HTML that can do no harm, and whom does it mention?

Pure. No HTML, images or headings of the writer's own; what markdown-it makes is cleaned once more by nh3, so that a
mistake in one of them is none of the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from html import escape
from typing import Any

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

TAGS = frozenset(["p", "br", "strong", "em", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a", "span"])
SCHEMES = frozenset({"http", "https", "mailto"})
MENTION = "mention"  # the class of a mention
LONGEST_NAME = 254
_AT = re.compile(r"(?<![\w@./+-])@(?=\w)")  # neither within an address nor a path
_ENDS = re.compile(r"\b(?![\w@]|[.+-]\w)")  # behind a name that doesn't go on


def html(text: str, people: frozenset[str]) -> SafeString:
    """The text as HTML. `people` are the names that it mentions, in small letters; any other @ is just text."""
    return _html(text, people)


def mentioned(text: str, people: Mapping[str, str]) -> dict[str, str]:
    """Whom the text mentions: name in small letters → what `people` has for it. Code mentions nobody."""
    found: list[str] = []
    _MARKDOWN.parse(text, {"people": people, "found": found})
    return {name: people[name] for name in found}


@lru_cache(maxsize=512)
def _html(text: str, people: frozenset[str]) -> SafeString:
    rendered = _MARKDOWN.render(text, {"people": people, "found": []})
    cleaned = nh3.clean(
        rendered,
        tags=set(TAGS),
        attributes={"*": set(), "a": {"href"}, "ol": {"start"}},
        allowed_classes={"span": {MENTION}},
        url_schemes=set(SCHEMES),
        url_relative="deny",
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )
    return mark_safe(cleaned)  # noqa: S308  (nh3 has cleaned it)


def _mention(state: StateCore) -> None:
    """Set apart the mentions in what is neither code nor a link, before addresses are made links."""
    for block in state.tokens:
        links, children = 0, list[Token]()
        for token in block.children or ():
            links += token.nesting if token.type.startswith("link_") else 0
            children += _split(token, state.env) if token.type == "text" and not links else [token]
        if block.children:
            block.children = children


def _split(token: Token, env: Any) -> Iterator[Token]:
    text, done = token.content, 0
    for at in _AT.finditer(text):
        name = _name_at(text, at.end(), env["people"]) if at.start() >= done else None
        if name:
            yield _token("text", text[done : at.start()], token.level)
            done = at.end() + len(name)
            yield _token(MENTION, text[at.start() : done], token.level)
            env["found"].append(name)
    yield _token("text", text[done:], token.level)


def _name_at(text: str, start: int, people: Any) -> str | None:
    """The longest known name that stands there, in small letters."""
    rest = text[start : start + LONGEST_NAME].lower()
    ends = (end.start() for end in _ENDS.finditer(rest))
    return max((rest[:end] for end in ends if rest[:end] in people), key=len, default=None)


def _token(kind: str, content: str, level: int) -> Token:
    return Token(type=kind, tag="", nesting=0, content=content, level=level)


def _as_span(_renderer: Any, tokens: list[Token], index: int, _options: Any, _env: Any) -> str:
    return f'<span class="{MENTION}">{escape(tokens[index].content)}</span>'


def _markdown() -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": False, "linkify": True, "breaks": True})
    made.enable(["linkify", "strikethrough"]).disable(
        ["image", "heading", "lheading", "hr", "html_block", "html_inline"]
    )
    made.core.ruler.before("linkify", MENTION, _mention)
    made.add_render_rule(MENTION, _as_span)
    return made


_MARKDOWN = _markdown()
