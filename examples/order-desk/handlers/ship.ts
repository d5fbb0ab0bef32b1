import { Catalogue } from './catalogue';
import { newStation } from './station';

/** Books the parcel; answers with how many days it takes. */
export const handler = newStation({
  name: 'shipping',
  prepare: async (orders) => {
    const catalogue = await Catalogue.read(orders.map(({ country }) => `delivery/${country}`));
    return async ({ country }) => catalogue.timeFor(`delivery/${country}`);
  },
});
