"""The event of an object names the version that it tells of.

AWS: "Event message structure" (https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html): `version-id` in `detail.object`, where the
bucket has versions.

The emulator alone: names it in notifications to a queue, a topic or a function, but not in the event for EventBridge.

This supplement: names it there, too.
"""

from ministack.services import s3

from supplements._patching import edit_function


def apply() -> None:
    edit_function(
        s3._fire_s3_event,
        '"etag": clean_etag, "sequencer": sequencer or "0"}',
        '"etag": clean_etag, "sequencer": sequencer or "0", **({"version-id": version_id} if version_id else {})}',
    )
