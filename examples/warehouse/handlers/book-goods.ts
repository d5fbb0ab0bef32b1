import type { Booking } from './stock';
import { book } from './stock';

/** Books goods of a transfer, or books them back, in the warehouse whose table the function has. */
export async function handler(booking: Booking): Promise<void> {
  await book(booking);
}
