// Before each test file of the newest run: are the libraries that the tests get the ones that were meant?
for (const [name, version] of Object.entries(JSON.parse(process.env.NEWEST ?? '{}') as { [name: string]: string })) {
  const actual = jest.requireActual<{ version: string }>(`${name}/package.json`).version;
  if (actual !== version) {
    throw new Error(`the tests run with ${name} ${actual}, not with ${version}`);
  }
}
