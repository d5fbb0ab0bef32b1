"""Policies that ask for TLS accept the emulator's loopback connection.

AWS: "AWS global condition context keys", aws:SecureTransport
(https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html): true when the request came over TLS.
`enforceSSL` of queues, topics and buckets denies requests where it is false, and so does the CDK bootstrap bucket.

The emulator alone: speaks http, so with IAM enforced every request to such a resource is denied, bootstrap uploads too.

This supplement: a request from the loopback interface counts as TLS. It never leaves the machine, and the same template
then works here and on AWS. So does what no request has caused: a service's own calls, such as an alarm's, come over TLS.
That a resource really refuses http cannot be shown here.
"""

import contextvars
import ipaddress

from ministack import app
from ministack.core import iam_evaluator

from supplements._patching import SupplementRefused, expect_parameters


def apply() -> None:
    pin = app.pin_request_origin
    if iam_evaluator._request_origin.get() != ("127.0.0.1", False):
        raise SupplementRefused("ministack.core.iam_evaluator._request_origin: not the origin known here")
    iam_evaluator._request_origin = contextvars.ContextVar("request_origin", default=("127.0.0.1", True))
    expect_parameters(pin, "source_ip", "secure_transport")

    def pin_request_origin(source_ip, secure_transport):
        pin(source_ip, secure_transport or ipaddress.ip_address(source_ip).is_loopback)

    app.pin_request_origin = pin_request_origin
