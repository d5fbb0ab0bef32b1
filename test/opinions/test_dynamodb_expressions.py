"""Whether DynamoDB does with the requests of a PollingStatusApi what the library thinks: an independent engine gets those of its methods and of its workflow."""

import json
import uuid

import pytest
from botocore.exceptions import ClientError

from cloudformation import Deployment
from deliveries import tasks_of
from dynamodb_engine import Unavailable, running
from method_requests import NOW, Submitted, rendered

LATER = 2_000_000_000
WORKER, ANOTHER = "arn:aws:states:us-east-1:111122223333:execution:m:one", "arn:aws:states:us-east-1:111122223333:execution:m:two"
KIBIBYTE = 1024

# What is expected of each step, where the template makes such requests at all.
JOB = {"jobId", "requestBody", "jobStatus", "acceptedAt", "deadline", "expiresAt", "jobKey"}
REFUSED, REFUSED_WITH_JOB, INVALID = "ConditionalCheckFailedException", "ConditionalCheckFailedException with the job", "ValidationException"
ACCEPTED = {
    "a job is accepted": "PENDING",
    "the same again": "PENDING",
    "the same again later changes nothing": "unchanged",
    "the same key with another body": REFUSED_WITH_JOB,
    "too large a body": REFUSED,
    "an owner that is not known": REFUSED,
    "too long a key": INVALID,
    "another owner has the same key": "PENDING",
    "the job is read": "PENDING",
    "what is read": "no body, no key",
    "an unknown job": "nothing",
    "an id with a slash": "nothing",
    "a job of another owner": "nothing",
    "too long an id": INVALID,
    "an unknown job is cancelled": REFUSED,
    "a job of another owner is cancelled": REFUSED,
    "too long an id is cancelled": INVALID,
    "a job is cancelled after its deadline": REFUSED_WITH_JOB,
    "a job is cancelled": "CANCELLED",
    "it is cancelled again": "CANCELLED",
    "it is cancelled again after its deadline": "CANCELLED",
    "it is cancelled again when it has expired": REFUSED_WITH_JOB,
    "the same again after that": "CANCELLED",
    "the cancelled job is read": "CANCELLED",
}
WORKED = {
    "taken": "RUNNING",
    "taken again by the same worker": "RUNNING",
    "taken by another": REFUSED,
    "taken late": REFUSED,
    "an unknown job is taken": REFUSED,
    "its result": "SUCCEEDED",
    "its result again": REFUSED,
    "a failure after the result": REFUSED,
    "a timeout after the result": REFUSED,
    "taken after its end": REFUSED,
    "a failure": "FAILED",
    "a result after the failure": REFUSED,
    "a result after the deadline": REFUSED,
    "a failure after the deadline": REFUSED,
    "a timeout after the deadline": "FAILED",
    "too large a result": INVALID,
    "a failure after too large a result": "FAILED",
    "a job that runs is cancelled": "CANCELLED",
    "taken after that": REFUSED,
    "a result after that": REFUSED,
    "a failure after that": REFUSED,
    "a timeout after that": REFUSED,
    "it is seen to be cancelled": "CANCELLED",
    "one that failed is seen to be cancelled": REFUSED,
    "one that failed is cancelled": REFUSED_WITH_JOB,
}

# Where there is another workflow, which records for one that could not: nobody hears of the end of an Express one.
RECORDED = {
    "recorded by the other workflow": "FAILED",
    "recorded there after its end": REFUSED,
    "recorded there after that": REFUSED,
}


