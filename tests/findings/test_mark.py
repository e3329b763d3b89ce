"""Do findings share a mark exactly where they share an identity or a grant?"""

from __future__ import annotations

from dataclasses import replace

from connectors.inventory.graph import Hop
from connectors.inventory.records import Access, Grade, Ref
from findings.mark import marks, named
from findings.sighting import LONGEST_WORD
from tests.factories import NOW

FUNCTION, ROLE = (
    Ref(kind="workload", id="arn:fn", name="export"),
    Ref(kind="identity", id="arn:role", name="Billing-Admin"),
)
ACCOUNT = Ref(kind="resource", id="arn:account", name="billing-prod")
RUNS = Hop(
    relation="runs_as", source=FUNCTION, target=ROLE, source_type="Lambda function", target_type="IAM role",
    grade=Grade.GRANTED, scope="s", first_seen=NOW, last_seen=NOW, scan="0" * 24,
)  # fmt: skip
GRANT = replace(
    RUNS, relation="permission", source=ROLE, target=ACCOUNT, source_type="IAM role", target_type="account",
    access=Access.ADMIN, via="AdministratorAccess",
)  # fmt: skip


def words(*hops: Hop, key: str = "arn:fn", name: str = "export") -> list[str]:
    return [mark.start for mark in marks(key, name, hops)]


def test_the_subject_every_identity_on_the_path_and_every_grant_have_one_each():
    found = marks("arn:fn", "export", (RUNS, GRANT))
    assert [named(mark.word) for mark in found] == ["about export", "about billing-admin", "grant administratoraccess"]
    assert [mark.shared for mark in found[:2]] == ["About export", "About Billing-Admin"]
    assert "Billing-Admin" in found[2].shared


def test_whoever_passes_the_role_shares_its_mark_whatever_it_is_called_now():
    renamed = replace(RUNS, target=replace(ROLE, name="Renamed"))
    assert words(key="arn:role", name="Billing-Admin")[0] in words(renamed, GRANT)
    assert words(key="arn:other", name="Billing-Admin")[0] not in words(RUNS, GRANT)


def test_another_way_to_the_same_access_is_another_grant():
    other = replace(GRANT, via="PowerUser")
    assert set(words(GRANT)) & set(words(other)) == {words(GRANT)[0], *words(RUNS)[1:]}


def test_a_mark_is_one_word_that_no_other_begins_with():
    for name in ("", "日本", "a b\tc", "x" * 500, "about:x"):
        (mark,) = marks("arn:fn", name, ())
        word = mark.word
        assert word == word.lower()
        assert len(word) <= LONGEST_WORD
        assert len(word.split()) == 1
