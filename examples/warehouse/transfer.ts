import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Choice, Condition, JitterType, Pass, Succeed, TaskInput } from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';
import type { ResilientWorkflowProps } from 'cdk-serverless-patterns';

/** What does the steps of a transfer, and undoes them. */
export interface TransferFunctions {
  readonly open: IFunction;
  readonly forget: IFunction;
  /** Books goods in the stock. */
  readonly bookHere: IFunction;
  /** Books goods at the branch. */
  readonly bookThere: IFunction;
  readonly callCarrier: IFunction;
}

/** The states of a transfer: goods leave the stock, are announced at the branch, and a carrier is called. */
export function transferStates(scope: Construct, functions: TransferFunctions): Pick<ResilientWorkflowProps, 'definition' | 'compensations'> {
  const states = new Construct(scope, 'TransferStates');

  // Each task hands on the transfer as it got it: to the next one, and to what undoes it.
  const invoke = (id: string, lambdaFunction: IFunction) => (
    LambdaInvoke.jsonata(states, id, { lambdaFunction, payload: TaskInput.fromText('{% $states.input %}'), outputs: '{% $states.input %}' })
  );
  // The execution and the state are in the id of a booking: what is tried again is booked once, and a redriven message, which is a new execution, books again what was undone.
  const book = (id: string, lambdaFunction: IFunction, quantity: string) => LambdaInvoke.jsonata(states, id, {
    lambdaFunction,
    payload: TaskInput.fromObject({
      id: `{% $states.input.transfer & '/' & $states.input.execution & '/${id}' %}`, article: '{% $states.input.article %}', quantity,
    }),
    outputs: '{% $states.input %}',
  });
  const IN = '{% $states.input.quantity %}';
  const OUT = '{% -$states.input.quantity %}';

  const read = Pass.jsonata(states, 'ReadRequest', { outputs: "{% $merge([$parse($states.input.body).detail, {'execution': $states.context.Execution.Name}]) %}" });
  const open = LambdaInvoke.jsonata(states, 'OpenTransfer', {
    lambdaFunction: functions.open, payload: TaskInput.fromText('{% $states.input %}'), outputs: '{% $merge([$states.input, $states.result.Payload]) %}',
  });
  const take = book('TakeGoods', functions.bookHere, OUT);
  const announce = book('AnnounceGoods', functions.bookThere, IN);
  const call = invoke('CallCarrier', functions.callCarrier);

  // As long as another execution is at the same transfer, or is being undone.
  open.addRetry({ errors: ['TransferOpen'], interval: Duration.minutes(1), backoffRate: 1, maxAttempts: 20 });
  for (const step of [open, take, announce, call]) {
    // All errors, because each step does its work once.
    step.addRetry({ interval: Duration.seconds(2), maxAttempts: 6, jitterStrategy: JitterType.FULL });
  }

  return {
    definition: read.next(open).next(
      Choice.jsonata(states, 'IsDone')
        .when(Condition.jsonata('{% $states.input.done %}'), Succeed.jsonata(states, 'DoneBefore'))
        .otherwise(take.next(announce).next(call)),
    ),
    compensations: {
      OpenTransfer: invoke('ForgetTransfer', functions.forget),
      TakeGoods: book('PutGoodsBack', functions.bookHere, IN),
      AnnounceGoods: book('WithdrawGoods', functions.bookThere, OUT),
    },
  };
}
