"""What a test reads back from a PDF: its text, page by page, and what is attached to it."""

from __future__ import annotations

from io import BytesIO

from pypdf import PdfReader

ISOLATES = str.maketrans("", "", "\u2068\u2069")


class Paper:
    """A PDF as a reader has it."""

    def __init__(self, content: bytes) -> None:
        self.pdf = PdfReader(BytesIO(content))
        self.pages = [page.extract_text().translate(ISOLATES) for page in self.pdf.pages]

    @property
    def text(self) -> str:
        return "\n".join(self.pages)

    @property
    def words(self) -> str:
        """The text on one line, wherever the paper broke it."""
        return " ".join(self.text.split())

    def attached(self, name: str) -> bytes:
        return self.pdf.attachments[name][0]

    def proof(self) -> str:
        """The appendix' lines joined: what stands after the last hash, without the margins of its pages."""
        first = next(number for number, page in enumerate(self.pages) if "Appendix: the evidence" in page)
        lines = [line for page in self.pages[first:] for line in page.splitlines() if not _margin(line)]
        start = max(number for number, line in enumerate(lines) if len(line.strip()) == 64 and "{" not in line)
        return "".join(lines[start + 1 :])


def _margin(line: str) -> bool:
    return line.startswith(("SHA-256 ", "Page ", "Acme Media · ")) or " – " in line
