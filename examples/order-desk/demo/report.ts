import { neighboursText } from './findings';
import { LARGEST_MESSAGE, REPAIR, STATIONS } from './order-plan';
import type { Station } from './order-plan';
import { WRONG_TABLE } from './release';
import { architectureFigure, escape, formatSeconds, timelineFigure } from './report-figures';
import { STYLE } from './report-style';
import type { Closing, Story } from './story';
import { checksOfRun, isTakenBack, missingOrders } from './story';
import { formatCount, plural } from './terminal';
import type { Books } from '../../../integ/support/books';

/** The report on a run: one HTML file that needs no other. */
export function renderReport(story: Story): string {
  const checks = checksOfRun(story);
  const passed = checks.every((check) => check.passed);
  const title = passed ? 'Order desk: every order accounted for' : 'Order desk: not everything is as it must be';
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
${timeline(story)}
${books(story)}
${faults(story)}
${release(story)}
${jobs(story)}
${setAside(story)}
${retries(story)}
${alarms(story)}
${onAws(story)}
</main>
</body>
</html>
`;
}

function lead({ plan, beforeRepair, afterRedrive }: Story): string {
  const { books: before } = beforeRepair;
  return `Shops handed in ${plural(plan.orders.length, 'order')} in ${plural(plan.files.length, 'file')}, and each order went to three stations, with something wrong on purpose on every way: `
    + `of ${formatCount(before.due)} pieces of work ${formatCount(before.effects)} were done, ${formatCount(before.setAside)} set aside, ${formatCount(before.lost)} lost. `
    + `After a repair, what was set aside was sent back: ${formatCount(afterRedrive.books.effects)} of ${formatCount(afterRedrive.books.due)} done.`;
}

function tiles({ plan, beforeRepair: { books: before }, afterRedrive: { books: after } }: Story): string {
  const tile = (value: number, text: string, kind = '') => `<div class="tile ${kind}"><b>${formatCount(value)}</b><span>${text}</span></div>`;
  return `<div class="tiles">${[
    tile(before.accepted, `orders accepted, from ${plural(plan.files.length, 'file')}`),
    tile(before.effects, 'pieces of work done before the repair'),
    tile(before.setAside, 'set aside, then sent back'),
    tile(Math.max(before.lost, after.lost), 'lost', before.lost + after.lost > 0 ? 'wrong' : ''),
  ].join('')}</div>`;
}

function deployed(story: Story): string {
  const { facts } = story;
  const rows = facts.resources.map(({ type, path }) => [escape(describe(type)), `<code>${escape(path)}</code>`, escape(madeBy(path))]);
  const parts = [
    ['Jobs', 'PollingStatusApi', 'takes jobs with one write each, has them done, and tells how they stand'],
    ['Payloads', 'ClaimCheckBucket', `holds what is too large for a message, for ${facts.expirationDays} days: as long as a message can be somewhere`],
    ['OrderPlaced', 'TopicFanOut', 'gives each order to every station, a customer’s orders one after the other'],
    ['Billing, Production, Shipping', 'QueueFedFunction', 'a queue, a dead-letter queue, and what connects them with the function'],
    ['Canary', 'CanaryFunction', 'gives a new version of production a tenth of the orders first, and takes them back if it fails'],
  ].map(([name, pattern, what]) => [`<code>${escape(name!)}</code>`, escape(pattern!), escape(what!)]);
  return section('What was deployed', `
<p>One stack, deployed with <code>cdk deploy</code>. The numbers in the picture are from the deployed template and from this run.</p>
<figure><div class="scroll wide">${architectureFigure(story)}</div></figure>
<div class="scroll">${table(['Here', 'Pattern', 'What it is for'], parts)}</div>
<details><summary>All ${plural(facts.resources.length, 'resource')}</summary><div class="scroll">${table(['Resource', 'Where in the stack', 'Made by'], rows)}</div></details>`);
}

function timeline(story: Story): string {
  return section('Orders over time', `
<p>Accepted: what the jobs API answered to the shops. Billed, produced, shipped: the times that the stations wrote. Waiting and set aside: what SQS reported of its queues.</p>
<figure><div class="scroll wide">${timelineFigure(story)}</div></figure>`);
}

function books(story: Story): string {
  const { beforeRepair, afterRedrive } = story;
  const row = (name: string, counts: Pick<Books, 'accepted' | 'effects' | 'inFlight' | 'lost' | 'unexplained'>, aside: number, kind: string) => {
    const { accepted, effects, inFlight, lost, unexplained } = counts;
    const cells = [accepted, effects, aside, inFlight, lost, unexplained].map((value) => `<td class="number">${formatCount(value)}</td>`);
    return `<tr class="${lost + unexplained > 0 ? 'wrong' : kind}"><td>${name}</td>${cells.join('')}</tr>`;
  };
  const closing = (title: string, { books: all }: Closing) => `<tr class="part"><td colspan="7">${title}</td></tr>
${STATIONS.map((station) => row(NAMES[station], all.stations[station]!, all.stations[station]!.setAside.length, '')).join('\n')}
${row('Together', { ...all, accepted: all.due }, all.setAside, 'total')}`;
  return section('The books', `
<p><b>Accepted = done + set aside + in flight</b>, at every station. The terms come from places that know nothing of each other: the answers of the jobs API to the shops, the stations’ table, the dead-letter queues, and the counts of the queues.
Orders are compared one by one, so that one lost and one too many do not make up for each other.</p>
<div class="scroll"><table><thead><tr><th></th>${['Accepted', 'Done', 'Set aside', 'In flight', 'Lost', 'Done but never accepted'].map((name) => `<th class="number">${name}</th>`).join('')}</tr></thead><tbody>
${closing('Before the repair', beforeRepair)}
${closing('After the redrive', afterRedrive)}
</tbody></table></div>
<p class="muted">In all other queues of the stack, where the topic and the jobs API set aside what they cannot deliver: ${plural(beforeRepair.elsewhere + afterRedrive.elsewhere, 'message')}.</p>
${missingOrders(story).map((line) => `<p class="muted">${escape(capitalized(line))}.</p>`).join('')}`);
}

function faults(story: Story): string {
  const { plan, findings, facts, beforeRepair, refusedLines, filesRecognised } = story;
  const { 'poison': poison, transient, resend, 'batch-error': throws } = plan.faults;
  const twice = plan.files.filter(({ fault }) => fault === 'handed in twice').length;
  const vanished = plan.files.filter(({ fault }) => fault === 'vanishes').length;
  const large = plan.orders.filter(({ order }) => order.artwork !== undefined).length;
  const rows: (readonly [string, number, string])[] = [
    ['Orders with artwork, each above the 256 KB that a message may have', large, 'Only a pointer was published; every station claimed the order from the bucket, and production got each artwork byte for byte.'],
    ['A shop hands in a file twice at the same time', twice, `${plural(filesRecognised, 'pair')} of requests got the same job: the idempotency key is the name of the file.`],
    ['A file is gone from the bucket before it is read', vanished, vanished === 0 ? '' : 'The job failed, the shop read so, and handed the file in again.'],
    ['A line of a file is no order', plan.brokenLines, `${plural(refusedLines, 'line')} refused, in the results of the jobs. The other lines were accepted.`],
    ['Poison: production or shipping cannot do the order', poison, `${formatCount(beforeRepair.books.setAside)} set aside, after ${facts.stations.production.maxReceiveCount} deliveries each; the other stations did their part. ${neighboursText(findings)}`],
    ['The payment provider is busy twice', transient, `${formatCount(findings.transientDone)} billed, ${formatCount(findings.transientAtThird)} of them at the third delivery. The customer’s later orders waited.`],
    ['The provider does not answer, and the handler throws', throws, `${plural(findings.thrownInvocations, 'invocation')} threw. What was in ${throws === 1 ? 'it' : 'them'} came again.`],
    ['The shop sends the order twice', resend, `Both were accepted. ${plural(findings.repeats, 'delivery', 'deliveries')} of work that was done already came; each piece of work is kept once.`],
  ];
  return section('What went wrong on purpose', `
<p>The plan of faults comes from seed ${plan.seed}. An order has one fault at most.</p>
<div class="scroll">${table(['Fault', { number: 'Planned' }, 'What happened'], rows.filter(([, count]) => count > 0).map(([fault, count, what]) => [escape(fault), formatCount(count), escape(what)]))}</div>`);
}

function release({ release: outcome, findings, jobs: all, cloudWatchTimeScale }: Story): string {
  if (!outcome) {
    return '';
  }
  const start = Math.min(...all.map(({ submittedAt }) => submittedAt));
  const at = (time: number | undefined) => (time === undefined ? 'never' : `${((time - start) / 1000).toFixed(1)} s`);
  const takenBack = isTakenBack(outcome);
  const rows = [
    [at(outcome.startedAt), `The stack is updated with a version of the production function whose settings name the catalogue wrongly: <code>${escape(WRONG_TABLE)}</code>.`],
    [at(outcome.shiftedAt), `CodeDeploy gives version ${escape(outcome.newVersion ?? '–')} ${Math.round(100 * outcome.share)} % of the traffic. What it gets fails, and comes again.`],
    [at(outcome.takenBackAt ?? outcome.endedAt), takenBack
      ? `Its alarms have fired (<code>${escape(outcome.reason)}</code>), and version ${escape(outcome.versionAfter)} has all of the traffic again.`
      : `No alarm has fired, and version ${escape(outcome.versionAfter)} has all of the traffic.`],
    [at(outcome.endedAt), `CloudFormation has ended: <code>${escape(outcome.stackStatus)}</code>.`],
  ];
  return section('A release that was broken', `
<p>Somebody releases a version of production in the middle of the work, and it cannot read the catalogue. ${escape(plural(findings.metBrokenRelease, 'order'))} met it and came again${takenBack ? `, to be done by version ${escape(outcome.versionAfter)}` : ''}.</p>
<div class="scroll">${table(['After', 'What happened'], rows)}</div>
<p class="muted">In the time of the emulator’s CloudWatch and CodeDeploy, where a minute lasts ${minute(cloudWatchTimeScale)}. On AWS a new version has its tenth for five minutes, and the alarms look once a minute.</p>`);
}

function minute(scale: number): string {
  return formatSeconds(Number((60 * scale).toFixed(1)));
}

function jobs({ jobs: all }: Story): string {
  const rows = [...all].sort((a, b) => a.submittedAt - b.submittedAt).map(({ file, job, bytes, submittedAt, endedAt }) => [
    `<code>${escape(file)}</code>`,
    formatBytes(bytes),
    `<span class="badge ${job.status === 'SUCCEEDED' ? 'silent' : 'fired'}">${escape(job.status)}</span>`,
    job.result ? formatCount(job.result.accepted) : '–',
    job.result ? formatCount(job.result.refused.length) : '–',
    `${((endedAt - submittedAt) / 1000).toFixed(1)} s`,
    job.error ? escape(job.error.message) : job.result?.refused.map(({ line, reason }) => escape(`line ${line}: ${reason}`)).join('<br>') ?? '',
  ]);
  const large = all.filter(({ bytes }) => bytes > LARGEST_MESSAGE).length;
  const headings = ['File', { number: 'Size' }, 'Status', { number: 'Accepted' }, { number: 'Refused' }, { number: 'Until read' }, 'What the shop reads besides'] as const;
  const most = 8;
  return section('The jobs', `
<p>Every file is a job: the shop deposits the file, submits a pointer to it with its name as the idempotency key, and asks how the job stands, with growing pauses and as the API's <code>Retry-After</code> says, until it has ended. ${capitalized(plural(large, 'file'))} of ${formatCount(all.length)} would not have fitted into a message.</p>
<div class="scroll">${table(headings, rows.slice(0, most))}</div>
${rows.length > most ? `<details><summary>The other ${formatCount(rows.length - most)}</summary><div class="scroll">${table(headings, rows.slice(most))}</div></details>` : ''}`);
}

function setAside({ beforeRepair }: Story): string {
  const reasonOf = new Map(beforeRepair.records.map((record) => [`${record.station} ${record.orderId}`, record.failure]));
  const reasons = new Map<string, { readonly station: Station; readonly reason: string; readonly ids: string[] }>();
  for (const station of STATIONS) {
    for (const id of [...beforeRepair.deadLetters[station]].sort()) {
      const reason = reasonOf.get(`${station} ${id}`) ?? 'the station kept no reason';
      const entry = reasons.get(`${station} ${reason}`) ?? { station, reason, ids: [] };
      entry.ids.push(id);
      reasons.set(`${station} ${reason}`, entry);
    }
  }
  if (reasons.size === 0) {
    return section('What was set aside, and why', '<p>Nothing was set aside.</p>');
  }
  const rows = [...reasons.values()].sort((a, b) => b.ids.length - a.ids.length).map(({ station, reason, ids }) => [
    NAMES[station], escape(reason), formatCount(ids.length), `${ids.slice(0, 3).map((id) => `<code>${escape(id)}</code>`).join(', ')}${ids.length > 3 ? ', …' : ''}`,
  ]);
  return section('What was set aside, and why', `
<p>The order is from the message in the dead-letter queue, or from the payload that it points to (${plural(beforeRepair.pointers, 'dead letter')} of these); the reason is the one that the station kept at its last attempt. The repair completed the catalogue: ${REPAIR.map(({ entry }) => `<code>${escape(entry)}</code>`).join(', ')}.</p>
<div class="scroll">${table(['Station', 'Reason', { number: 'Orders' }, 'For example'], rows)}</div>`);
}

function retries({ findings, facts, visibilitySeconds }: Story): string {
  const { deliveriesOfDone: done, deliveriesOfFailed: failed } = findings;
  const most = Math.max(...STATIONS.flatMap((station) => [...done[station].keys(), ...failed[station].keys()]), 1);
  const rows = Array.from({ length: most }, (_, index) => index + 1).map((deliveries) => [
    String(deliveries),
    ...STATIONS.map((station) => {
      const [good, bad] = [done[station].get(deliveries) ?? 0, failed[station].get(deliveries) ?? 0];
      return [good > 0 ? `${formatCount(good)} done` : '', bad > 0 ? `${formatCount(bad)} set aside` : ''].filter(Boolean).join(', ') || '–';
    }),
  ]);
  return section('Deliveries', `
<p>How often SQS had delivered an order to a station when it was done or, after ${facts.stations.production.maxReceiveCount} deliveries, set aside. Before the repair. Between two deliveries lie ${formatSeconds(visibilitySeconds)} in this run, and ${formatSeconds(facts.stations.production.visibilitySeconds)} with the visibility timeout that the stack is deployed with (6 × the handler’s timeout).</p>
<div class="scroll">${table(['Deliveries', ...STATIONS.map((station) => ({ number: NAMES[station] }))], rows)}</div>`);
}

function alarms({ facts, firedAlarms, jobs: all, cloudWatchTimeScale }: Story): string {
  const start = Math.min(...all.map(({ submittedAt }) => submittedAt));
  const fired = facts.alarms.flatMap((alarm) => {
    const at = firedAlarms.get(alarm.logicalId);
    return at === undefined ? [] : [{ alarm, at }];
  }).sort((a, b) => a.at - b.at);
  const silent = facts.alarms.filter(({ logicalId }) => !firedAlarms.has(logicalId));
  const what = (description: string) => escape(description.split(' Runbook:')[0]!);
  const rows = fired.map(({ alarm, at }) => [`${((at - start) / 1000).toFixed(0)} s`, `<code>${escape(alarm.path)}</code><br><span class="muted">${what(alarm.description)}</span>`]);
  return section('The alarms that fired', `
<p>${fired.length} of ${facts.alarms.length}. They are evaluated by the emulator’s CloudWatch, where a minute lasts ${minute(cloudWatchTimeScale)}: an alarm on the age of messages fires ${Math.round(1 / cloudWatchTimeScale)} times as soon as on AWS.</p>
<div class="scroll">${table(['First after', 'Alarm, and what it says'], rows)}</div>
<details><summary>The ${formatCount(silent.length)} that stayed silent</summary><div class="scroll">${table(['Alarm', 'What it would say'], silent.map(({ path, description }) => [`<code>${escape(path)}</code>`, `<span class="muted">${what(description)}</span>`]))}</div></details>`);
}

function onAws({ facts, visibilitySeconds, cloudWatchTimeScale }: Story): string {
  const { maxReceiveCount, visibilitySeconds: deployedSeconds } = facts.stations.production;
  return section('On AWS', `
<p>The same app deploys to a real account with <code>npx cdk deploy</code>; see the README beside it. Here as there, the functions and the shops may do only what their roles allow: the emulator checked each request against IAM. What differed in this run:</p>
<ul>
<li>The visibility timeouts were shortened to ${formatSeconds(visibilitySeconds)} after the deployment, so that poison is set aside in half a minute and not after ${maxReceiveCount} × ${formatSeconds(deployedSeconds)}.</li>
<li>CloudWatch and CodeDeploy ran ${Math.round(1 / cloudWatchTimeScale)} times as fast as the clock.</li>
<li>The emulator works on a FIFO queue with one invocation at a time; on AWS as many groups as ${facts.stations.billing.maxConcurrency} invocations have room for are billed at the same time.</li>
</ul>
<p>The dead letters were moved by message move tasks of SQS, as they are on AWS:</p>
<pre>aws sqs start-message-move-task \\
  --source-arn "$DEAD_LETTER_QUEUE_ARN" \\
  --destination-arn "$QUEUE_ARN"</pre>
<p>Repair first: a message that fails again goes through all its attempts again. Name the destination, so that the messages go to the consumer’s queue whatever brought them to the dead-letter queue.</p>`);
}

const NAMES: Readonly<Record<Station, string>> = { billing: 'Billing', production: 'Production', shipping: 'Shipping' };

const MAKERS: readonly (readonly [RegExp, string])[] = [
  [/^Jobs\//, 'PollingStatusApi'],
  [/^Payloads\//, 'ClaimCheckBucket'],
  [/^OrderPlaced\/|\/OrderPlaced|TopicFanOut/, 'TopicFanOut'],
  [/^Canary\/|^Produce\/CurrentVersion/, 'CanaryFunction'],
  [/^(Billing|Production|Shipping)\/|\/HandlerAlarms/, 'QueueFedFunction'],
];

function madeBy(path: string): string {
  return MAKERS.find(([pattern]) => pattern.test(path))?.[1] ?? 'the app';
}

const TYPES: Readonly<Record<string, string>> = {
  'AWS::ApiGateway::RestApi': 'REST API',
  'AWS::ApiGateway::Stage': 'Stage of the API',
  'AWS::CodeDeploy::DeploymentGroup': 'Deployment group: moves the alias',
  'AWS::DynamoDB::Table': 'Table',
  'AWS::CloudWatch::Alarm': 'Alarm',
  'AWS::Events::Rule': 'Rule',
  'AWS::IAM::Policy': 'What a role may do',
  'AWS::IAM::Role': 'Role',
  'AWS::Lambda::Alias': 'Alias of the function',
  'AWS::Lambda::EventSourceMapping': 'Event source: polls the queue, invokes the function',
  'AWS::Lambda::Function': 'Function',
  'AWS::Lambda::Permission': 'Who may invoke the function',
  'AWS::Lambda::Version': 'Version of the function',
  'AWS::Logs::LogGroup': 'Log group',
  'AWS::Pipes::Pipe': 'Pipe: gives each job to the engine',
  'AWS::S3::Bucket': 'Bucket',
  'AWS::S3::BucketPolicy': 'Bucket policy: TLS only',
  'AWS::SNS::Subscription': 'Subscription of a queue to the topic',
  'AWS::SNS::Topic': 'Topic',
  'AWS::SNS::TopicPolicy': 'Topic policy: TLS only',
  'AWS::SQS::Queue': 'Queue',
  'AWS::SQS::QueuePolicy': 'Queue policy',
  'AWS::StepFunctions::StateMachine': 'Workflow around the function',
};

function describe(type: string): string {
  return TYPES[type] ?? type.split('::').slice(1).join(' ');
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

/** `12 KB`, `1.4 MB` */
function formatBytes(bytes: number): string {
  return bytes < 1_000_000 ? `${Math.ceil(bytes / 1000)} KB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
