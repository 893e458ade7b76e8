import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Files that mostly wait or drive a browser, the longest first. Begun at the end they would be waited for alone. */
const longest = [
  'packages/dashboard/test/browser',
  'tests/attacks/test/attacks',
  'packages/metrics/test/oracle',
  'packages/contract-tests/test/our-relay',
  'packages/emitter/test/outbox-clocks',
  'tests/host/test/other-hosts',
  'packages/receiver/test/fuzz',
  'tests/python/test/emitter-mistakes',
  'tests/python/test/python-tests',
  'packages/relay/test/oldest-nodes',
  'tests/flows/test/outage',
  'examples/marketing-backend/test/start',
  'packages/contract-tests/test/receiver-mutants',
  'packages/metrics/test/sql-mutants',
  'packages/metrics/test/rollup-properties',
  'packages/relay/test/cli',
  'packages/relay/test/reconcile',
  'packages/contract-tests/test/emitter-mutants',
  'tests/flows/test/faults',
  'packages/relay/test/healthz',
  'tests/python/test/contract-kit',
]

const placeOf = ({ moduleId }: TestSpecification): number => {
  const place = longest.findIndex((name) => moduleId.endsWith(`${name}.test.ts`))
  return place === -1 ? longest.length : place
}

/** In a fresh clone vitest knows no durations and goes by the size of the files, and these are small. */
export default class LongestFirstSequencer extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    return sorted.toSorted((a, b) => placeOf(a) - placeOf(b))
  }
}
