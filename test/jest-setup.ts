// aws-cdk-lib 2.262 and later validate every template at every synth, at eight times the cost; that runs once, in the newest-library check.
process.env.CDK_VALIDATION ??= 'false';
