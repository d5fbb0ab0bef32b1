import { judgeAlarms } from './alarm-verdicts';
import { neighboursText } from './findings';
import { REPAIR } from './order-plan';
import { architectureFigure, deliveriesFigure, escape, formatSeconds, timelineFigure } from './report-figures';
import { STYLE } from './report-style';
import type { Closing, Story } from './story';
import { checksOfBooks, missingOrders } from './story';
import { formatCount, plural } from './terminal';

/** The report on a run: one HTML file that needs no other. */
export function renderReport(story: Story): string {
  const checks = checksOfBooks(story);
  const passed = checks.every((check) => check.passed);
  const title = passed ? 'Order desk: every order accounted for' : 'Order desk: the books do not balance';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<header>
<h1>${title}</h1>
<p class="lead">${lead(story)}</p>
<p class="muted">${escape(new Date(story.startedAt).toISOString().slice(0, 16).replace('T', ' '))} UTC, on a local emulator of AWS. Again:</p>
<pre>${escape(story.command)}</pre>
${tiles(story)}
<ul class="checks">${checks.map((check) => `<li${check.passed ? '' : ' class="failed"'}>${check.passed ? '' : 'not true: '}${escape(check.title)}</li>`).join('')}</ul>
</header>
${deployed(story)}
${faults(story)}
${timeline(story)}
${retries(story)}
${setAside(story)}
${books(story)}
${alarms(story)}
${onAws(story)}
</main>
</body>
</html>
`;
}

function lead({ plan, beforeRepair, afterRedrive }: Story): string {
  const faulty = plan.orders.filter(({ fault }) => fault !== undefined).length;
  const { books: before } = beforeRepair;
  return `${plural(plan.orders.length, 'order')} went to a queue-fed function, ${formatCount(faulty)} of them with something wrong on purpose: `
    + `${formatCount(before.effects)} processed, ${formatCount(before.setAside.length)} set aside, ${formatCount(before.lost)} lost. `
    + `After a repair, what was set aside was sent back: ${formatCount(afterRedrive.books.effects)} of ${formatCount(afterRedrive.books.accepted)} processed.`;
}

function tiles({ beforeRepair: { books: before }, afterRedrive: { books: after } }: Story): string {
  const tile = (value: number, text: string, kind = '') => `<div class="tile ${kind}"><b>${formatCount(value)}</b><span>${text}</span></div>`;
  return `<div class="tiles">${[
    tile(before.accepted, 'orders accepted by SQS'),
    tile(before.effects, 'processed before the repair'),
    tile(before.setAside.length, 'set aside, then sent back'),
    tile(Math.max(before.lost, after.lost), 'lost', before.lost + after.lost > 0 ? 'wrong' : ''),
  ].join('')}</div>`;
}

function deployed(story: Story): string {
  const { facts } = story;
  const made = (where: string) => (where.startsWith('Desk/') || where.includes('/HandlerAlarms') ? 'QueueFedFunction' : 'the app');
  const rows = facts.resources.map(({ type, path }) => [escape(describe(type)), `<code>${escape(path)}</code>`, made(path)]);
  return section('What was deployed', `
<p>One stack, deployed with <code>cdk deploy</code>. The app makes the function, the tables and the topic; the queue, the dead-letter queue, what connects them with the function, and the alarms come with <code>new QueueFedFunction(this, 'Desk', { handler })</code>. The numbers in the picture are from the deployed template and from this run.</p>
<figure><div class="scroll wide">${architectureFigure(story)}</div></figure>
<details><summary>All ${plural(facts.resources.length, 'resource')}</summary><div class="scroll">${table(['Resource', 'Where in the stack', 'Made by'], rows)}</div></details>`);
}

function faults({ plan, findings, facts, beforeRepair }: Story): string {
  const { 'poison': poison, transient, resend, 'batch-error': throws } = plan.faults;
  const atThird = findings.deliveriesOfTransient.get(3) ?? 0;
  const rows = [
    ['Poison: the order cannot be priced', poison, `${formatCount(beforeRepair.books.setAside.length)} set aside, after ${facts.queue.maxReceiveCount} deliveries each. ${neighboursText(findings)}`],
    ['The payment provider is busy twice', transient, `${formatCount(findings.transientProcessed)} processed, ${formatCount(atThird)} of them at the third delivery.`],
    ['The provider does not answer, and the handler throws', throws, `${plural(findings.thrownInvocations, 'invocation')} threw. Every message of ${throws === 1 ? 'its batch' : 'their batches'} came again, also what was done already.`],
    ['The shop sends the order twice', resend, 'Both copies were accepted. '
      + `${plural(findings.repeats, 'delivery', 'deliveries')} of orders already done came: second copies, and what SQS delivered again, as after a throw. Each order is kept once.`],
  ];
  return section('What went wrong on purpose', `
<p>The plan of faults comes from seed ${plan.seed}. An order has one fault at most.</p>
<div class="scroll">${table(['Fault', { number: 'Orders' }, 'What happened'], rows.map(([fault, count, what]) => [escape(String(fault)), formatCount(count as number), escape(String(what))]))}</div>`);
}

function timeline(story: Story): string {
  return section('Messages over time', `
<p>Accepted: what SQS confirmed to the sender. Processed: the time that the handler wrote. Waiting and set aside: what SQS reported of its two queues, read four times a second at most.</p>
<figure><div class="scroll wide">${timelineFigure(story)}</div></figure>`);
}

function retries(story: Story): string {
  const { facts, visibilitySeconds } = story;
  return section('Deliveries', `
<p>How often SQS had delivered an order when it was processed or, after ${facts.queue.maxReceiveCount} deliveries, set aside. Before the repair.</p>
<figure><div class="scroll wide">${deliveriesFigure(story)}</div>
<figcaption>Between two deliveries lie ${formatSeconds(visibilitySeconds)} in this run, and ${formatSeconds(facts.queue.visibilitySeconds)} with the visibility timeout that the stack is deployed with (6 × the handler's timeout).</figcaption></figure>`);
}

function setAside({ beforeRepair }: Story): string {
  const records = new Map(beforeRepair.records.map((record) => [record.orderId, record]));
  const reasons = new Map<string, string[]>();
  for (const id of [...beforeRepair.deadLetters].sort()) {
    const reason = records.get(id)?.failure ?? 'the handler kept no reason';
    reasons.set(reason, [...reasons.get(reason) ?? [], id]);
  }
  if (reasons.size === 0) {
    return section('What was set aside, and why', '<p>Nothing was set aside.</p>');
  }
  const rows = [...reasons].sort((a, b) => b[1].length - a[1].length).map(([reason, ids]) => [
    escape(reason), formatCount(ids.length), `${ids.slice(0, 3).map((id) => `<code>${escape(id)}</code>`).join(', ')}${ids.length > 3 ? ', …' : ''}`,
  ]);
  return section('What was set aside, and why', `
<p>The order is from the message in the dead-letter queue; the reason is the one that the handler kept at its last attempt. The repair completed the catalogue: ${REPAIR.map(({ entry }) => `<code>${escape(entry)}</code>`).join(', ')}.</p>
<div class="scroll">${table(['Reason', { number: 'Orders' }, 'For example'], rows)}</div>
<details><summary>All ${plural(beforeRepair.deadLetters.length, 'order')}</summary><div class="ids">${[...beforeRepair.deadLetters].sort().map(escape).join('<br>')}</div></details>`);
}

function books(story: Story): string {
  const { beforeRepair, afterRedrive } = story;
  const row = (name: string, value: (closing: Closing) => number, kind: (sum: number) => string = () => '') => {
    const [before, after] = [value(beforeRepair), value(afterRedrive)];
    return `<tr class="${kind(before + after)}"><td>${name}</td><td class="number">${formatCount(before)}</td><td class="number">${formatCount(after)}</td></tr>`;
  };
  const wrong = (sum: number) => (sum > 0 ? 'wrong' : '');
  return section('The books', `
<p><b>Accepted = processed + set aside + in flight.</b> The terms come from places that know nothing of each other: the answers of SQS to the sender, the orders table, the dead-letter queue, and the counts of the queue.
Orders are compared one by one, so that one lost and one too many do not make up for each other.</p>
<div class="scroll"><table><thead><tr><th></th><th class="number">Before the repair</th><th class="number">After the redrive</th></tr></thead><tbody>
${row('Accepted by SQS', ({ books: { accepted } }) => accepted, () => 'total')}
${row('Processed', ({ books: { effects } }) => effects)}
${row('Set aside', ({ books: { setAside: aside } }) => aside.length)}
${row('In flight', ({ books: { inFlight } }) => inFlight)}
${row('Lost', ({ books: { lost } }) => lost, wrong)}
${row('Processed though never accepted', ({ books: { unexplained } }) => unexplained, wrong)}
</tbody></table></div>
${missingOrders(story).map((line) => `<p class="muted">${escape(capitalized(line))}.</p>`).join('')}`);
}

function alarms(story: Story): string {
  const { queue } = story.facts;
  const verdicts = judgeAlarms(story.facts.alarms, {
    samples: story.samples,
    startedAt: story.sends[0]!.at,
    longestWaitSeconds: longestWait(story),
    deployedWaitSeconds: queue.maxReceiveCount * queue.visibilitySeconds,
    thrownInvocations: story.findings.thrownInvocations,
  });
  const kinds = { 'would have fired': 'fired', 'would not have fired': 'silent', 'cannot be told': 'unknown' } as const;
  const rows = verdicts.map(({ alarm, verdict, why }) => [
    `<b>${escape(alarm.name.split('/').pop()!.replace(/Alarm$/, ''))}</b><br><span class="muted">${escape(alarm.description.split(' Runbook:')[0]!)}</span>`,
    `<span class="badge ${kinds[verdict]}">${verdict}</span>`,
    escape(`${capitalized(why)}.`),
  ]);
  return section('The alarms that would have fired', `
<p class="note"><b>Derived from the ledger of this run, not from CloudWatch.</b> The alarms are deployed, and their thresholds below are from the template, but what the emulator made of them is not asked here.</p>
<div class="scroll">${table(['Alarm, and what it says', 'In this run', 'Why'], rows)}</div>`);
}

function onAws({ facts, visibilitySeconds }: Story): string {
  return section('On AWS', `
<p>The same app deploys to a real account with <code>npx cdk deploy</code>; see the README beside it. Here as there, the function may do only what its role allows: the emulator checked each request against IAM. What differed in this run:</p>
<ul>
<li>The visibility timeout was shortened to ${formatSeconds(visibilitySeconds)} after the deployment, so that poison is set aside in half a minute and not after ${facts.queue.maxReceiveCount} × ${formatSeconds(facts.queue.visibilitySeconds)}.</li>
</ul>
<p>The dead letters were moved by a message move task of SQS, as they are on AWS:</p>
<pre>aws sqs start-message-move-task \\
  --source-arn "$DEAD_LETTER_QUEUE_ARN" \\
  --destination-arn "$QUEUE_ARN"</pre>
<p>Repair first: a message that fails again goes through all its attempts again. Name the destination, so that the messages go to the consumer's queue whatever brought them to the dead-letter queue.</p>`);
}

/** How long the order waited that waited longest: until it was processed, or until all that were to be set aside were. */
function longestWait({ sends, samples, beforeRepair }: Story): number {
  const processedAt = new Map(beforeRepair.records.map((record) => [record.orderId, record.processedAt]));
  const allAside = samples.find(({ at, setAside: aside }) => at <= beforeRepair.at && aside >= beforeRepair.deadLetters.length);
  return Math.max(...sends.map(({ orderId, at }) => (processedAt.get(orderId) ?? allAside?.at ?? beforeRepair.at) - at)) / 1000;
}

const TYPES: Readonly<Record<string, string>> = {
  'AWS::Lambda::Function': 'Function',
  'AWS::Lambda::EventSourceMapping': 'Event source: polls the queue, invokes the function',
  'AWS::SQS::Queue': 'Queue',
  'AWS::SQS::QueuePolicy': 'Queue policy: TLS only',
  'AWS::DynamoDB::Table': 'Table',
  'AWS::CloudWatch::Alarm': 'Alarm',
  'AWS::SNS::Topic': 'Topic',
  'AWS::Logs::LogGroup': 'Log group',
  'AWS::IAM::Role': 'Role of the function',
  'AWS::IAM::Policy': 'What the function may do',
};

function describe(type: string): string {
  return TYPES[type] ?? type;
}

type Heading = string | { readonly number: string };

/** A table; on a narrow screen each row becomes a block. */
function table(headings: readonly Heading[], rows: readonly (readonly string[])[]): string {
  const head = headings.map((heading) => (typeof heading === 'string' ? `<th>${escape(heading)}</th>` : `<th class="number">${escape(heading.number)}</th>`));
  const cell = (content: string, column: number) => {
    const heading = headings[column];
    return typeof heading === 'object' ? `<td class="number" data-label="${escape(heading.number)}">${content}</td>` : `<td>${content}</td>`;
  };
  const body = rows.map((row) => `<tr>${row.map(cell).join('')}</tr>`);
  return `<table class="stack"><thead><tr>${head.join('')}</tr></thead><tbody>\n${body.join('\n')}\n</tbody></table>`;
}

function section(title: string, content: string): string {
  return `<section>\n<h2>${title}</h2>${content}\n</section>`;
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
