"""Who is read as an owner out of a tag?"""

from connectors.tags import named


def test_owners_are_people_by_e_mail_and_teams_by_name():
    found = named(
        (("Owner", "Alice@Acme-Media.example, bob@acme-media.example"), ("team", " Platform "), ("cost", "1"))
    )
    assert [(each.id, each.type) for each in found] == [
        ("alice@acme-media.example", "person"),
        ("bob@acme-media.example", "person"),
        ("team:platform", "team"),
    ]


def test_an_empty_owner_is_nobody():
    assert named((("owner", " "),)) == []
