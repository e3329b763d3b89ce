"""How does an estate get the data that its roles reach, tagged with the domain it belongs to?"""

from collections.abc import Mapping

from tests.emulators.aws.builders.organization import Account, tag_list, token

CREATED = "2022-11-08"
DOMAIN = "data-domain"


def tagged(domain: str | None, tags: Mapping[str, str] | None) -> list[dict[str, str]]:
    return tag_list({**({DOMAIN: domain} if domain else {}), **(tags or {})})


def bucket(
    account: Account,
    name: str,
    *,
    domain: str | None = None,
    tags: Mapping[str, str] | None = None,
    region: str | None = None,
) -> str:
    """Create an S3 bucket and return its ARN."""
    account.console.on(CREATED)
    home = region or account.region
    place = {} if home == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": home}}
    s3 = account.console.client("s3", account.id, home)
    s3.create_bucket(Bucket=name, **place)
    if rows := tagged(domain, tags):
        s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": rows})
    return f"arn:aws:s3:::{name}"


def secret(
    account: Account,
    name: str,
    *,
    domain: str | None = "secrets",
    tags: Mapping[str, str] | None = None,
    region: str | None = None,
) -> str:
    """Create a secret in Secrets Manager and return its ARN."""
    account.console.on(CREATED)
    secrets = account.console.client("secretsmanager", account.id, region or account.region)
    made = secrets.create_secret(
        Name=name, SecretString=f"CANARY-{name}", Tags=tagged(domain, tags), ClientRequestToken=token(name)
    )
    return str(made["ARN"])


def table(
    account: Account,
    name: str,
    *,
    domain: str | None = None,
    tags: Mapping[str, str] | None = None,
    region: str | None = None,
) -> str:
    """Create a DynamoDB table and return its ARN."""
    account.console.on(CREATED)
    tables = account.console.client("dynamodb", account.id, region or account.region)
    made = tables.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        Tags=tagged(domain, tags),
    )
    return str(made["TableDescription"]["TableArn"])


def database(
    account: Account,
    name: str,
    *,
    domain: str | None = None,
    tags: Mapping[str, str] | None = None,
    region: str | None = None,
) -> str:
    """Create an RDS database and return its ARN."""
    account.console.on(CREATED)
    databases = account.console.client("rds", account.id, region or account.region)
    made = databases.create_db_instance(
        DBInstanceIdentifier=name,
        DBInstanceClass="db.t4g.medium",
        Engine="postgres",
        AllocatedStorage=100,
        MasterUsername="postgres",
        MasterUserPassword=f"CANARY-{name}",
        Tags=tagged(domain, tags),
    )
    return str(made["DBInstance"]["DBInstanceArn"])


def encryption_key(
    account: Account,
    alias: str,
    *,
    domain: str | None = None,
    tags: Mapping[str, str] | None = None,
    region: str | None = None,
) -> str:
    """Create a KMS key with an alias and return its ARN."""
    account.console.on(CREATED)
    keys = account.console.client("kms", account.id, region or account.region)
    rows = [{"TagKey": row["Key"], "TagValue": row["Value"]} for row in tagged(domain, tags)]
    made = keys.create_key(Description=alias, Tags=rows)["KeyMetadata"]
    keys.create_alias(AliasName=f"alias/{alias}", TargetKeyId=made["KeyId"])
    return str(made["Arn"])
