import { graphOf } from '../../../src/delivery/checks';
import { namedAlarms, shiftSecondsOf } from '../../../src/delivery/graph/deployments';

const GROUP = 'AWS::CodeDeploy::DeploymentGroup';

/** How long the traffic is shifted by a configuration of this name, or by one of the app. */
function secondsOf(configuration: string | object): number | 'unknown' | undefined {
  const Config = { Type: 'AWS::CodeDeploy::DeploymentConfig', Properties: { TrafficRoutingConfig: configuration } };
  const Group = { Type: GROUP, Properties: { DeploymentConfigName: typeof configuration === 'string' ? configuration : { Ref: 'Config' } } };
  const graph = graphOf([{ stack: 'Shop', template: { Resources: { Config, Group } } }]);
  const [group] = graph.app.ofType(GROUP);
  return shiftSecondsOf(graph, group!);
}

test.each<[string, string | object, number | 'unknown' | undefined]>([
  ['all at once', 'CodeDeployDefault.LambdaAllAtOnce', 0],
  ['a tenth for five minutes', 'CodeDeployDefault.LambdaCanary10Percent5Minutes', 5 * 60],
  ['a tenth each minute', 'CodeDeployDefault.LambdaLinear10PercentEvery1Minute', 9 * 60],
  ['a tenth each two minutes', 'CodeDeployDefault.LambdaLinear10PercentEvery2Minutes', 9 * 2 * 60],
  ['all at once, by a configuration of the app', { Type: 'AllAtOnce' }, 0],
  ['a part for five minutes', { Type: 'TimeBasedCanary', TimeBasedCanary: { CanaryInterval: 5, CanaryPercentage: 20 } }, 5 * 60],
  ['a fifth each three minutes', { Type: 'TimeBasedLinear', TimeBasedLinear: { LinearInterval: 3, LinearPercentage: 20 } }, 4 * 3 * 60],
  ['what only the deployment knows', { Type: 'TimeBasedLinear', TimeBasedLinear: { LinearInterval: 3, LinearPercentage: { Ref: 'Part' } } }, 'unknown'],
  ['a configuration of another app', 'ours', undefined],
])('the time for which both versions get traffic: %s', (_, configuration, seconds) => {
  expect(secondsOf(configuration)).toBe(seconds);
});

test('alarms are called by their paths, and those of other apps by what names them', () => {
  const graph = graphOf([{ stack: 'Shop', template: { Resources: { Alarm: { Type: 'AWS::CloudWatch::Alarm', Properties: { AlarmName: 'errors' } } } } }]);
  expect(namedAlarms(graph, ['errors', '⟪Shop|Name⟫-errors'])?.map(({ path }) => path)).toEqual(['Shop/Alarm', '${Name}-errors']);
  expect(namedAlarms(graph, ['errors', undefined])).toBeUndefined();
});
