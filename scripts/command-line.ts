/**
 * Runs a command with its options; on `--help` it prints its help instead.
 *
 * What ends the process: an option that is wrong, with 2 and the reason; a command that fails, with 1 and its message.
 */
export function runCommand<Options extends { readonly help: boolean }>(
  help: string,
  read: () => Options,
  run: (options: Options) => Promise<void>,
): void {
  let options: Options;
  try {
    options = read();
  } catch (error) {
    console.error(`${(error as Error).message} (--help lists the options)`);
    process.exit(2);
  }
  if (options.help) {
    console.log(help);
    return;
  }
  run(options).catch((error: Error) => {
    console.error(error.message);
    process.exit(1);
  });
}