class Jobs:
    """The requests of one API, sent to a table as its template makes it."""

    def __init__(self, deployment: Deployment, client):
        self.client = client
        [table] = deployment.of_type("AWS::DynamoDB::Table")
        self.table = f"jobs-{uuid.uuid4()}"
        made = {name: table.properties[name] for name in ("AttributeDefinitions", "BillingMode", "KeySchema")}
        client.create_table(TableName=self.table, **made)
        self.templates = {}
        for method in deployment.of_type("AWS::ApiGateway::Method"):
            integration = method.properties["Integration"]
            if ":dynamodb:action/" in integration.get("Uri", ""):
                template = integration["RequestTemplates"]["application/json"]
                self.templates["Cancel" if ":cancelled" in template else integration["Uri"].rpartition("/")[2]] = template
        definitions = [json.loads(machine.properties["DefinitionString"]) for machine in deployment.of_type("AWS::StepFunctions::StateMachine")]
        tasks = [{name: task["Arguments"] for name, task in tasks_of(definition) if task["Resource"].endswith(":dynamodb:updateItem")} for definition in definitions]
        self.workflow = next((found for found in tasks if "TakeJob" in found), None)
        self.recorder = next((found for found in tasks if "RecordFailure" in found and "TakeJob" not in found), None)

    def item(self, key: str) -> dict:
        return self.client.get_item(TableName=self.table, Key={"jobKey": {"S": key}}, ConsistentRead=True).get("Item", {})

    def submit(self, request: Submitted):
        return self.update(rendered(self.templates["UpdateItem"], request))

    def read(self, request: Submitted):
        parameters = {**rendered(self.templates["GetItem"], request), "TableName": self.table}
        try:
            return self.client.get_item(**parameters).get("Item", {})
        except ClientError as error:
            return error.response["Error"]["Code"]

    def cancel(self, request: Submitted):
        return self.update(rendered(self.templates["Cancel"], request))

    def work(self, task: dict, key: str, at: int = NOW, worker: str = WORKER, result: str = '"done"'):
        """A task of the workflow, with values for its JSONata."""
        known = {":now": str(at), ":worker": worker, ":result": result, ":code": "STOPPED"}

        def filled(value, name: str = ""):
            if isinstance(value, dict):
                return {inner: filled(member, name if inner in "SN" else inner) for inner, member in value.items()}
            return (key if name == "jobKey" else known[name]) if isinstance(value, str) and value.startswith("{%") else value

        outcome = self.update(filled(task))
        return self.item(key)["jobStatus"]["S"] if isinstance(outcome, dict) else outcome

    def update(self, parameters: dict):
        """The attributes that it answers with, or the error's name and whether the job came with it."""
        try:
            return self.client.update_item(**{**parameters, "TableName": self.table}).get("Attributes", {})
        except ClientError as error:
            return f"{error.response['Error']['Code']}{' with the job' if 'jobId' in error.response.get('Item', {}) else ''}"

    def status(self, outcome) -> str:
        return outcome["jobStatus"]["S"] if isinstance(outcome, dict) and "jobStatus" in outcome else outcome or "nothing"


def accepted(jobs: Jobs) -> dict[str, str]:
    """What happens at each step of the methods."""
    request = Submitted(headers={"Idempotency-Key": "order/1 ü"})
    again = Submitted(headers={"idempotency-key": "order/1 ü"}, at=LATER)
    first = jobs.submit(request)
    steps = {"a job is accepted": jobs.status(first), "the same again": jobs.status(jobs.submit(request))}
    assert not isinstance(first, dict) or set(first) == JOB, first
    steps["the same again later changes nothing"] = "unchanged" if jobs.submit(again) == first else "changed"
    steps["the same key with another body"] = jobs.submit(Submitted(body="{}", headers=request.headers))
    steps["too large a body"] = jobs.submit(Submitted(body=json.dumps({"city": "x" * 300 * KIBIBYTE})))
    steps["an owner that is not known"] = jobs.submit(Submitted(owner=""))
    steps["too long a key"] = jobs.submit(Submitted(headers={"Idempotency-Key": "x" * 2 * KIBIBYTE}))
    steps["another owner has the same key"] = jobs.status(jobs.submit(Submitted(body="{}", headers=request.headers, owner="another")))
    known = first if isinstance(first, dict) else {"jobId": {"S": "r-none"}, "deadline": {"N": NOW}, "expiresAt": {"N": NOW}}
    identity, deadline, expiry = known["jobId"]["S"], int(known["deadline"]["N"]), int(known["expiresAt"]["N"])
    read = jobs.read(Submitted(path={"id": identity}))
    steps["the job is read"] = jobs.status(read)
    steps["what is read"] = "no body, no key" if not {"requestBody", "jobKey"} & set(read) else "too much"
    steps["an unknown job"] = jobs.status(jobs.read(Submitted(path={"id": "k-unknown"})))
    steps["an id with a slash"] = jobs.status(jobs.read(Submitted(path={"id": f"x/{identity}"})))
    steps["a job of another owner"] = jobs.status(jobs.read(Submitted(path={"id": identity}, owner="third")))
    steps["too long an id"] = jobs.status(jobs.read(Submitted(path={"id": f"k-{'x' * 3 * KIBIBYTE}"})))
    steps["an unknown job is cancelled"] = jobs.cancel(Submitted(path={"id": "k-unknown"}))
    steps["a job of another owner is cancelled"] = jobs.cancel(Submitted(path={"id": identity}, owner="third"))
    steps["too long an id is cancelled"] = jobs.cancel(Submitted(path={"id": f"k-{'x' * 3 * KIBIBYTE}"}))
    steps["a job is cancelled after its deadline"] = jobs.cancel(Submitted(path={"id": identity}, at=deadline))
    steps["a job is cancelled"] = jobs.status(jobs.cancel(Submitted(path={"id": identity})))
    steps["it is cancelled again"] = jobs.status(jobs.cancel(Submitted(path={"id": identity})))
    steps["it is cancelled again after its deadline"] = jobs.status(jobs.cancel(Submitted(path={"id": identity}, at=deadline)))
    steps["it is cancelled again when it has expired"] = jobs.cancel(Submitted(path={"id": identity}, at=expiry))
    steps["the same again after that"] = jobs.status(jobs.submit(request))
    steps["the cancelled job is read"] = jobs.status(jobs.read(Submitted(path={"id": identity})))
    return steps


