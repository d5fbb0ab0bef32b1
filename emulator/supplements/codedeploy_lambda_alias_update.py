"""A stack update moves an alias by a CodeDeploy deployment when its update policy says so.

AWS: "UpdatePolicy attribute", CodeDeployLambdaAliasUpdate
(https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-updatepolicy.html): when the version of an
AWS::Lambda::Alias changes, CloudFormation has CodeDeploy deploy it, with the policy's application, deployment group and hooks,
and waits. When the deployment does not succeed, the update of the alias fails and the stack rolls back. What an update policy
refers to is made first, as with any reference.

The emulator alone: ignores update policies.

This supplement: runs the deployment in the alias's update, on a thread of its own so that the emulator goes on answering. A
rollback by CloudFormation moves the alias at once, without a deployment.
"""

import contextvars

from ministack.services import lambda_svc
from ministack.services.cloudformation import engine, provisioners, stacks

from supplements._patching import edit_function, expect_parameters
from supplements.codedeploy import ApiError, Deployment, DeploymentEnded

UPDATE_POLICY = contextvars.ContextVar("cfn_update_policy", default=None)


def apply() -> None:
    handlers = provisioners._RESOURCE_HANDLERS["AWS::Lambda::Alias"]
    update = handlers["update"]
    expect_parameters(update, "physical_id", "old_props", "new_props", "stack_name", "logical_id")
    edit_function(
        engine._extract_deps,
        '_intrinsic_references(resource_def.get("Properties", {}))',
        '_intrinsic_references([resource_def.get("Properties", {}), resource_def.get("UpdatePolicy", {})])',
    )
    edit_function(stacks._runs_on_worker_thread, '"AWS::ElastiCache::CacheCluster",', '"AWS::ElastiCache::CacheCluster", "AWS::Lambda::Alias",')
    stacks._UPDATE_POLICY = UPDATE_POLICY
    edit_function(
        stacks._deploy_stack_async,
        "                deferred_token = _DEFERRED_PREDECESSOR_DELETES.set(pending_deletes)\n",
        "                deferred_token = _DEFERRED_PREDECESSOR_DELETES.set(pending_deletes)\n"
        "                _UPDATE_POLICY.set(_resolve_refs(\n"
        '                    copy.deepcopy(res_def.get("UpdatePolicy")), provisioned_resources, param_values,\n'
        "                    conditions, mappings, stack_name, stack_id))\n",
    )
    edit_function(
        stacks._deploy_stack_async,
        "                    _DEFERRED_PREDECESSOR_DELETES.reset(deferred_token)\n",
        "                    _DEFERRED_PREDECESSOR_DELETES.reset(deferred_token)\n                    _UPDATE_POLICY.set(None)\n",
    )

    def update_alias(physical_id, old_props, new_props, stack_name, logical_id=None):
        same_alias = all(old_props.get(name) == new_props.get(name) for name in ("FunctionName", "Name"))
        policy = UPDATE_POLICY.get()
        by = policy.get("CodeDeployLambdaAliasUpdate") if isinstance(policy, dict) else None
        if by and same_alias and old_props.get("FunctionVersion") != new_props.get("FunctionVersion"):
            deploy(by, old_props, new_props)
        return update(physical_id, old_props, new_props, stack_name, logical_id)

    handlers["update"] = update_alias


def deploy(by: dict, old: dict, new: dict) -> None:
    function, alias = lambda_svc._resolve_name(old["FunctionName"]), old["Name"]
    versions = (str(old["FunctionVersion"]), str(new["FunctionVersion"]))
    hooks = {event: by.get(f"{event}Hook") for event in ("BeforeAllowTraffic", "AfterAllowTraffic")}
    try:
        deployment = Deployment(by["ApplicationName"], by["DeploymentGroupName"], function, alias, versions, hooks)
    except ApiError as error:
        raise ValueError(f"AWS::Lambda::Alias: {error}") from error
    try:
        deployment.run()
    except DeploymentEnded as ended:
        # What CloudFormation's rollback comes to; CodeDeploy has done it already where its group rolls back by itself.
        deployment.place(versions[0], {})
        raise ValueError(f"AWS::Lambda::Alias: the CodeDeploy deployment {deployment.record['deploymentId']} {ended.status}: {ended}") from ended
