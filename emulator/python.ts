import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The Python that has the packages of `requirements.txt`: `EMULATOR_PYTHON`, or what the project's set-up makes. It need not be there. */
export function emulatorPython(): string {
  return process.env.EMULATOR_PYTHON ?? join(__dirname, '..', '.emulator', 'venv', 'bin', 'python');
}

/** The same; undefined if it is not installed. */
export function installedPython(): string | undefined {
  const python = emulatorPython();
  return existsSync(python) ? python : undefined;
}

/** A command or folder of its environment, such as `bin/cfn-lint`; undefined if it is not there. */
export function inPythonEnvironment(...place: readonly string[]): string | undefined {
  const found = join(dirname(dirname(emulatorPython())), ...place);
  return existsSync(found) ? found : undefined;
}
