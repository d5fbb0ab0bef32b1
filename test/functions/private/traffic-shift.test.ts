import { Duration, Fn } from 'aws-cdk-lib';
import * as codedeploy from 'aws-cdk-lib/aws-codedeploy';
import { shiftSeconds } from '../../../src/functions/private/traffic-shift';
import { newStack } from '../../messaging/fixtures';

const { LambdaDeploymentConfig: Config, TrafficRouting } = codedeploy;

test.each([
  [Config.ALL_AT_ONCE, 0],
  [Config.CANARY_10PERCENT_5MINUTES, 5],
  [Config.CANARY_10PERCENT_10MINUTES, 10],
  [Config.CANARY_10PERCENT_15MINUTES, 15],
  [Config.CANARY_10PERCENT_30MINUTES, 30],
  [Config.LINEAR_10PERCENT_EVERY_1MINUTE, 9],
  [Config.LINEAR_10PERCENT_EVERY_2MINUTES, 18],
  [Config.LINEAR_10PERCENT_EVERY_3MINUTES, 27],
  [Config.LINEAR_10PERCENT_EVERY_10MINUTES, 90],
])('%#: what CodeDeploy predefines', (config, minutes) => {
  expect(shiftSeconds(config)).toBe(60 * minutes);
});

test.each([
  [TrafficRouting.allAtOnce(), 0],
  [TrafficRouting.timeBasedCanary({ interval: Duration.minutes(7), percentage: 40 }), 7],
  [TrafficRouting.timeBasedLinear({ interval: Duration.minutes(2), percentage: 25 }), 6],
  [TrafficRouting.timeBasedLinear({ interval: Duration.minutes(2), percentage: 30 }), 6],
])('%#: one that is made in the app', (trafficRouting, minutes) => {
  expect(shiftSeconds(new Config(newStack(), 'Config', { trafficRouting }))).toBe(60 * minutes);
});

test('an imported one is not known', () => {
  expect(shiftSeconds(Config.fromLambdaDeploymentConfigName(newStack(), 'Imported', 'quick'))).toBeUndefined();
});

test.each([
  undefined,
  Fn.getAtt('Other', 'Routing'),
  { type: 'TimeBasedCanary', timeBasedCanary: Fn.getAtt('Other', 'Canary') },
  { type: 'TimeBasedLinear', timeBasedLinear: Fn.getAtt('Other', 'Linear') },
])('%#: nor is one that is set to a token', (routing) => {
  const config = new Config(newStack(), 'Config');
  (config.node.defaultChild as codedeploy.CfnDeploymentConfig).trafficRoutingConfig = routing;
  expect(shiftSeconds(config)).toBeUndefined();
});
