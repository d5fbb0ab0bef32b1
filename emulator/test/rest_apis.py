"""A REST API as the CDK writes it into a template, and requests to it."""

import json
import urllib.error
import urllib.request

TRUST = {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "apigateway.amazonaws.com"}}]}


def rest_api(methods: dict, variables: dict | None = None) -> dict:
    """The resources of an API with a POST method per path; each method is the properties of AWS::ApiGateway::Method."""
    resources = {
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST}},
        "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "orders"}},
        "Stage": {
            "Type": "AWS::ApiGateway::Stage",
            "Properties": {
                "RestApiId": {"Ref": "Api"},
                "DeploymentId": {"Ref": "Deployment"},
                "StageName": "prod",
                "Variables": variables or {},
            },
        },
    }
    made = []
    for path, method in methods.items():
        parent = {"Fn::GetAtt": ["Api", "RootResourceId"]}
        name = ""
        for part in path.split("/"):
            name += "".join(filter(str.isalnum, part)).capitalize()
            properties = {"RestApiId": {"Ref": "Api"}, "ParentId": parent, "PathPart": part}
            resources[f"{name}Resource"] = {"Type": "AWS::ApiGateway::Resource", "Properties": properties}
            parent = {"Ref": f"{name}Resource"}
        properties = {"RestApiId": {"Ref": "Api"}, "ResourceId": parent, "HttpMethod": "POST", "AuthorizationType": "NONE", **method}
        resources[f"{name}Method"] = {"Type": "AWS::ApiGateway::Method", "Properties": properties}
        made.append(f"{name}Method")
    resources["Deployment"] = {"Type": "AWS::ApiGateway::Deployment", "Properties": {"RestApiId": {"Ref": "Api"}}, "DependsOn": made}
    return resources


def integration(target: str | dict, template: str | None = None, responses: list | None = None, **more) -> dict:
    """A method with an integration to `service:action/Name` or `service:path/…`."""
    return {
        "Integration": {
            "Type": "AWS",
            "IntegrationHttpMethod": "POST",
            "Uri": {"Fn::Sub": f"arn:${{AWS::Partition}}:apigateway:${{AWS::Region}}:{target}"},
            "Credentials": {"Fn::GetAtt": ["Role", "Arn"]},
            "RequestTemplates": {"application/json": template} if template else {},
            "IntegrationResponses": responses or [{"StatusCode": "200"}],
            **more,
        }
    }


def response(status: str, template: str | None = None, pattern: str | None = None, parameters: dict | None = None) -> dict:
    found = {"StatusCode": status, "ResponseTemplates": {"application/json": template} if template else {}}
    return {**found, **({"SelectionPattern": pattern} if pattern else {}), **({"ResponseParameters": parameters} if parameters else {})}


class Answer:
    def __init__(self, status: int, headers, body: bytes):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        try:
            return json.loads(self.body)
        except ValueError:
            raise AssertionError(f"{self.status}: not JSON: {self.body[:500]!r}") from None


def request(aws, api: str, path: str, body="{}", method: str = "POST", **headers) -> Answer:
    """`headers` are named with underscores for hyphens."""
    sent = body if isinstance(body, str) else json.dumps(body)
    named = {"Content-Type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
    url = f"{aws.endpoint}/_aws/execute-api/{api}/prod/{path}"
    call = urllib.request.Request(url, data=sent.encode(), method=method, headers=named)
    try:
        with urllib.request.urlopen(call, timeout=30) as found:
            return Answer(found.status, found.headers, found.read())
    except urllib.error.HTTPError as error:
        return Answer(error.code, error.headers, error.read())
