"""A bucket has the lifecycle rules of its template.

AWS: "AWS::S3::Bucket LifecycleConfiguration"
(https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-s3-bucket-lifecycleconfiguration.html) and
"Rule" (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-s3-bucket-rule.html).

The emulator alone: drops the property in silence.

This supplement: the rules are put by the API, changed and removed. Like those put by the API they are a record: nothing expires.
"""

from xml.etree import ElementTree

from ministack.services import s3
from ministack.services.cloudformation import provisioners

from supplements._patching import SupplementRefused, expect_parameters


def apply() -> None:
    expect_parameters(s3._put_bucket_lifecycle, "name", "body")
    expect_parameters(s3._delete_bucket_lifecycle, "name")
    known = [entry[0] for entry in provisioners._S3_BUCKET_CONFIGURATIONS]
    if "LifecycleConfiguration" in known:
        raise SupplementRefused("the emulator applies LifecycleConfiguration itself")
    row = ("LifecycleConfiguration", lambda configuration: configuration, put, s3._delete_bucket_lifecycle)
    provisioners._S3_BUCKET_CONFIGURATIONS = (*provisioners._S3_BUCKET_CONFIGURATIONS, row)


def put(bucket: str, configuration: dict) -> None:
    root = ElementTree.Element("LifecycleConfiguration", xmlns=s3.S3_NS)
    for rule in configuration["Rules"]:
        append(root, "Rule", as_the_api_has_it(rule))
    status, _headers, body = s3._put_bucket_lifecycle(bucket, ElementTree.tostring(root))
    if status >= 400:
        raise ValueError(f"AWS::S3::Bucket LifecycleConfiguration: {body.decode()}")


def append(parent: ElementTree.Element, tag: str, value) -> None:
    if value is None:
        return
    if isinstance(value, list):
        for part in value:
            append(parent, tag, part)
        return
    element = ElementTree.SubElement(parent, tag)
    if isinstance(value, dict):
        for name, part in value.items():
            append(element, name, part)
    else:
        element.text = str(value).lower() if isinstance(value, bool) else str(value)


def as_the_api_has_it(rule: dict) -> dict:
    expiration = {
        "Date": rule.get("ExpirationDate"),
        "Days": rule.get("ExpirationInDays"),
        "ExpiredObjectDeleteMarker": rule.get("ExpiredObjectDeleteMarker"),
    }
    noncurrent_days = rule.get("NoncurrentVersionExpirationInDays")
    return {
        "ID": rule.get("Id"),
        "Status": rule["Status"],
        "Filter": filter_of(rule),
        "Expiration": expiration if any(value is not None for value in expiration.values()) else None,
        "NoncurrentVersionExpiration": rule.get("NoncurrentVersionExpiration") or (noncurrent_days and {"NoncurrentDays": noncurrent_days}),
        "AbortIncompleteMultipartUpload": rule.get("AbortIncompleteMultipartUpload"),
        "Transition": [transition(found, "Days") for found in all_of(rule, "Transition")],
        "NoncurrentVersionTransition": [transition(found, "NoncurrentDays") for found in all_of(rule, "NoncurrentVersionTransition")],
    }


def all_of(rule: dict, name: str) -> list:
    """A rule has one transition, or a list of them."""
    return rule.get(f"{name}s") or ([rule[name]] if name in rule else [])


def transition(found: dict, days: str) -> dict:
    return {
        days: found.get("TransitionInDays"),
        "Date": found.get("TransitionDate"),
        "NewerNoncurrentVersions": found.get("NewerNoncurrentVersions"),
        "StorageClass": found["StorageClass"],
    }


def filter_of(rule: dict) -> dict:
    """In the API a filter is one criterion, or several in `And`."""
    criteria = {name: rule.get(name) for name in ("Prefix", "ObjectSizeGreaterThan", "ObjectSizeLessThan") if rule.get(name) is not None}
    tags = rule.get("TagFilters") or []
    if len(criteria) + len(tags) > 1:
        return {"And": {**criteria, "Tag": tags}}
    return {**criteria, "Tag": tags}
