// The Test Anything Protocol for the interop tests: tests run one after the other, a
// failure prints why and does not stop the others. What a test returns is a note for
// whoever reads the results.
import { seed } from "./seed.mjs";

export async function run(tests) {
  let failed = 0;
  console.log(`# seed KRING_TEST_SEED=${seed}`);
  console.log(`1..${tests.length}`);
  for (const [index, [name, test]] of tests.entries()) {
    try {
      const note = await test();
      console.log(`ok ${index + 1} - ${name}`);
      if (note !== undefined) {
        console.log(`#: ${note}`);
      }
    } catch (error) {
      failed++;
      console.log(`not ok ${index + 1} - ${name}`);
      String(error.stack).split("\n").forEach((line) => console.log(`# ${line}`));
    }
  }
  process.exitCode = failed === 0 ? 0 : 1;
}
