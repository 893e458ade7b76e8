import type { Database } from '@altcontext/webhook-store'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findDifference } from './oracle/compare-responses.ts'
import { edgeHistory } from './oracle/edge-history.ts'
import { type History, historiesOf } from './oracle/history.ts'
import { emptyDatabase, playHistory, prepareHost } from './oracle/play-history.ts'
import { mutate, readingMutants, type SqlMutant, writingMutants } from './oracle/sql-mutants.ts'
import type { World } from './oracle/world.ts'
import { createTestBridge, type TestBridge } from './test-bridge.ts'

// `npm run mutants` tries all of them.
const isWhole = process.env.MUTANTS === 'all'
const chosen = (mutants: Record<string, SqlMutant>): [string, SqlMutant][] =>
  Object.entries(mutants).filter((_, index) => isWhole || index === 0)

// The seed of the random ones was found by trying: together they show every mistake.
const histories: History[] = [
  edgeHistory,
  ...fc.sample(historiesOf({ events: 60, steps: 8, visits: 12 }), {
    seed: 18,
    numRuns: isWhole ? 4 : 1,
  }),
]

interface Played {
  bridge: TestBridge
  world: World
}
const played: Played[] = []
let replayed: TestBridge

beforeAll(async () => {
  for (const history of histories) {
    const bridge = await createTestBridge()
    await prepareHost(bridge)
    played.push({ bridge, world: await playHistory(bridge, history) })
  }
  replayed = await createTestBridge()
  await prepareHost(replayed)
})

afterAll(async () => {
  for (const { bridge } of played) await bridge[Symbol.asyncDispose]()
  await replayed[Symbol.asyncDispose]()
})

/** Makes the mistake in one history after the other, until a response is wrong. */
const expectCaught = async (
  mutant: SqlMutant,
  {
    original,
    play,
  }: {
    original: (place: Played) => Database
    play: (wrong: Database, place: Played) => Promise<string | undefined>
  },
) => {
  let places = 0
  for (const place of played) {
    const wrong = mutate(original(place), mutant)
    const difference = await play(wrong.database, place)
    if (wrong.isApplied()) places += 1
    if (wrong.isApplied() && difference !== undefined) return
  }
  expect.fail(places === 0 ? 'No statement has a place for the mistake.' : 'No history shows the mistake.')
}

test.each(chosen(readingMutants))('catches a statement that reads so that %s', async (_name, mutant) => {
  await expectCaught(mutant, {
    original: ({ bridge }) => bridge.database,
    play: (wrong, { bridge, world }) => findDifference(bridge, world, wrong),
  })
})

test.each(chosen(writingMutants))('catches a statement that writes so that %s', async (_name, mutant) => {
  await expectCaught(mutant, {
    original: () => replayed.database,
    play: async (wrong, { world }) => {
      await emptyDatabase(replayed)
      return findDifference(replayed, await playHistory(replayed, world.history, wrong))
    },
  })
})
