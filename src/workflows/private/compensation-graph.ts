import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';

/**
 * The states that undo what was completed, the last step first: each gets the output of the step that it undoes. What fails for good ends
 * the execution there, and a redrive goes on with it.
 *
 * @param compensations by the id of the state that they undo
 */
export function compensationGraph(scope: Construct, compensations: { readonly [step: string]: sfn.IChainable }): sfn.IChainable {
  const states = new Construct(scope, 'Undo');
  const choose = sfn.Choice.jsonata(states, 'Choose', { stateName: 'ResilientWorkflow: next step' });
  for (const [index, [step, compensation]] of Object.entries(compensations).entries()) {
    const place = index + 1;
    const take = sfn.Pass.jsonata(states, `Take${place}`, {
      stateName: `ResilientWorkflow: undo ${place}`,
      comment: `Undoes ${step}`,
      outputs: '{% $undo.output %}',
      assign: { undo: '{% $undo.before %}' },
    });
    choose.when(sfn.Condition.jsonata(`{% $undo.step = ${JSON.stringify(step)} %}`), take);
    take.next(compensation);
    compensation.endStates.forEach((end) => end.next(choose));
  }
  choose.otherwise(sfn.Succeed.jsonata(states, 'Done', { stateName: 'ResilientWorkflow: all undone' }));
  return sfn.Pass.jsonata(states, 'Begin', { stateName: 'ResilientWorkflow: begin', assign: { undo: '{% $states.input.undo %}' } }).next(choose);
}
