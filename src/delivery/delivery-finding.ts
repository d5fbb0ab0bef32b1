/** How much a finding matters. */
export enum DeliverySeverity {
  /** Messages are lost, or will be; or the deployment fails. */
  ERROR = 'error',
  /** Messages can be lost, or a failure can go unnoticed. */
  WARNING = 'warning',
  /** Right for some apps and not for others. */
  NOTE = 'note',
}

/** Something that DeliveryChecks found in a template. */
export interface DeliveryFinding {
  /** The id of the rule, such as `deadLetterQueueMissing`. It is stable: findings are acknowledged by it. */
  readonly id: string;
  readonly severity: DeliverySeverity;
  /** The name of the stack. */
  readonly stack: string;
  /** The path of the construct, or the stack and the logical id where the template has no paths. */
  readonly path: string;
  readonly logicalId: string;
  /** What is wrong, with the value that was seen. */
  readonly message: string;
  /** Why it matters, in one sentence. */
  readonly why: string;
  /** What to do about it. */
  readonly fix: string;
  /** The AWS page that says so. */
  readonly docs: string;
}
