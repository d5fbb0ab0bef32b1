import { createHash } from 'node:crypto';
import { Catalogue } from './catalogue';
import { newStation } from './station';

/** Plans the making of what was ordered, with the artwork that is printed on it; answers with the job card of the workshop. */
export const handler = newStation({
  name: 'production',
  prepare: async (orders) => {
    const catalogue = await Catalogue.read(orders.map(({ product }) => `product/${product}`));
    return async ({ product, quantity, artwork }) => {
      const days = catalogue.timeFor(`product/${product}`);
      const print = artwork === undefined ? 'plain' : createHash('sha256').update(artwork).digest('hex');
      return `${quantity} x ${product}, ${days} days, ${print}`;
    };
  },
});
