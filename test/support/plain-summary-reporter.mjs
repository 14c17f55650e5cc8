/** Ends a run with one plain line that any tool can read. */
export default class PlainSummaryReporter {
  onRunComplete(_contexts, { numPassedTests, numFailedTests, numPendingTests, numFailedTestSuites }) {
    // A suite that could not even be loaded has no test to count.
    const failed = numFailedTests || numFailedTestSuites;
    console.log(`${numPassedTests} passed, ${failed} failed, ${numPendingTests} skipped`);
  }
}
