import base64
import json

import pytest
from conftest import within
from rest_apis import integration, request, response, rest_api

ORDER = {"id": "o-1", "note": "it's \"quoted\", ünïcode, a \\ and a /", "lines": [{"sku": "a", "count": 2}, {"sku": "b", "count": 1}]}


def policy(*actions: str) -> dict:
    document = {"Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}
    return {"Type": "AWS::IAM::Policy", "Properties": {"PolicyName": "calls", "PolicyDocument": document, "Roles": [{"Ref": "Role"}]}}


def state_machine(kind: str, definition: dict) -> dict:
    return {
        "Type": "AWS::StepFunctions::StateMachine",
        "Properties": {"StateMachineType": kind, "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]}, "DefinitionString": json.dumps(definition)},
    }


PASS = {"StartAt": "Done", "States": {"Done": {"Type": "Pass", "End": True}}}
# As AWS documents it: an escaped single quote is not valid in JSON.
AS_TEXT = """$util.escapeJavaScript($input.json('$')).replaceAll("\\\\'", "'")"""
START = f"""{{
  "stateMachineArn": "$stageVariables.machine",
  "name": "$context.requestId",
  "input": "{AS_TEXT}"
}}"""


def test_a_job_is_started_in_step_functions(aws):
    stack = aws.deploy(
        "start-execution",
        {
            **rest_api(
                {
                    "jobs": integration(
                        "states:action/StartExecution",
                        START,
                        [
                            response(
                                "202",
                                "#set($parts = $input.path('$.executionArn').split(':'))"
                                '{"id": "$parts[7]", "request": "$context.requestId", "started": $input.json(\'$.startDate\')}',
                                parameters={"method.response.header.Location": "integration.response.body.executionArn"},
                            ),
                            response("409", '{"error": "$input.path(\'$.message\')"}', pattern="4\\d{2}"),
                        ],
                    )
                },
                {"machine": {"Ref": "Machine"}},
            ),
            "Machine": state_machine("STANDARD", PASS),
        },
    )
    answer = request(aws, stack["Api"], "jobs", ORDER)
    assert answer.status == 202, answer.body
    assert answer.json["id"] == answer.json["request"] == answer.headers["x-amzn-requestid"]
    assert isinstance(answer.json["started"], float)
    execution = aws.client("stepfunctions").describe_execution(executionArn=answer.headers["Location"])
    assert json.loads(execution["input"]) == ORDER


def test_an_express_workflow_answers_with_its_output(aws):
    stack = aws.deploy(
        "start-sync-execution",
        {
            **rest_api(
                {
                    "quotes": integration(
                        "states:action/StartSyncExecution",
                        '{"stateMachineArn": "$stageVariables.machine", "input": "' + AS_TEXT.replace("json('$')", "body") + '"}',
                        [
                            response(
                                "200",
                                "#set($output = $util.parseJson($input.path('$.output')))"
                                "#if($input.path('$.status') != 'SUCCEEDED')#set($context.responseOverride.status = 502)#end"
                                '{"status": "$input.path(\'$.status\')", "sku": "$output.lines[1].sku"}',
                            )
                        ],
                    )
                },
                {"machine": {"Ref": "Machine"}},
            ),
            "Machine": state_machine("EXPRESS", PASS),
        },
    )
    answer = request(aws, stack["Api"], "quotes", ORDER)
    assert (answer.status, answer.json) == (200, {"status": "SUCCEEDED", "sku": "b"})


PUT = """{
  "TableName": "$stageVariables.table",
  "ConditionExpression": "attribute_not_exists(id)",
  "Item": {
    "id": {"S": $input.json('$.id')},
    "request": {"S": "$context.requestId"},
    "skus": {"L": [#foreach($line in $input.path('$.lines')){"S": "$line.sku"}#if($foreach.hasNext),#end#end]},
    "total": {"N": "#set($total = 0)#foreach($line in $input.path('$.lines'))#set($total = $total + $line.count)#end$total"}
  }
}"""
KEY = '{"TableName": "$stageVariables.table", "Key": {"id": {"S": "$input.params(\'id\')"}}}'
FOUND = """#if($input.path('$.Item') == "")#set($context.responseOverride.status = 404){"error": "no order $input.params('id')"}
#else{"id": "$input.path('$.Item.id.S')", "total": $input.path('$.Item.total.N')}#end"""


def test_items_are_put_got_changed_and_queried_in_dynamodb(aws):
    key = [{"AttributeName": "id", "KeyType": "HASH"}]
    stack = aws.deploy(
        "dynamodb-actions",
        {
            **rest_api(
                {
                    "orders": integration(
                        "dynamodb:action/PutItem",
                        PUT,
                        [response("201", "{}"), response("409", '{"type": "$input.path(\'$.__type\').replaceAll(\'.*#\', \'\')"}', pattern="400")],
                    ),
                    "orders/{id}": {
                        **integration("dynamodb:action/GetItem", KEY, [response("200", FOUND)]),
                        "RequestParameters": {"method.request.path.id": True},
                    },
                    "orders/{id}/paid": integration(
                        "dynamodb:action/UpdateItem",
                        KEY[:-1] + ', "UpdateExpression": "SET paid = :p", "ExpressionAttributeValues": {":p": {"BOOL": true}},'
                        ' "ReturnValues": "ALL_NEW"}',
                        [response("200", '{"paid": $input.json(\'$.Attributes.paid.BOOL\')}')],
                    ),
                    "orders/{id}/items": integration(
                        "dynamodb:action/Query",
                        '{"TableName": "$stageVariables.table", "KeyConditionExpression": "id = :id",'
                        ' "ExpressionAttributeValues": {":id": {"S": "$input.params(\'id\')"}}}',
                        [response("200", "[#foreach($item in $input.path('$.Items'))\"$item.id.S\"#if($foreach.hasNext),#end#end]")],
                    ),
                },
                {"table": {"Ref": "Table"}},
            ),
            "Table": {
                "Type": "AWS::DynamoDB::Table",
                "Properties": {
                    "BillingMode": "PAY_PER_REQUEST",
                    "KeySchema": key,
                    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                },
            },
        },
    )
    api = stack["Api"]
    made = request(aws, api, "orders", ORDER)
    assert (made.status, made.json) == (201, {})
    again = request(aws, api, "orders", ORDER)
    assert (again.status, again.json) == (409, {"type": "ConditionalCheckFailedException"})
    item = aws.client("dynamodb").get_item(TableName=stack["Table"], Key={"id": {"S": "o-1"}})["Item"]
    assert item["skus"] == {"L": [{"S": "a"}, {"S": "b"}]}
    assert item["request"] == {"S": made.headers["x-amzn-requestid"]}
    assert request(aws, api, "orders/o-1").json == {"id": "o-1", "total": 3}
    missing = request(aws, api, "orders/o-2")
    assert (missing.status, missing.json) == (404, {"error": "no order o-2"})
    assert request(aws, api, "orders/o-1/paid").json == {"paid": True}
    assert request(aws, api, "orders/o-1/items").json == ["o-1"]


FORM = {"integration.request.header.Content-Type": "'application/x-www-form-urlencoded'"}
SENT = [
    response("200", '{"id": "$input.path(\'$.SendMessageResponse.SendMessageResult.MessageId\')"}'),
    response("500", '{"code": "$input.path(\'$.Error.Code\')"}', pattern="[45]\\d{2}"),
]


def test_messages_are_sent_to_sqs_by_path_and_by_action(aws):
    attribute = "&MessageAttribute.1.Name=caller&MessageAttribute.1.Value.DataType=String&MessageAttribute.1.Value.StringValue="
    stack = aws.deploy(
        "sqs",
        {
            **rest_api(
                {
                    "path": integration(
                        "sqs:path/${AWS::AccountId}/${Queue.QueueName}",
                        "Action=SendMessage&MessageBody=$util.urlEncode($input.body)" + attribute + "$context.identity.sourceIp",
                        SENT,
                        RequestParameters=FORM,
                    ),
                    "action": integration(
                        "sqs:action/SendMessage",
                        None,
                        SENT,
                        RequestTemplates={"application/json": ""},
                        RequestParameters={
                            "integration.request.querystring.QueueUrl": "stageVariables.queue",
                            "integration.request.querystring.MessageBody": "method.request.body",
                        },
                    ),
                    "queues/{name}": integration(
                        "sqs:path/${AWS::AccountId}/{queue}",
                        "Action=SendMessage&MessageBody=$input.params('name')",
                        SENT,
                        RequestParameters={**FORM, "integration.request.path.queue": "method.request.path.name"},
                    ),
                },
                {"queue": {"Ref": "Queue"}},
            ),
            "Queue": {"Type": "AWS::SQS::Queue"},
        },
    )
    queue = aws.client("sqs")

    def received():
        found = queue.receive_message(QueueUrl=stack["Queue"], MessageAttributeNames=["All"])["Messages"][0]
        queue.delete_message(QueueUrl=stack["Queue"], ReceiptHandle=found["ReceiptHandle"])
        return found

    by_action = request(aws, stack["Api"], "action", ORDER)
    assert by_action.status == 200, by_action.body
    message = received()
    assert (message["MessageId"], json.loads(message["Body"])) == (by_action.json["id"], ORDER)
    by_path = request(aws, stack["Api"], "path", ORDER)
    message = received()
    assert (message["MessageId"], json.loads(message["Body"])) == (by_path.json["id"], ORDER)
    assert message["MessageAttributes"]["caller"]["StringValue"] == "127.0.0.1"
    by_name = request(aws, stack["Api"], f"queues/{stack['Queue'].rsplit('/', 1)[-1]}")
    assert (by_name.status, received()["MessageId"]) == (200, by_name.json.get("id"))
    refused = request(aws, stack["Api"], "queues/no-such-queue")
    assert (refused.status, refused.json) == (500, {"code": "AWS.SimpleQueueService.NonExistentQueue"})


def test_events_are_put_with_overridden_headers(aws):
    stack = aws.deploy(
        "events",
        {
            **rest_api(
                {
                    "events": integration(
                        "events:path//",
                        '#set($context.requestOverride.header.X-Amz-Target = "AWSEvents.PutEvents")'
                        '#set($context.requestOverride.header["Content-Type"] = "application/x-amz-json-1.1")'
                        '{"Entries": [{"Source": "orders", "DetailType": "$input.params("type")",'
                        ' "Detail": "' + AS_TEXT.replace("'$'", "'$.detail'") + '"}]}',
                        [
                            response(
                                "200",
                                "#if($input.path('$.FailedEntryCount') > 0)#set($context.responseOverride.status = 500)#end"
                                '{"id": "$input.path(\'$.Entries[0].EventId\')"}',
                            )
                        ],
                    ),
                    "action": integration(
                        "events:action/PutEvents",
                        '{"Entries": [{"Source": "orders", "DetailType": "$input.params().header.get("X-Type")", "Detail": "{}"}]}',
                        [response("200", "$input.json('$.FailedEntryCount')")],
                    ),
                }
            ),
            "Queue": {"Type": "AWS::SQS::Queue"},
            "Rule": {
                "Type": "AWS::Events::Rule",
                "Properties": {
                    "EventPattern": {"source": ["orders"]},
                    "Targets": [{"Id": "queue", "Arn": {"Fn::GetAtt": ["Queue", "Arn"]}}],
                },
            },
        },
    )

    def received():
        queue = aws.client("sqs")
        found = within(10, lambda: queue.receive_message(QueueUrl=stack["Queue"]).get("Messages"))[0]
        queue.delete_message(QueueUrl=stack["Queue"], ReceiptHandle=found["ReceiptHandle"])
        return json.loads(found["Body"])

    answer = request(aws, stack["Api"], "events?type=placed", {"detail": ORDER})
    assert answer.status == 200, answer.body
    event = received()
    assert (event["id"], event["detail-type"], event["detail"]) == (answer.json["id"], "placed", ORDER)
    assert request(aws, stack["Api"], "action", "{}", **{"X_Type": "paid"}).json == 0
    assert received()["detail-type"] == "paid"


HANDLER = """
import time
def handler(event, context):
    if 'fail' in event:
        raise ValueError('refused: ' + event['fail'])
    time.sleep(event.get('sleep', 0))
    return {'got': event}
"""


def test_a_function_gets_the_mapped_request_and_its_error_selects_the_response(aws):
    function = aws.function("mapped", HANDLER, "python3.11")
    invoke = f"lambda:path/2015-03-31/functions/{function}/invocations"
    stack = aws.deploy(
        "function",
        rest_api(
            {
                "calls": integration(
                    invoke,
                    '{"from": "$context.httpMethod $context.resourcePath"'
                    "#if($input.path('$.fail') != ''), \"fail\": $input.json('$.fail')#end}",
                    [response("200"), response("422", '{"reason": "$input.path(\'$.errorMessage\')"}', pattern="refused: .*")],
                ),
                "later": integration(
                    invoke,
                    "$input.body",
                    [response("202", '{"accepted": true}', pattern="202"), response("500")],
                    RequestParameters={"integration.request.header.X-Amz-Invocation-Type": "'Event'"},
                ),
                "missing": integration(invoke.replace("mapped", "no-such-function"), "{}"),
                "slow": integration(invoke, '{"sleep": 3}', TimeoutInMillis=200),
            }
        ),
    )
    answer = request(aws, stack["Api"], "calls")
    assert (answer.status, answer.json) == (200, {"got": {"from": "POST /calls"}})
    failed = request(aws, stack["Api"], "calls", {"fail": "no such order"})
    assert (failed.status, failed.json) == (422, {"reason": "refused: no such order"})
    accepted = request(aws, stack["Api"], "later")
    assert (accepted.status, accepted.json) == (202, {"accepted": True})
    assert request(aws, stack["Api"], "missing").status == 504
    late = request(aws, stack["Api"], "slow")
    assert (late.status, late.json) == (504, {"message": "Endpoint request timed out"})


def test_a_mock_answers_from_its_templates(aws):
    mock = {
        "Integration": {
            "Type": "MOCK",
            "RequestTemplates": {"application/json": '#if($input.params("x") == "1"){"statusCode": 400}#else{"statusCode": 200}#end'},
            "IntegrationResponses": [
                response("200", '{"stage": "$context.stage", "v": "$stageVariables.v", "none": "$!stageVariables.none"}'),
                response("400", '{"sum": #set($n = 1 + 1)$n, "encoded": "$util.base64Encode($input.params("y"))"}', pattern="4.."),
            ],
        }
    }
    stack = aws.deploy("mock", rest_api({"mock": mock}, {"v": "7"}))
    assert request(aws, stack["Api"], "mock").json == {"stage": "prod", "v": "7", "none": ""}
    refused = request(aws, stack["Api"], "mock?x=1&y=%C3%BC")
    assert (refused.status, refused.json) == (400, {"sum": 2, "encoded": base64.b64encode("ü".encode()).decode()})


@pytest.mark.parametrize(
    "behaviour, templates, content_type, status",
    [
        ("WHEN_NO_MATCH", True, "application/x-amz-json-1.0", 200),
        ("WHEN_NO_TEMPLATES", True, "application/x-amz-json-1.0", 415),
        ("WHEN_NO_TEMPLATES", False, "application/x-amz-json-1.0", 200),
        pytest.param("NEVER", True, "application/x-amz-json-1.0", 415, marks=pytest.mark.also_alone),
        ("NEVER", False, "application/json", 415),
        ("NEVER", True, "application/json;charset=utf-8", 200),
    ],
)
def test_a_body_passes_through_as_its_integration_says(aws, behaviour, templates, content_type, status):
    template = '{"TableName": "no-such-table"}' if templates else None
    answers = [response("200", "{}", pattern="400"), response("500")]
    stack = aws.deploy(
        f"passthrough-{behaviour.replace('_', '-')}-{templates}-{status}",
        rest_api({"tables": integration("dynamodb:action/DescribeTable", template, answers, PassthroughBehavior=behaviour)}),
    )
    answer = request(aws, stack["Api"], "tables", '{"TableName": "no-such-table"}', Content_Type=content_type)
    assert answer.status == status, answer.body


def test_what_cannot_be_mapped_is_an_error_of_the_caller_or_of_the_api(aws):
    table = '{"TableName": $input.json("$.table")}'
    stack = aws.deploy(
        "unmappable",
        rest_api(
            {
                "unmatched": integration("dynamodb:action/DescribeTable", table, [response("200", pattern="200")]),
                "broken": integration("dynamodb:action/DescribeTable", "#if(true){}", [response("200")]),
                "twice": integration(
                    "dynamodb:action/DescribeTable",
                    '#set($context.requestOverride.header.X-A = "1")#set($context.requestOverride.header.X-A = "2")' + table,
                    [response("200")],
                ),
                "raw": integration("dynamodb:action/DescribeTable", table, [response("200")]),
            }
        ),
    )
    unreadable = request(aws, stack["Api"], "raw", '{"table":')
    assert unreadable.status == 400
    assert unreadable.json["message"].startswith("Could not parse request body into json: ")
    for path in ("unmatched", "broken", "twice"):
        answer = request(aws, stack["Api"], path, {"table": "none"})
        assert (answer.status, answer.json) == (500, {"message": "Internal server error"})


def test_with_iam_enforced_the_service_is_called_as_the_role_of_the_integration(aws_with_iam):
    aws = aws_with_iam
    answers = [response("200"), response("403", "$input.json('$')", pattern="4\\d{2}")]
    machine = {"machine": {"Ref": "Machine"}}
    template = '{"stateMachineArn": "$stageVariables.machine"}'
    start = integration("states:action/StartExecution", template, answers)
    untrusted = {"Version": "2012-10-17", "Statement": [{**policy("sts:AssumeRole")["Properties"]["PolicyDocument"]["Statement"][0]}]}
    untrusted["Statement"][0].pop("Resource")
    untrusted["Statement"][0]["Principal"] = {"Service": "lambda.amazonaws.com"}
    resources = {
        **rest_api(
            {
                "jobs": start,
                "roleless": integration("states:action/StartExecution", template, answers, Credentials={"Ref": "AWS::NoValue"}),
                "untrusted": integration("states:action/StartExecution", template, answers, Credentials={"Fn::GetAtt": ["Other", "Arn"]}),
            },
            machine,
        ),
        "Machine": state_machine("STANDARD", PASS),
        "Other": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": untrusted}},
    }
    stack = aws.deploy("as-role", resources)
    denied = request(aws, stack["Api"], "jobs")
    assert denied.status == 403, denied.body
    assert "is not authorized to perform: states:StartExecution" in denied.json.get("Message", denied.json.get("message", ""))
    assert request(aws, stack["Api"], "roleless").status == 403
    assert request(aws, stack["Api"], "untrusted").status == 500
    aws.deploy("as-role", {**resources, "Grant": policy("states:StartExecution")})
    assert request(aws, stack["Api"], "jobs").status == 200
