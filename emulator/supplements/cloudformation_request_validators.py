"""A method's request validator and content handling come from its template.

AWS: `AWS::ApiGateway::RequestValidator` makes a validator, a method's `RequestValidatorId` names it, and an integration's `ContentHandling` is kept.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-requestvalidator.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-method.html
The emulator alone: hands out an id and makes no validator; drops both properties of a method, though its API knows them.
This supplement makes, changes and deletes the validator, and passes the properties on.
"""

import json

from ministack.services import apigateway_v1
from ministack.services.cloudformation import provisioners

from supplements._patching import edit_function, expect_parameters

FLAGS = {"validateRequestBody": "ValidateRequestBody", "validateRequestParameters": "ValidateRequestParameters"}


def wanted(properties: dict) -> dict:
    return {flag: str(properties.get(name, False)).lower() == "true" for flag, name in FLAGS.items()}


def create(logical_id: str, properties: dict, stack_name: str):
    name = properties.get("Name") or f"{stack_name}-{logical_id}"
    status, _headers, body = apigateway_v1._create_request_validator(properties["RestApiId"], {"name": name, **wanted(properties)})
    if status >= 400:
        raise ValueError(f"AWS::ApiGateway::RequestValidator create failed: {body!r}")
    made = json.loads(body)["id"]
    return made, {"RequestValidatorId": made}


def update(physical_id: str, old: dict, new: dict, stack_name: str):
    if any(old.get(name) != new.get(name) for name in ("RestApiId", "Name")):
        return create(physical_id, new, stack_name)  # the engine deletes the old one
    changes = [{"op": "replace", "path": f"/{flag}", "value": value} for flag, value in wanted(new).items()]
    apigateway_v1._update_request_validator(new["RestApiId"], physical_id, {"patchOperations": changes})
    return physical_id, {"RequestValidatorId": physical_id}


def delete(physical_id: str, properties: dict) -> None:
    apigateway_v1._delete_request_validator(properties.get("RestApiId", ""), physical_id)


def apply() -> None:
    expect_parameters(apigateway_v1._create_request_validator, "api_id", "data")
    expect_parameters(apigateway_v1._update_request_validator, "api_id", "validator_id", "data")
    expect_parameters(provisioners._apigw_request_validator_update, "physical_id", "old_props", "new_props", "stack_name")
    handlers = provisioners._RESOURCE_HANDLERS["AWS::ApiGateway::RequestValidator"]
    handlers.update(create=create, update=update, delete=delete)
    edit_function(
        provisioners._apigw_method_create,
        '        "requestModels": props.get("RequestModels", {}),\n',
        '        "requestModels": props.get("RequestModels", {}),\n        "requestValidatorId": props.get("RequestValidatorId"),\n',
    )
    edit_function(
        provisioners._apigw_method_create,
        '            "timeoutInMillis": integration.get("TimeoutInMillis", 29000),\n',
        '            "timeoutInMillis": integration.get("TimeoutInMillis", 29000),\n'
        '            "contentHandling": integration.get("ContentHandling"),\n',
    )
