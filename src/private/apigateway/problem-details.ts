import { DOCUMENTATION } from '../app/documentation';

/**
 * Problem details, the form of every error of an API. https://www.rfc-editor.org/rfc/rfc9457
 */
export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

export interface ProblemDetails {
  /** A section of the docs that says more. Undefined: the status says it all (`about:blank`). */
  readonly section?: string;
  readonly status: number;
  readonly title: string;
  readonly detail?: string;
}

/** Problem details as JSON. The texts are this library's own; nothing of a request is ever put in. */
export function problemJson({ section, status, title, detail }: ProblemDetails): string {
  return JSON.stringify({ type: section ? `${DOCS}#${section}` : 'about:blank', title, status, detail });
}

const DOCS = `${DOCUMENTATION}/polling-status-api.md`;
