import { createRequire } from 'node:module';
import aslValidator from 'asl-validator';
import type { Definition } from './state-machine';
import { copyOf } from './state-machine';

interface KeywordDefinition {
  readonly keyword: string | readonly string[];
}

interface Ajv {
  getKeyword(name: string): unknown;
  addKeyword(definition: KeywordDefinition): Ajv;
}

const ajv = createRequire(require.resolve('asl-validator'))('ajv') as { default: new (options: object) => Ajv };
let compiled: Ajv | undefined;

/** asl-validator makes its validator anew for each definition, and compiling the schemas takes most of the time. Here one is made and kept. */
ajv.default = class extends ajv.default {
  constructor(options: object) {
    if (compiled) {
      return compiled;
    }
    super(options);
    compiled = this;
  }

  addKeyword(definition: KeywordDefinition): Ajv {
    return [definition.keyword].flat().some((name) => this.getKeyword(name)) ? this : super.addKeyword(definition);
  }
};

/** What asl-validator finds wrong with a definition. */
export function violations(definition: Definition): string[] {
  // It changes what it is given.
  return aslValidator(copyOf(definition)).errors.map((error) => `${error['Error code']}: ${error.Message}`);
}
