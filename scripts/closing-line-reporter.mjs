/** A vitest reporter whose last line is `N passed, N failed`, from what really ran; a run without tests fails. */
export default class ClosingLineReporter {
  onTestRunEnd(testModules, unhandledErrors) {
    const count = { passed: 0, failed: 0, skipped: 0, pending: 0 }
    for (const module of testModules) {
      const tests = [...module.children.allTests()]
      for (const test of tests) count[test.result().state] += 1
      // A file that cannot be loaded has no test that could fail.
      if (module.state() === 'failed' && !tests.some((test) => test.result().state === 'failed'))
        count.failed += 1
    }
    const failed = count.failed + count.pending + unhandledErrors.length
    if (count.passed + failed === 0) {
      console.error('No test was run. Check the names and filters on the command line.')
      process.exitCode = 1
    }
    const line = `${count.passed} passed, ${failed} failed${count.skipped > 0 ? `, ${count.skipped} skipped` : ''}`
    // After vitest's own summary and the servers' last words.
    process.once('exit', () => process.stdout.write(`${line}\n`))
  }
}
