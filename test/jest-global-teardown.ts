import * as fs from 'node:fs';

export default function tearDown(): void {
  fs.rmSync(process.env.TMPDIR ?? '', { recursive: true, force: true });
}