def worked(jobs: Jobs) -> dict[str, str]:
    """What happens at each step of the workflow, and of the one that records for it."""

    def job(name: str, body: str = "{}") -> str:
        return jobs.submit(Submitted(headers={"Idempotency-Key": name}, body=body))["jobKey"]["S"]

    take, result, failure, timeout, see = (jobs.workflow[name] for name in ("TakeJob", "RecordResult", "RecordFailure", "RecordTimeout", "SeeIfCancelled"))
    one, two, three, four, five = job("one"), job("two"), job("three"), job("four", json.dumps({"x": "y" * 110 * KIBIBYTE})), job("five")
    steps = {
        "taken": jobs.work(take, one),
        "taken again by the same worker": jobs.work(take, one),
        "taken by another": jobs.work(take, one, worker=ANOTHER),
        "taken late": jobs.work(take, two, at=LATER),
        "an unknown job is taken": jobs.work(take, "nobody/k-x"),
        "its result": jobs.work(result, one),
        "its result again": jobs.work(result, one),
        "a failure after the result": jobs.work(failure, one),
        "a timeout after the result": jobs.work(timeout, one),
        "taken after its end": jobs.work(take, one),
    }
    jobs.work(take, two)
    steps["a failure"] = jobs.work(failure, two)
    steps["a result after the failure"] = jobs.work(result, two)
    jobs.work(take, three)
    steps["a result after the deadline"] = jobs.work(result, three, at=LATER)
    steps["a failure after the deadline"] = jobs.work(failure, three, at=LATER)
    steps["a timeout after the deadline"] = jobs.work(timeout, three, at=LATER)
    jobs.work(take, four)
    steps["too large a result"] = jobs.work(result, four, result=json.dumps("z" * 300 * KIBIBYTE))
    steps["a failure after too large a result"] = jobs.work(failure, four)
    if jobs.recorder:
        steps["recorded by the other workflow"] = jobs.work(jobs.recorder["RecordFailure"], five)
        steps["recorded there after its end"] = jobs.work(jobs.recorder["RecordFailure"], five)
    six = job("six")
    jobs.work(take, six)
    steps["a job that runs is cancelled"] = jobs.status(jobs.cancel(Submitted(path={"id": six.rpartition("/")[2]})))
    steps["taken after that"] = jobs.work(take, six)
    steps["a result after that"] = jobs.work(result, six)
    steps["a failure after that"] = jobs.work(failure, six)
    steps["a timeout after that"] = jobs.work(timeout, six)
    steps["it is seen to be cancelled"] = jobs.work(see, six)
    if jobs.recorder:
        steps["recorded there after that"] = jobs.work(jobs.recorder["RecordFailure"], six)
    steps["one that failed is seen to be cancelled"] = jobs.work(see, two)
    steps["one that failed is cancelled"] = jobs.cancel(Submitted(path={"id": two.rpartition("/")[2]}))
    return steps


