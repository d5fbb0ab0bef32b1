import { bucketDelivery } from './bucket-delivery';
import { checkPattern } from './check-pattern';

checkPattern(bucketDelivery);
