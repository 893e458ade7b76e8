import { descriptionServiceContract, safeParseEvent } from '@altcontext/webhook-contract'
import { expect, test } from 'vitest'
import { brokenFixtures, readVectors, validFixtures, vectorFile } from '../src/index.ts'

test.each(validFixtures(descriptionServiceContract))('the fixture of $eventType is valid', (event) => {
  expect(safeParseEvent(descriptionServiceContract, event).success).toBe(true)
})

const broken = brokenFixtures(descriptionServiceContract)

test.each(broken)('$title breaks exactly one rule, at $path', ({ event, path }) => {
  const result = safeParseEvent(descriptionServiceContract, event)
  expect(result.success ? [] : result.issues.map((issue) => issue.path)).toEqual([path])
})

test('every field of every event is broken at least once', () => {
  const fields = Object.entries(descriptionServiceContract.events).flatMap(([type, { payload }]) =>
    Object.keys(payload._zod.def.shape).map((field) => `${type} payload.${field}`),
  )
  expect(new Set(broken.map(({ event, path }) => `${event.eventType} ${path}`))).toEqual(new Set(fields))
})

test('the vectors of the contract are read by name', () => {
  expect(readVectors('dedupe-ids').vectors.length).toBeGreaterThan(5)
  expect(vectorFile('signing').pathname).toMatch(/vectors\/signing\.json$/)
})
