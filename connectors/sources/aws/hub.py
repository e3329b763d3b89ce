"""How does sv0 get from the credentials it has to the role in the management account?"""

from __future__ import annotations

import botocore.session
from botocore.exceptions import NoCredentialsError, PartialCredentialsError

from connectors.source import ErrorKind, SourceError
from connectors.sources.aws.session import Sessions, ask
from connectors.sources.aws.trouble import ERRORS, EXPIRED, WRONG_KEYS, code, is_denied, trouble


def caller(sessions: Sessions, session: botocore.session.Session) -> str:
    """The ARN that AWS knows the session as. SourceError where AWS doesn't accept its credentials."""
    try:
        sts = sessions.client(session, "sts", sessions.connection.home_region)
        return str(ask(sts, "GetCallerIdentity")["Arn"])
    except ERRORS as error:
        raise _refused(error) from error


def opened(sessions: Sessions) -> botocore.session.Session:
    """A session as the role in the management account. SourceError where it can't be assumed."""
    connection = sessions.connection
    try:
        return sessions.assume(sessions.base(), connection.role_arn, external_id=connection.external_id)
    except ERRORS as error:
        if is_denied(error):
            message = (
                f"The role {connection.role_arn} can't be assumed: it is missing, or its trust doesn't name "
                "sv0's identity, or the ExternalId doesn't match."
            )
            raise SourceError(message, kind=ErrorKind.CONFIG, missing=("sts:AssumeRole",)) from error
        raise _refused(error) from error


def _refused(error: Exception) -> SourceError:
    found = code(error)
    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        return SourceError("sv0 has no AWS identity of its own here: enter an access key.", kind=ErrorKind.CONFIG)
    if found in EXPIRED:
        return SourceError("The AWS credentials have expired.", kind=ErrorKind.CONFIG)
    if found == "SignatureDoesNotMatch":
        return SourceError("The secret access key doesn't belong to the access key id.", kind=ErrorKind.CONFIG)
    if found in WRONG_KEYS:
        return SourceError(
            "AWS doesn't know the access key: it is wrong, switched off or deleted.", kind=ErrorKind.CONFIG
        )
    judged = trouble(error, where="the management account", action="sts:AssumeRole", regional=False)
    return SourceError(judged.sentence, kind=judged.kind, missing=judged.missing)
