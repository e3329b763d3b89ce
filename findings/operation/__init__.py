"""How is one verb carried out on many findings, and how is it taken back?

An operation is drafted for somebody to look at, carried out in batches, each in one transaction, and for a while it can
be undone: what nobody has changed since becomes exactly what it was. A worker may die anywhere; another goes on.
"""

from findings.operation.batches import BATCH, LEFT_ALONE, left_alone
from findings.operation.carrying import carry_out, start
from findings.operation.deed import ASSIGN, VERBS, title, words
from findings.operation.drafting import MOST, Preview, draft, drop_drafts, preview
from findings.operation.keeping import keep
from findings.operation.undoing import UNDOABLE_FOR, TooLate, carry_back, undo, undoable

__all__ = [
    "ASSIGN",
    "BATCH",
    "LEFT_ALONE",
    "MOST",
    "UNDOABLE_FOR",
    "VERBS",
    "Preview",
    "TooLate",
    "carry_back",
    "carry_out",
    "draft",
    "drop_drafts",
    "keep",
    "left_alone",
    "preview",
    "start",
    "title",
    "undo",
    "undoable",
    "words",
]
