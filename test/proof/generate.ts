import { write } from './files';
import { PAGE, render } from './render';

/** Writes docs/proof.md anew. */
write(PAGE, render());
console.log(`${PAGE} is written`);
