"""How does an estate get its roles, users, groups and access keys, each with its past?"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from zlib import crc32

from moto.iam.models import AccessKeyLastUsed

from tests.emulators.aws.builders.organization import Account, tag_list
from tests.emulators.aws.policies import Statement, document
from tests.emulators.aws.trust import iam_of

AWS_POLICIES = "arn:aws:iam::aws:policy/"


def role(
    account: Account,
    name: str,
    *,
    trust: Statement | Sequence[Statement],
    grants: Sequence[Statement] = (),
    managed: Sequence[str] = (),
    path: str = "/",
    created: str = "2024-03-01",
    used: int | None = 1,
    never_used: Sequence[str] = (),
    tags: Mapping[str, str] | None = None,
    description: str = "",
    boundary: str | None = None,
) -> str:
    """Create a role and return its ARN.

    `grants` are the statements of its inline policy, `managed` the policies attached to it: AWS's by name, others by
    ARN. It was last used `used` days ago (None: never), but never for the services `never_used`.
    """
    console = account.console
    console.on(created)
    iam = console.client("iam", account.id)
    wanted = {
        "RoleName": name,
        "Path": path,
        "Description": description,
        "AssumeRolePolicyDocument": document(*([trust] if isinstance(trust, dict) else trust)),
        "Tags": tag_list(dict(tags or {})),
    }
    arn: str = iam.create_role(**wanted, **({"PermissionsBoundary": boundary} if boundary else {}))["Role"]["Arn"]
    if grants:
        iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=document(*grants))
    for policy in managed:
        iam.attach_role_policy(RoleName=name, PolicyArn=policy_arn(policy))
    made = iam_of(account.id).get_role(name)
    made.last_used = None if used is None else console.days_ago(used) + time_of_day(name)
    made.last_used_region = account.region if used is not None else None  # type: ignore[assignment]
    if never_used:
        console.supplement.never_used[arn] = frozenset(never_used)
    return arn


def user(
    account: Account,
    name: str,
    *,
    grants: Sequence[Statement] = (),
    managed: Sequence[str] = (),
    groups: Sequence[str] = (),
    created: str = "2023-05-02",
    tags: Mapping[str, str] | None = None,
) -> str:
    """Create a user and return its ARN."""
    account.console.on(created)
    iam = account.console.client("iam", account.id)
    arn: str = iam.create_user(UserName=name, Tags=tag_list(dict(tags or {})))["User"]["Arn"]
    if grants:
        iam.put_user_policy(UserName=name, PolicyName="inline", PolicyDocument=document(*grants))
    for policy in managed:
        iam.attach_user_policy(UserName=name, PolicyArn=policy_arn(policy))
    for group in groups:
        iam.add_user_to_group(UserName=name, GroupName=group)
    return arn


def permission_set(management: Account, name: str, *, accounts: Sequence[str], group: str, user: str) -> None:
    """Let a group and a user, given by its e-mail, sign in to accounts with a permission set of Identity Center."""
    console = management.console
    console.on("2023-01-10")
    center = console.client("sso-admin", management.id, management.region)
    instance = center.list_instances()["Instances"][0]
    made = center.create_permission_set(Name=name, InstanceArn=instance["InstanceArn"])["PermissionSet"]
    people = console.client("identitystore", management.id, management.region)
    store = {"IdentityStoreId": instance["IdentityStoreId"]}
    group_id = people.create_group(**store, DisplayName=group)["GroupId"]
    alias = user.partition("@")[0]
    person = {"UserName": alias, "DisplayName": alias, "Emails": [{"Value": user}]}
    named = {"GivenName": user, "FamilyName": user}
    user_id = people.create_user(**store, Name=named, **person)["UserId"]
    center = console.client("sso-admin", management.id, management.region)
    for account in accounts:
        for kind, principal in (("GROUP", group_id), ("USER", user_id)):
            center.create_account_assignment(
                InstanceArn=instance["InstanceArn"],
                TargetId=account,
                TargetType="AWS_ACCOUNT",
                PermissionSetArn=made["PermissionSetArn"],
                PrincipalType=kind,
                PrincipalId=principal,
            )


def access_key(account: Account, user_name: str, *, age: int, used: int | None, active: str = "Active") -> str:
    """Give a user an access key made `age` days ago and last used `used` days ago (None: never); return its id."""
    console = account.console
    iam = console.client("iam", account.id)
    key_id: str = iam.create_access_key(UserName=user_name)["AccessKey"]["AccessKeyId"]
    made = iam_of(account.id).access_keys[key_id]
    made.create_date = console.days_ago(age)
    made.status = active
    if used is not None:
        made.last_used = AccessKeyLastUsed(console.days_ago(used) + time_of_day(key_id), "s3", account.region)
    return key_id


def group(account: Account, name: str, *, grants: Sequence[Statement] = (), managed: Sequence[str] = ()) -> None:
    """Create a group of users."""
    account.console.on("2023-01-10")
    iam = account.console.client("iam", account.id)
    iam.create_group(GroupName=name)
    if grants:
        iam.put_group_policy(GroupName=name, PolicyName="inline", PolicyDocument=document(*grants))
    for policy in managed:
        iam.attach_group_policy(GroupName=name, PolicyArn=policy_arn(policy))


def policy(account: Account, name: str, *, grants: Sequence[Statement], created: str = "2023-09-14") -> str:
    """Create a customer-managed policy and return its ARN."""
    account.console.on(created)
    made = account.console.client("iam", account.id).create_policy(PolicyName=name, PolicyDocument=document(*grants))
    return str(made["Policy"]["Arn"])


def policy_arn(name: str) -> str:
    """Return the ARN of one of AWS's own policies by its name; an ARN stays what it is."""
    if name.startswith("arn:"):
        return name
    folders = {"AWSGlueServiceRole": "service-role/", "AWSLambdaBasicExecutionRole": "service-role/"}
    folders |= {"AWSLambdaVPCAccessExecutionRole": "service-role/", "AmazonECSTaskExecutionRolePolicy": "service-role/"}
    folders |= {"Billing": "job-function/", "ViewOnlyAccess": "job-function/"}
    return f"{AWS_POLICIES}{folders.get(name, '')}{name}"


def time_of_day(name: str) -> timedelta:
    """Return a time before midnight that differs between names and never between runs."""
    return timedelta(minutes=-(crc32(name.encode()) % 1000) - 1)
