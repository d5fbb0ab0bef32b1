import { charge, ProviderDown } from './payment';
import { newStation, StationDown } from './station';

/** Charges the customer, in the order in which the orders were placed. */
export const handler = newStation({
  name: 'billing',
  inOrder: true,
  prepare: async () => async (order, attempt) => {
    try {
      await charge(order, attempt);
      return order.cents;
    } catch (error) {
      throw error instanceof ProviderDown ? new StationDown(error.message, { cause: error }) : error;
    }
  },
});
