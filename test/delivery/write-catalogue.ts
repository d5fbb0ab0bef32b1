import { PAGE, render } from './catalogue';
import { exampleApp, mapOf, withMap } from './examples';
import { read, write } from '../proof/files';

/** Writes the page with all rules anew, and draws the map of the order desk. */
const CHECKS_PAGE = 'docs/delivery-checks.md';
write(PAGE, render());
write(CHECKS_PAGE, withMap(read(CHECKS_PAGE), mapOf(exampleApp('order-desk'))));
console.log(`${PAGE} is written, and the map in ${CHECKS_PAGE}`);
