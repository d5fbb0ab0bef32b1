import type { Resources } from './check-defects';
import { checkDefects, found, whatOf } from './check-defects';

const arnOf = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });
const tlsOnly = (resource: unknown) => ({ Effect: 'Deny', Principal: '*', Action: '*', Resource: resource, Condition: { Bool: { 'aws:SecureTransport': 'false' } } });
const policy = (...Statement: unknown[]) => ({ Version: '2012-10-17', Statement });

/** A queue, a topic and a bucket that let in only who is meant. */
const clean = (): Resources => ({
  Queue: { Type: 'AWS::SQS::Queue' },
  QueuePolicy: {
    Type: 'AWS::SQS::QueuePolicy',
    Properties: {
      Queues: [{ Ref: 'Queue' }],
      PolicyDocument: policy(
        tlsOnly(arnOf('Queue')),
        { Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage', Resource: arnOf('Queue'), Condition: { ArnLike: { 'aws:SourceArn': { Ref: 'Topic' } } } },
      ),
    },
  },
  Topic: { Type: 'AWS::SNS::Topic' },
  TopicPolicy: {
    Type: 'AWS::SNS::TopicPolicy',
    Properties: {
      Topics: [{ Ref: 'Topic' }],
      PolicyDocument: policy(
        { Effect: 'Allow', Principal: { AWS: '*' }, Action: ['sns:Publish'], Resource: { Ref: 'Topic' }, Condition: { StringEquals: { 'AWS:SourceOwner': '111122223333' } } },
        tlsOnly({ Ref: 'Topic' }),
      ),
    },
  },
  Bucket: { Type: 'AWS::S3::Bucket', Properties: {} },
  BucketPolicy: {
    Type: 'AWS::S3::BucketPolicy',
    Properties: {
      Bucket: { Ref: 'Bucket' },
      PolicyDocument: policy({ Effect: 'Allow', Principal: { Service: 'cloudfront.amazonaws.com' }, Action: 's3:GetObject', Resource: '*' }, tlsOnly(arnOf('Bucket'))),
    },
  },
});

const statementOf = ({ QueuePolicy }: Resources) => QueuePolicy!.Properties.PolicyDocument.Statement[1];
const conditions: Record<string, unknown> = {
  'none': undefined,
  'when only': { DateGreaterThan: { 'aws:CurrentTime': '2020-01-01T00:00:00Z' } },
  'how only': { Bool: { 'AWS:SecureTransport': 'true' } },
  'from anywhere': { IpAddress: { 'aws:SourceIp': ['10.0.0.0/8', '0.0.0.0/0'] } },
  'anything': { StringLike: { 'aws:PrincipalArn': '*' } },
  'all but some': { StringNotEquals: { 'aws:PrincipalAccount': '111122223333' } },
  'all but some of a list': { 'ForAnyValue:StringNotEquals': { 'aws:PrincipalOrgPaths': 'o-1/' } },
  'who has one': { Null: { 'aws:SourceArn': 'false' } },
};

checkDefects(clean, {
  openToAnyone: {
    breaks: {
      ...Object.fromEntries(Object.entries(conditions).map(([name, condition]) => [`a condition: ${name}`, (resources: Resources) => { statementOf(resources).Condition = condition; }])),
      'anyone in a list': ({ TopicPolicy }) => {
        const [statement] = TopicPolicy!.Properties.PolicyDocument.Statement;
        statement.Principal.AWS = ['arn:aws:iam::111122223333:root', '*'];
        delete statement.Condition;
      },
      'all but some': (resources) => {
        const statement = statementOf(resources);
        delete statement.Principal;
        delete statement.Condition;
        statement.NotPrincipal = { AWS: 'arn:aws:iam::111122223333:root' };
      },
      'the objects of a bucket': ({ BucketPolicy }) => {
        Object.assign(BucketPolicy!.Properties.PolicyDocument.Statement[0], { Principal: '*', Resource: [arnOf('Bucket'), { 'Fn::Sub': '${Bucket.Arn}/*' }] });
      },
      'a bucket and its objects': ({ BucketPolicy }) => {
        Object.assign(BucketPolicy!.Properties.PolicyDocument.Statement[0], { Principal: '*', Action: ['s3:GetObject', 's3:ListBucket'], Resource: arnOf('Bucket') });
      },
      'something that only a parameter says': ({ BucketPolicy }) => {
        Object.assign(BucketPolicy!.Properties.PolicyDocument.Statement[0], { Principal: '*', Resource: { Ref: 'Objects' } });
      },
      'a bucket that is no website': ({ BucketPolicy }) => { BucketPolicy!.Properties.PolicyDocument.Statement[0].Principal = '*'; },
      'a website that anyone may write': ({ Bucket, BucketPolicy }) => {
        Bucket!.Properties.WebsiteConfiguration = { IndexDocument: 'index.html' };
        Object.assign(BucketPolicy!.Properties.PolicyDocument.Statement[0], { Principal: '*', Action: ['s3:GetObject', 's3:PutObject'] });
      },
      'all but an action': ({ Bucket, BucketPolicy }) => {
        Bucket!.Properties.WebsiteConfiguration = { IndexDocument: 'index.html' };
        const [statement] = BucketPolicy!.Properties.PolicyDocument.Statement;
        delete statement.Action;
        Object.assign(statement, { Principal: '*', NotAction: 's3:DeleteObject' });
      },
      'an inline policy': (resources) => {
        resources.Inline = { Type: 'AWS::SQS::QueueInlinePolicy', Properties: { Queue: { Ref: 'Queue' }, PolicyDocument: policy({ Effect: 'Allow', Principal: '*', Action: 'sqs:*' }) } };
      },
      'an inline policy of a topic': (resources) => {
        resources.Inline = { Type: 'AWS::SNS::TopicInlinePolicy', Properties: { TopicArn: { Ref: 'Topic' }, PolicyDocument: policy({ Effect: 'Allow', Principal: '*', Action: 'sns:*' }) } };
      },
    },
    keeps: {
      'objects, by the ARN of the bucket': ({ BucketPolicy }) => {
        Object.assign(BucketPolicy!.Properties.PolicyDocument.Statement[0], { Principal: '*', Action: ['s3:GetObject', 's3:GetObjectVersion'], Resource: arnOf('Bucket') });
      },
      'a website': ({ Bucket, BucketPolicy }) => {
        Bucket!.Properties.WebsiteConfiguration = { IndexDocument: 'index.html' };
        BucketPolicy!.Properties.PolicyDocument.Statement[0].Principal = '*';
      },
      'an account': (resources) => { Object.assign(statementOf(resources), { Principal: { AWS: 'arn:aws:iam::111122223333:root' }, Condition: undefined }); },
      'a service': (resources) => { Object.assign(statementOf(resources), { Principal: { Service: '*' }, Condition: undefined }); },
      'an organization': (resources) => { statementOf(resources).Condition = { StringEquals: { 'aws:PrincipalOrgID': 'o-1' }, Bool: { 'aws:SecureTransport': 'true' } }; },
      'what a parameter says': (resources) => { statementOf(resources).Condition = { Ref: 'Condition' }; },
      'who a parameter says': (resources) => { Object.assign(statementOf(resources), { Principal: { AWS: { Ref: 'Principal' } }, Condition: undefined }); },
    },
  },
  plainHttpAllowed: {
    breaks: {
      'a queue': ({ QueuePolicy }) => { QueuePolicy!.Properties.PolicyDocument.Statement.shift(); },
      'a topic': ({ TopicPolicy }) => { TopicPolicy!.Properties.PolicyDocument.Statement.pop(); },
      'a bucket': ({ BucketPolicy }) => { BucketPolicy!.Properties.PolicyDocument.Statement.pop(); },
      'a queue without a policy': (resources) => { resources.Other = { Type: 'AWS::SQS::Queue' }; },
      'a statement that allows': ({ BucketPolicy }) => { Object.assign(BucketPolicy!.Properties.PolicyDocument.Statement[1], { Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::111122223333:root' } }); },
      'another condition': ({ BucketPolicy }) => { BucketPolicy!.Properties.PolicyDocument.Statement[1].Condition = { StringEquals: { 'aws:SourceAccount': '1' } }; },
    },
    keeps: {
      'old versions of TLS': ({ BucketPolicy }) => { BucketPolicy!.Properties.PolicyDocument.Statement[1].Condition = { NumericLessThan: { 's3:TlsVersion': '1.2' } }; },
      'statements that a parameter says': ({ BucketPolicy }) => { BucketPolicy!.Properties.PolicyDocument = { Ref: 'Document' }; },
      'a policy as text': ({ BucketPolicy }) => { BucketPolicy!.Properties.PolicyDocument = JSON.stringify(policy(tlsOnly('*'))); },
      'a policy of what a parameter says': (resources) => {
        resources.QueuePolicy!.Properties.Queues = [{ Ref: 'QueueUrl' }];
        resources.Other = { Type: 'AWS::SQS::Queue' };
      },
      'queues that a parameter says': (resources) => { resources.QueuePolicy!.Properties.Queues = { Ref: 'QueueUrls' }; },
    },
  },
});

test('a policy of many is read once, and one of another app does not hide what is missing', () => {
  const resources = clean();
  resources.QueuePolicy!.Properties.Queues = [{ Ref: 'Queue' }, 'https://sqs.eu-west-1.amazonaws.com/111122223333/other'];
  delete statementOf(resources).Condition;
  resources.Other = { Type: 'AWS::SQS::Queue' };
  expect(found(resources, {}, ['plainHttpAllowed'])).toEqual(['openToAnyone at QueuePolicy', 'plainHttpAllowed at Other']);
});

test('what a transform may add is not said to be missing', () => {
  const resources = { Queue: { Type: 'AWS::SQS::Queue' } };
  expect(found(resources, {}, ['plainHttpAllowed'])).toEqual(['plainHttpAllowed at Queue']);
  expect(found(resources, { template: { Transform: 'AWS::Serverless-2016-10-31', Resources: resources } }, ['plainHttpAllowed'])).toEqual([]);
});

test('a queue outside this app is called by what the policy has', () => {
  const resources = clean();
  resources.QueuePolicy!.Properties.Queues = ['https://sqs.eu-west-1.amazonaws.com/111122223333/other'];
  delete statementOf(resources).Condition;
  expect(whatOf('openToAnyone', resources)).toEqual([
    "the policy of queue 'https://sqs.eu-west-1.amazonaws.com/111122223333/other' lets anyone do sqs:SendMessage, because its Principal is * and no Condition says who that is",
  ]);
});
