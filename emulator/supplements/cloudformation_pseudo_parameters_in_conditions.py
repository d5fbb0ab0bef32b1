"""Conditions see the account, the region and the partition.

AWS: "Get AWS values using pseudo parameters"
(https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html): `Ref` to a pseudo parameter gives its
value wherever `Ref` is allowed, and "Condition functions"
(https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-conditions.html) allow it.

The emulator alone: in a condition, `{"Ref": "AWS::AccountId"}` is the text "AWS::AccountId", so a condition on the account or
the region is decided wrongly.

This supplement: gives the values that the emulator has for properties. `AWS::StackName` and `AWS::StackId` are not known
where the emulator decides conditions, and stay as they were.
"""

from ministack.services.cloudformation import engine

from supplements._patching import edit_function


def apply() -> None:
    edit_function(
        engine._evaluate_conditions,
        """                return pname
            if "Fn::Equals" in val:
""",
        """                return {
                    "AWS::AccountId": get_account_id(),
                    "AWS::Region": get_region(),
                    "AWS::Partition": "aws",
                    "AWS::URLSuffix": "amazonaws.com",
                }.get(pname, pname)
            if "Fn::Equals" in val:
""",
    )
