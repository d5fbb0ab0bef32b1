import json
import urllib.error
import urllib.request
import uuid

import pytest
from botocore.exceptions import ClientError
from queues import ensure_role, queue, received, stays_empty
from rest_apis import TRUST, integration, request, rest_api

PROXIED = """
def handler(event, context):
    return {"statusCode": 200, "body": "called"}
"""
AUTHORIZES = """
def handler(event, context):
    if event.get("version") == "2.0":
        return {"isAuthorized": True}
    statement = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": event["methodArn"]}
    return {"principalId": "anyone", "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
"""
API_GATEWAY = "apigateway.amazonaws.com"


@pytest.fixture
def aws(aws_with_iam):
    return aws_with_iam


@pytest.fixture
def name() -> str:
    return f"policies-{uuid.uuid4().hex[:8]}"


def function(aws, name: str, source: str = PROXIED) -> str:
    ensure_role(aws, "any")
    return aws.function(name, source, "python3.12")


def invocation(function_arn: str) -> str:
    return f"lambda:path/2015-03-31/functions/{function_arn}/invocations"


def let_in(aws, function_arn: str, service: str, source_arn: str) -> None:
    aws.client("lambda").add_permission(
        FunctionName=function_arn, StatementId=uuid.uuid4().hex, Action="lambda:InvokeFunction", Principal=service, SourceArn=source_arn
    )


def source(api: str, rest: str) -> str:
    return f"arn:aws:execute-api:us-east-1:000000000000:{api}/{rest}"


@pytest.mark.parametrize("kind", ["AWS_PROXY", "AWS"])
def test_a_rest_api_needs_the_permission_of_its_function(aws, name, kind):
    arn = function(aws, name)
    called = integration(invocation(arn), Type=kind, Credentials={"Ref": "AWS::NoValue"})
    api = aws.deploy(name, rest_api({"orders/{id}": called}))["Api"]
    assert request(aws, api, "orders/7").status == 500
    let_in(aws, arn, API_GATEWAY, source(api, "prod/GET/orders/*"))
    assert request(aws, api, "orders/7").status == 500
    let_in(aws, arn, API_GATEWAY, source(api, "prod/POST/orders/*"))
    assert request(aws, api, "orders/7").status == 200


def test_the_permission_of_an_alias_is_its_own(aws, name):
    arn = function(aws, name)
    version = aws.client("lambda").publish_version(FunctionName=name)["Version"]
    alias = aws.client("lambda").create_alias(FunctionName=name, Name="live", FunctionVersion=version)["AliasArn"]
    called = integration(invocation(alias), Type="AWS_PROXY", Credentials={"Ref": "AWS::NoValue"})
    api = aws.deploy(name, rest_api({"orders": called}))["Api"]
    let_in(aws, arn, API_GATEWAY, source(api, "*"))
    assert request(aws, api, "orders").status == 500
    let_in(aws, alias, API_GATEWAY, source(api, "*"))
    assert request(aws, api, "orders").status == 200


