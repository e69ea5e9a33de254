"""S3 over HTTP: objects, multipart uploads, bucket settings, and what a restart leaves."""

import json
from collections.abc import Callable

import pytest
from botocore.exceptions import ClientError
from conftest import LocalRedshift

PART = 5 * 1024 * 1024


def test_put_list_get_delete(local_redshift: LocalRedshift) -> None:
    s3 = local_redshift.client("s3")
    s3.create_bucket(Bucket="objects")
    keys = [f"item/2000-10-2{day}/part {day} ü.csv.gz" for day in range(6, 9)]
    for key in keys:
        s3.put_object(Bucket="objects", Key=key, Body=key.encode())
    listed = s3.list_objects_v2(Bucket="objects", Prefix="item/2000")
    assert [each["Key"] for each in listed["Contents"]] == keys
    folders = s3.list_objects_v2(Bucket="objects", Prefix="item/", Delimiter="/")
    assert len(folders["CommonPrefixes"]) == len(keys)
    got = s3.get_object(Bucket="objects", Key=keys[0])
    assert got["Body"].read() == keys[0].encode()
    assert got["ETag"] == listed["Contents"][0]["ETag"]

    s3.copy_object(Bucket="objects", Key="copy", CopySource={"Bucket": "objects", "Key": keys[0]})
    assert s3.head_object(Bucket="objects", Key="copy")["ContentLength"] == len(keys[0].encode())
    s3.delete_object(Bucket="objects", Key="copy")
    wanted = [{"Key": key} for key in [*keys, "never/there"]]
    deleted = s3.delete_objects(Bucket="objects", Delete={"Objects": wanted})
    assert len(deleted["Deleted"]) == len(wanted)
    assert s3.list_objects_v2(Bucket="objects")["KeyCount"] == 0
    s3.delete_bucket(Bucket="objects")
    with pytest.raises(ClientError, match="NoSuchBucket"):
        s3.list_objects_v2(Bucket="objects")


def test_paging(local_redshift: LocalRedshift) -> None:
    s3 = local_redshift.client("s3")
    s3.create_bucket(Bucket="paging")
    for number in range(7):
        s3.put_object(Bucket="paging", Key=f"k{number}", Body=b"")
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket="paging", PaginationConfig={"PageSize": 3}
    )
    assert [len(page["Contents"]) for page in pages] == [3, 3, 1]


def test_multipart_upload(local_redshift: LocalRedshift) -> None:
    s3 = local_redshift.client("s3")
    s3.create_bucket(Bucket="multipart")
    place = {"Bucket": "multipart", "Key": "large"}
    upload = s3.create_multipart_upload(**place)["UploadId"]
    parts = []
    for number, body in enumerate((b"a" * PART, b"b" * 10), 1):
        part = s3.upload_part(**place, UploadId=upload, PartNumber=number, Body=body)
        parts.append({"PartNumber": number, "ETag": part["ETag"]})
    assert s3.list_objects_v2(Bucket="multipart")["KeyCount"] == 0
    s3.complete_multipart_upload(**place, UploadId=upload, MultipartUpload={"Parts": parts})
    assert s3.get_object(**place)["Body"].read() == b"a" * PART + b"b" * 10


def test_folder_markers_are_refused_in_words(local_redshift: LocalRedshift) -> None:
    s3 = local_redshift.client("s3")
    s3.create_bucket(Bucket="markers")
    with pytest.raises(ClientError, match="does not support this key"):
        s3.put_object(Bucket="markers", Key="folder/", Body=b"")
    s3.put_object(Bucket="markers", Key="file", Body=b"")
    with pytest.raises(ClientError, match="a file and a folder at once"):
        s3.put_object(Bucket="markers", Key="file/below", Body=b"")
    failed = s3.delete_objects(Bucket="markers", Delete={"Objects": [{"Key": "folder/"}]})
    assert failed["Errors"][0]["Code"] == "InvalidArgument"


def test_bucket_settings(local_redshift: LocalRedshift) -> None:
    s3 = local_redshift.client("s3")
    s3.create_bucket(Bucket="settings")
    with pytest.raises(ClientError, match="NoSuchBucketPolicy"):
        s3.get_bucket_policy(Bucket="settings")
    s3.put_bucket_tagging(
        Bucket="settings", Tagging={"TagSet": [{"Key": "team", "Value": "retail"}]}
    )
    assert s3.get_bucket_tagging(Bucket="settings")["TagSet"][0]["Value"] == "retail"
    with pytest.raises(ClientError, match="NoSuchBucket"):
        s3.put_bucket_policy(Bucket="no-such-bucket", Policy="{}")
    s3.delete_bucket(Bucket="settings")
    s3.create_bucket(Bucket="settings")
    with pytest.raises(ClientError, match="NoSuchTagSet"):
        s3.get_bucket_tagging(Bucket="settings")


def test_everything_survives_a_kill(new_local_redshift: Callable[[], LocalRedshift]) -> None:
    server = new_local_redshift()
    s3, iam = server.client("s3"), server.client("iam")
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::kept/*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    s3.create_bucket(Bucket="kept")
    s3.put_object(Bucket="kept", Key="a/b.gz", Body=b"rows")
    s3.put_bucket_policy(Bucket="kept", Policy=policy)
    role = iam.create_role(RoleName="another-copy", AssumeRolePolicyDocument=policy)["Role"]
    iam.put_role_policy(RoleName="another-copy", PolicyName="read", PolicyDocument=policy)

    server.kill()
    server.start()

    assert s3.get_object(Bucket="kept", Key="a/b.gz")["Body"].read() == b"rows"
    assert s3.get_bucket_policy(Bucket="kept")["Policy"] == policy
    again = iam.get_role(RoleName="another-copy")["Role"]
    assert (again["Arn"], again["RoleId"]) == (role["Arn"], role["RoleId"])
    assert iam.list_role_policies(RoleName="another-copy")["PolicyNames"] == ["read"]


def test_a_journal_line_that_a_kill_cut_off_costs_only_itself(
    new_local_redshift: Callable[[], LocalRedshift],
) -> None:
    server = new_local_redshift()
    iam = server.client("iam")
    iam.create_group(GroupName="before")
    server.kill()
    with (server.data_dir / "aws" / "journal.jsonl").open("a") as journal:
        journal.write('{"service": "iam", "method": "PO')
    for name in ("after", "later"):
        server.start()
        iam.create_group(GroupName=name)
        server.stop()
    server.start()
    groups = {group["GroupName"] for group in iam.list_groups()["Groups"]}
    assert groups == {"before", "after", "later"}


def test_sts_and_unknown_services(local_redshift: LocalRedshift) -> None:
    identity = local_redshift.client("sts").get_caller_identity()
    assert identity["Account"] == "123456789012"
    with pytest.raises(ClientError, match="no service 'glue'"):
        local_redshift.client("glue").get_databases()
