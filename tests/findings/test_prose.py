"""Can nothing that somebody types do harm, and is a mention exactly what a reader takes for one?"""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest

from findings import prose

PEOPLE = {"bob": "1", "bob builder": "2", "bob_s@acme.example": "3", "ana pérez": "4"}
NASTY = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<iframe src='javascript:alert(1)'></iframe>",
    "<a href='javascript:alert(1)'>x</a>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\nscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](&#x6A&#x61&#x76&#x61&#x73&#x63&#x72&#x69&#x70&#x74&#x3A;alert(1))",
    "[x](\x01javascript:alert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](data:image/png;base64,AAAA)",
    "[x](file:///etc/passwd)",
    "[x](//evil.example)",
    '[x](https://evil.example/"onmouseover="alert(1))',
    '[x](https://evil.example/ "t\\" onmouseover=alert(1) x=\\"")',
    "[x]: javascript:alert(1)\n\n[x]",
    "<javascript:alert(1)>",
    "![x](https://evil.example/pixel.png)",
    '![x"onerror="alert(1)](https://evil.example/pixel.png)',
    "![x][y]\n\n[y]: https://evil.example/pixel.png",
    "`<script>alert(1)</script>`",
    "```<script>\n<script>alert(1)</script>\n```",
    '```"><script>alert(1)</script>\nx\n```',
    '~~~js" onload="alert(1)\nx\n~~~',
    "    <script>alert(1)</script>",
    "<!-- --><script>alert(1)</script>",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<style>body{display:none}</style>",
    "<form action=https://evil.example><input name=csrfmiddlewaretoken></form>",
    '<div hx-get="https://evil.example" hx-trigger="load">x</div>',
    "<b class='toast' data-key='a' data-copy='x'>x</b>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<base href='https://evil.example'>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "@bob<script>alert(1)</script>",
    '@bob"onmouseover="alert(1)',
    "\u202escript\u202c <scr\x00ipt>alert(1)</scr\x00ipt>",
    "[@bob](javascript:alert(1))",
    "# Findings\n\nDecision\n===",
    "https://evil.example/<script>alert(1)</script>",
    'https://evil.example/?x="onclick=alert(1)',
)


class Markup(HTMLParser):
    """Which elements and attributes there are."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_decl(self, decl: str) -> None:
        self.found.append((f"!{decl}", {}))

    def handle_comment(self, data: str) -> None:
        self.found.append((f"!--{data}", {}))


@pytest.mark.parametrize("text", [*NASTY, *(f"> * {each}" for each in NASTY), " ".join(NASTY)])
def test_nothing_typed_becomes_anything_but_harmless_markup(text: str):
    for tag, attributes in Markup(prose.html(text, frozenset(PEOPLE))).found:
        assert tag in prose.TAGS
        assert attributes.keys() <= {"a": {"href", "rel", "target"}, "span": {"class"}, "ol": {"start"}}.get(tag, set())
        assert attributes.get("class", prose.MENTION) == prose.MENTION
        if tag == "a":
            assert urlsplit(str(attributes.get("href", "https:"))).scheme in prose.SCHEMES
            assert attributes["rel"] == "noopener noreferrer nofollow"


def test_what_people_use_works():
    said = prose.html("**Asked** `iam`\nsee https://wiki.acme.example/x_y_z\n\n1. one\n2. two\n\n> was", frozenset())
    assert "<strong>Asked</strong> <code>iam</code><br>" in said
    assert '<a href="https://wiki.acme.example/x_y_z" ' in said
    assert "<ol>\n<li>one</li>\n<li>two</li>\n</ol>\n<blockquote>\n<p>was</p>" in said


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("ask @bob", ["bob"]),
        ("ask @Bob Builder please", ["bob builder"]),
        ("(@bob), @BOB. **@bob**'s", ["bob"]),
        ("@bob_s@acme.example knows", ["bob_s@acme.example"]),
        ("@Ana Pérez and @bob", ["ana pérez", "bob"]),
        ("@bobby @bob.smith @bob-cat @bob@evil.example @nobody @ @@bob", []),
        ("mail me@bob, https://git.example/@bob", []),
        ("`@bob` and\n\n```\n@bob\n```\n", []),
        ("[@bob](https://evil.example)", []),
        ("@\u0130\u0130\u0130 @bob", ["bob"]),
    ],
)
def test_a_mention_is_a_whole_known_name_in_plain_text(text: str, names: list[str]):
    assert list(prose.mentioned(text, PEOPLE)) == names
    assert list(prose.mentioned(text, PEOPLE).values()) == [PEOPLE[name] for name in names]
    assert prose.html(text, frozenset(PEOPLE)).count('<span class="mention">') >= len(names)
    assert ('<span class="mention">' in prose.html(text, frozenset(PEOPLE))) == bool(names)


def test_a_name_that_wasnt_mentioned_then_is_just_text():
    assert prose.html("@bob and @ana", frozenset({"ana"})) == '<p>@bob and <span class="mention">@ana</span></p>\n'
