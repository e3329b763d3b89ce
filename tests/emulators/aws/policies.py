"""How do estates write IAM policies and trust, without a page of JSON for each?"""

import json
from typing import Any

Statement = dict[str, Any]


def allow(*actions: str, on: str | list[str] = "*", when: dict[str, Any] | None = None) -> Statement:
    """Return a statement that allows actions on resources (patterns of ARNs), under conditions if any."""
    statement: Statement = {"Effect": "Allow", "Action": list(actions), "Resource": on}
    return statement | ({"Condition": when} if when else {})


def deny(*actions: str, on: str | list[str] = "*") -> Statement:
    """Return a statement that denies actions on resources."""
    return {"Effect": "Deny", "Action": list(actions), "Resource": on}


def document(*statements: Statement) -> str:
    """Return a policy document as JSON."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def by_service(*names: str) -> Statement:
    """Return trust in AWS services: "lambda" stands for lambda.amazonaws.com."""
    principals = [f"{name}.amazonaws.com" for name in names]
    return trust({"Service": principals[0] if len(principals) == 1 else principals})


def by(*arns: str, external_id: str | None = None, when: dict[str, Any] | None = None) -> Statement:
    """Return trust in principals by ARN ("*" for anybody), only with an ExternalId where one is given."""
    condition = dict(when or {})
    if external_id is not None:
        condition["StringEquals"] = {"sts:ExternalId": external_id}
    return trust({"AWS": arns[0] if len(arns) == 1 else list(arns)}, condition)


def by_account(account_id: str, *, external_id: str | None = None) -> Statement:
    """Return trust in every principal of an account."""
    return by(f"arn:aws:iam::{account_id}:root", external_id=external_id)


def by_github(account_id: str, subject: str) -> Statement:
    """Return trust in GitHub Actions' workflows whose token has the subject, e.g. "repo:acme-media/*"."""
    issuer = "token.actions.githubusercontent.com"
    return {
        "Effect": "Allow",
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": {"Federated": f"arn:aws:iam::{account_id}:oidc-provider/{issuer}"},
        "Condition": {"StringEquals": {f"{issuer}:aud": "sts.amazonaws.com"}, "StringLike": {f"{issuer}:sub": subject}},
    }


def by_entra(account_id: str, tenant: str, principal: str) -> Statement:
    """Return trust in what an Entra tenant's tokens call the service principal of that id."""
    issuer = f"sts.windows.net/{tenant}/"
    return {
        "Effect": "Allow",
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": {"Federated": f"arn:aws:iam::{account_id}:oidc-provider/{issuer}"},
        "Condition": {"StringEquals": {f"{issuer}:sub": principal}},
    }


def by_sso(account_id: str) -> Statement:
    """Return trust in IAM Identity Center's SAML provider."""
    return {
        "Effect": "Allow",
        "Action": ["sts:AssumeRoleWithSAML", "sts:TagSession"],
        "Principal": {"Federated": f"arn:aws:iam::{account_id}:saml-provider/AWSSSO_8f3c0e1d_DO_NOT_DELETE"},
        "Condition": {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}},
    }


def trust(principal: dict[str, Any], condition: dict[str, Any] | None = None) -> Statement:
    statement: Statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return statement | ({"Condition": condition} if condition else {})