def test_a_rest_api_with_a_role_calls_as_this_role(aws, name):
    arn = function(aws, name)
    api = aws.deploy(name, rest_api({"orders": integration(invocation(arn), Type="AWS_PROXY")}))
    assert request(aws, api["Api"], "orders").status == 500
    ensure_role(aws, api["Role"], {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": arn})
    assert request(aws, api["Api"], "orders").status == 200
    trust = json.dumps(TRUST).replace("apigateway", "states")
    aws.client("iam").update_assume_role_policy(RoleName=api["Role"], PolicyDocument=trust)
    assert request(aws, api["Api"], "orders").status == 500


def test_an_authorizer_of_a_rest_api_needs_the_permission(aws, name):
    arn, authorizer_arn = function(aws, name), function(aws, f"{name}-authorizer", AUTHORIZES)
    authorizer = {
        "Type": "AWS::ApiGateway::Authorizer",
        "Properties": {
            "RestApiId": {"Ref": "Api"},
            "Name": "any",
            "Type": "TOKEN",
            "IdentitySource": "method.request.header.Authorization",
            "AuthorizerUri": f"arn:aws:apigateway:us-east-1:{invocation(authorizer_arn)}",
        },
    }
    called = integration(invocation(arn), Type="AWS_PROXY", Credentials={"Ref": "AWS::NoValue"})
    method = {**called, "AuthorizationType": "CUSTOM", "AuthorizerId": {"Ref": "Authorizer"}}
    api = aws.deploy(name, {**rest_api({"orders": method}), "Authorizer": authorizer})
    let_in(aws, arn, API_GATEWAY, source(api["Api"], "prod/POST/orders"))
    assert request(aws, api["Api"], "orders", Authorization="me").status == 500
    let_in(aws, authorizer_arn, API_GATEWAY, source(api["Api"], f"authorizers/{api['Authorizer']}"))
    assert request(aws, api["Api"], "orders", Authorization="me").status == 200


class HttpApi:
    def __init__(self, aws, name: str, route: str, function_arn: str, authorizer_arn: str | None = None):
        self.aws, apis = aws, aws.client("apigatewayv2")
        self.id = apis.create_api(Name=name, ProtocolType="HTTP")["ApiId"]
        target = apis.create_integration(
            ApiId=self.id, IntegrationType="AWS_PROXY", IntegrationUri=function_arn, PayloadFormatVersion="2.0"
        )["IntegrationId"]
        authorization = {}
        if authorizer_arn:
            self.authorizer = apis.create_authorizer(
                ApiId=self.id,
                Name="any",
                AuthorizerType="REQUEST",
                AuthorizerUri=f"arn:aws:apigateway:us-east-1:{invocation(authorizer_arn)}",
                AuthorizerPayloadFormatVersion="2.0",
                EnableSimpleResponses=True,
                IdentitySource=["$request.header.Authorization"],
            )["AuthorizerId"]
            authorization = {"AuthorizationType": "CUSTOM", "AuthorizerId": self.authorizer}
        apis.create_route(ApiId=self.id, RouteKey=route, Target=f"integrations/{target}", **authorization)
        apis.create_stage(ApiId=self.id, StageName="$default", AutoDeploy=True)

    def status(self, path: str) -> int:
        url = f"{self.aws.endpoint}/_aws/execute-api/{self.id}/$default/{path}"
        try:
            return urllib.request.urlopen(urllib.request.Request(url, headers={"Authorization": "me"}), timeout=30).status
        except urllib.error.HTTPError as error:
            return error.code


@pytest.mark.parametrize("route,rest", [("GET /orders/{id}", "*/*/orders/{id}"), ("$default", "*/$default")])
def test_an_http_api_needs_the_permission_of_its_function(aws, name, route, rest):
    arn = function(aws, name)
    api = HttpApi(aws, name, route, arn)
    assert api.status("orders/7") == 500
    let_in(aws, arn, API_GATEWAY, source("another", rest))
    assert api.status("orders/7") == 500
    let_in(aws, arn, API_GATEWAY, source(api.id, rest))
    assert api.status("orders/7") == 200


def test_an_authorizer_of_an_http_api_needs_the_permission(aws, name):
    arn, authorizer_arn = function(aws, name), function(aws, f"{name}-authorizer", AUTHORIZES)
    api = HttpApi(aws, name, "GET /orders", arn, authorizer_arn)
    let_in(aws, arn, API_GATEWAY, source(api.id, "*/*/orders"))
    assert api.status("orders") >= 400
    let_in(aws, authorizer_arn, API_GATEWAY, source(api.id, f"authorizers/{api.authorizer}"))
    assert api.status("orders") == 200


class Bucket:
    """A bucket that tells a function of new objects, and where the function's asynchronous invocations are recorded."""

    def __init__(self, aws, name: str):
        self.aws, self.name, self.s3 = aws, name, aws.client("s3")
        self.arn = f"arn:aws:s3:::{name}"
        self.successes, successes_arn = queue(aws, f"{name}-successes")
        role = ensure_role(aws, name, {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": successes_arn})
        self.function = function(aws, name)
        aws.client("lambda").update_function_configuration(FunctionName=name, Role=role)
        aws.client("lambda").put_function_event_invoke_config(
            FunctionName=name, DestinationConfig={"OnSuccess": {"Destination": successes_arn}}
        )
        self.s3.create_bucket(Bucket=name)

    def notify(self) -> None:
        told = {"LambdaFunctionArn": self.function, "Events": ["s3:ObjectCreated:*"]}
        self.s3.put_bucket_notification_configuration(Bucket=self.name, NotificationConfiguration={"LambdaFunctionConfigurations": [told]})


def test_a_bucket_may_only_tell_a_function_that_lets_it_in(aws, name):
    bucket = Bucket(aws, name)
    with pytest.raises(ClientError, match="Unable to validate the following destination configurations"):
        bucket.notify()
    let_in(aws, bucket.function, "s3.amazonaws.com", bucket.arn)
    bucket.notify()


def test_a_bucket_that_lost_its_permission_tells_nothing(aws, name):
    bucket = Bucket(aws, name)
    let_in(aws, bucket.function, "s3.amazonaws.com", bucket.arn)
    bucket.notify()
    functions = aws.client("lambda")
    policy = json.loads(functions.get_policy(FunctionName=name)["Policy"])
    functions.remove_permission(FunctionName=name, StatementId=policy["Statement"][0]["Sid"])
    bucket.s3.put_object(Bucket=name, Key="lost", Body=b"")
    assert stays_empty(aws, bucket.successes)
    let_in(aws, bucket.function, "s3.amazonaws.com", bucket.arn)
    bucket.s3.put_object(Bucket=name, Key="told", Body=b"")
    record = json.loads(received(aws, bucket.successes)["Body"])
    assert record["requestPayload"]["Records"][0]["s3"]["object"]["key"] == "told"
