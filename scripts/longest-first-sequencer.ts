import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Files that mostly wait or drive a browser, the longest first. Begun at the end they would be waited for alone. */
const longest = [
  'packages/dashboard/test/browser',
  'tests/attacks/test/attacks',
  'packages/stream/test/stream',
  'packages/contract-tests/test/our-relay',
  'tests/python/test/python-tests',
  'packages/emitter/test/outbox-clocks',
  'packages/contract-tests/test/emitter-mutants',
  'tests/python/test/emitter-mistakes',
  'packages/emitter/test/silent-database',
  'examples/marketing-backend/test/start',
  'packages/contract-tests/test/cli',
  'tests/flows/test/outage',
  'packages/store/test/silent-network',
  'packages/contract-tests/test/our-emitter',
  'packages/emitter/test/prove-completeness',
  'tests/python/test/contract-kit',
  'packages/relay/test/reconcile',
  'packages/relay/test/cli',
  'packages/relay/test/oldest-nodes',
  'packages/contract-tests/test/producer-mutants',
  'packages/contract-tests/test/receiver-mutants',
  'packages/metrics/test/sql-mutants',
  'packages/metrics/test/rollup-properties',
  'packages/metrics/test/oracle',
  'packages/receiver/test/fuzz',
  'tools/embedded-database/test/start-embedded-postgres',
  'tests/python/test/completeness',
  'examples/marketing-backend/test/silences',
  'examples/marketing-backend/test/pages',
  'tests/flows/test/faults',
  'packages/store/test/from-prisma',
  'examples/marketing-backend/test/pgbouncer',
  'packages/relay/test/nats',
  'packages/relay/test/healthz',
  'tests/flows/test/pgbouncer',
  'examples/cluster/test/cluster',
  'packages/stream/test/cli',
  'tests/host/test/other-hosts',
]

const placeOf = ({ moduleId }: TestSpecification): number => {
  const place = longest.findIndex((name) => moduleId.endsWith(`${name}.test.ts`))
  return place === -1 ? longest.length : place
}

/** A worker that has loaded everything for one project's file is ended when the next file is another project's. */
const projects = ['integration', 'host', 'unit']

/** In a fresh clone vitest knows no durations and goes by the size of the files, and these are small. */
export default class LongestFirstSequencer extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    return sorted.toSorted(
      (a, b) =>
        projects.indexOf(a.project.name) - projects.indexOf(b.project.name) || placeOf(a) - placeOf(b),
    )
  }
}
