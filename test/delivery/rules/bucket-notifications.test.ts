import { checkRules } from './check-rules';
import type { BucketNotificationFacts } from '../../../src/delivery/rules/bucket-notifications';
import { BUCKET_NOTIFICATION_RULES } from '../../../src/delivery/rules/bucket-notifications';

interface Facts {
  readonly region?: string | undefined;
  readonly to?: Partial<BucketNotificationFacts['to']>;
}

checkRules<BucketNotificationFacts, Facts>({
  rules: () => BUCKET_NOTIFICATION_RULES,
  facts: (different = {}) => ({ bucket: { path: 'B', region: 'region' in different ? different.region : 'eu-west-1' }, to: { path: 'Q', fifo: false, region: 'eu-west-1', ...different.to } }),
  unknown: { bucket: { path: 'B' }, to: { path: 'Q' } },
  cases: {
    notificationToFifo: { breaks: [{ to: { fifo: true } }], keeps: [{ to: { fifo: undefined } }] },
    notificationOtherRegion: { breaks: [{ to: { region: 'us-east-1' } }, { region: 'us-east-1' }], keeps: [{ to: { region: undefined } }, { region: undefined }] },
  },
});