def apis(deployments: list[Deployment]) -> list[Deployment]:
    return [deployment for deployment in deployments if any(deployment.of_type("AWS::Pipes::Pipe")) and any(deployment.of_type("AWS::DynamoDB::Table"))]


@pytest.fixture(scope="module")
def dynamodb():
    try:
        with running() as client:
            yield client
    except Unavailable as reason:
        pytest.skip(str(reason))


def test_requests_of_the_methods(forms, dynamodb):
    for form in apis(forms):
        assert accepted(Jobs(form, dynamodb)) == ACCEPTED, form


def test_requests_of_the_workflow(forms, dynamodb):
    found = [(form, jobs) for form in apis(forms) for jobs in [Jobs(form, dynamodb)] if jobs.workflow]
    for form, jobs in found:
        assert worked(jobs) == {**WORKED, **(RECORDED if jobs.recorder else {})}, form
    assert any(jobs.recorder for _, jobs in found) or not apis(forms), "no form has a workflow, and another that records for it"


# Text in the template, what takes its place, and the step at which that must show.
SEEDED = {
    "a replay is refused": (" OR requestBody = :requestBody", "", "the same again"),
    "a replay starts the clock again": ("deadline = if_not_exists(deadline, :deadline)", "deadline = :deadline", "the same again later changes nothing"),
    "a reserved word": ("jobStatus = if_not_exists(jobStatus, :jobStatus)", "status = if_not_exists(status, :jobStatus)", "a job is accepted"),
    "a value that is not used": ("expiresAt = if_not_exists(expiresAt, :expiresAt)", "expiresAt = deadline", "a job is accepted"),
    "the failure comes without the job": ('\\"ReturnValuesOnConditionCheckFailure\\": \\"ALL_OLD\\"', '\\"ReturnConsumedCapacity\\": \\"NONE\\"', "the same key with another body"),
    "a job is taken twice": ("(jobStatus = :running AND jobWorker = :worker)", "(jobStatus = :running AND attribute_exists(jobWorker) AND jobKey <> :worker)", "taken by another"),
    "an end is taken back": ("(jobStatus = :running AND jobWorker = :worker)", "jobWorker = :worker", "taken after its end"),
    "an end is overwritten": ("jobStatus IN (:pending, :running) AND deadline > :now", "deadline > :now", "its result again"),
    "an end is cancelled": ("jobStatus IN (:pending, :running) AND deadline > :now)) AND", "(jobStatus <> :pending OR jobStatus <> :running) AND deadline > :now)) AND", "one that failed is cancelled"),
    "a job is cancelled late": ("AND deadline > :now)) AND expiresAt > :now", ")) AND expiresAt > :now", "a job is cancelled after its deadline"),
    "what is cancelled counts as failed": ('ConditionExpression\\":\\"jobStatus = :cancelled', 'ConditionExpression\\":\\"jobStatus <> :cancelled', "it is seen to be cancelled"),
    "a late result counts": ("jobStatus IN (:pending, :running) AND deadline > :now", "jobStatus IN (:pending, :running) AND deadline > acceptedAt", "a result after the deadline"),
}


@pytest.mark.parametrize("text, instead, step", SEEDED.values(), ids=SEEDED.keys())
def test_a_seeded_fault_is_found(forms, dynamodb, text, instead, step):
    for form in apis(forms):
        template = json.dumps(form.templates)
        sound = Jobs(form, dynamodb)
        if not sound.workflow:
            continue
        assert text in template, f"nothing to sow in: {text}"
        sown = Jobs(Deployment("sown", json.loads(template.replace(text, instead))), dynamodb)
        found = accepted(sown) if step in ACCEPTED else worked(sown)
        assert found[step] != {**ACCEPTED, **WORKED}[step]
        return
    if apis(forms):
        pytest.fail("no form has a workflow to sow a fault in")
