import { BaseSequencer, type TestSpecification } from 'vitest/node'

/**
 * The files that take longest, which would be waited for alone if they were begun at the end. Those that only wait stand between
 * those that keep a processor busy, so that there is always work for both.
 */
const longest = [
  'packages/dashboard/test/browser',
  'tests/python/test/python-tests',
  'packages/contract-tests/test/our-relay',
  'packages/stream/test/stream',
  'tests/attacks/test/attacks',
  'examples/marketing-backend/test/start',
  'packages/contract-tests/test/emitter-mutants',
  'packages/emitter/test/silent-database',
  'packages/relay/test/oldest-nodes',
  'tests/flows/test/outage',
  'tools/embedded-database/test/start-embedded-postgres',
  'tests/python/test/emitter-mistakes',
  'tests/flows/test/faults',
  'examples/marketing-backend/test/pages',
  'packages/relay/test/cli',
  'tests/python/test/completeness',
  'packages/contract-tests/test/cli',
  'packages/relay/test/reconcile',
  'packages/contract-tests/test/receiver-mutants',
  'packages/metrics/test/rollup-faults',
  'packages/emitter/test/sqlite-file',
  'packages/store/test/silent-network',
  'tests/host/test/other-hosts',
  'examples/marketing-backend/test/pgbouncer',
  'packages/contract-tests/test/producer-mutants',
  'tests/flows/test/pgbouncer',
  'packages/metrics/test/sql-mutants',
  'packages/metrics/test/rollup-properties',
  'packages/metrics/test/oracle',
  'packages/receiver/test/fuzz',
  'tests/python/test/contract-kit',
  'examples/marketing-backend/test/silences',
  'packages/store/test/from-prisma',
  'packages/relay/test/nats',
  'packages/stream/test/cli',
  'packages/emitter/test/outbox-clocks',
  'packages/relay/test/healthz',
  'examples/cluster/test/cluster',
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
