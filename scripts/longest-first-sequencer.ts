import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Files that mostly wait or drive a browser, the longest first. Begun at the end they would be waited for alone. */
const longest = [
  'packages/dashboard/test/browser',
  'tests/attacks/test/attacks',
  'packages/metrics/test/oracle',
  'tests/python/test/python-tests',
  'packages/contract-tests/test/our-relay',
  'packages/emitter/test/outbox-clocks',
  'tests/host/test/other-hosts',
  'packages/receiver/test/fuzz',
  'packages/contract-tests/test/emitter-mutants',
  'packages/emitter/test/silent-database',
  'packages/stream/test/stream',
  'tests/flows/test/pgbouncer',
  'packages/contract-tests/test/producer-mutants',
  'tests/python/test/emitter-mistakes',
  'packages/relay/test/oldest-nodes',
  'packages/contract-tests/test/cli',
  'tests/flows/test/outage',
  'packages/store/test/silent-network',
  'packages/contract-tests/test/our-emitter',
  'packages/emitter/test/prove-completeness',
  'examples/marketing-backend/test/start',
  'packages/contract-tests/test/receiver-mutants',
  'packages/metrics/test/sql-mutants',
  'packages/metrics/test/rollup-properties',
  'packages/relay/test/cli',
  'packages/relay/test/reconcile',
  'tests/python/test/contract-kit',
  'tests/python/test/completeness',
  'examples/marketing-backend/test/silences',
  'examples/marketing-backend/test/pages',
  'tools/embedded-database/test/start-embedded-postgres',
  'tests/flows/test/faults',
  'packages/relay/test/healthz',
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
