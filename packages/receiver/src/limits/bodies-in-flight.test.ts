import { expect, test } from 'vitest'
import { createBodiesInFlight } from './bodies-in-flight.ts'

test('bodies are limited in number and in bytes, and their room is given back', () => {
  const bodies = createBodiesInFlight({ maxBodies: 3, maxBytes: 100 })
  const first = bodies.take(60)
  expect(bodies.take(41)).toBeUndefined()
  const second = bodies.take(40)
  expect(bodies.take(1)).toBeUndefined()
  first?.()
  const third = bodies.take(1)
  const fourth = bodies.take(1)
  expect([second, third, fourth].every((free) => free !== undefined)).toBe(true)
  expect(bodies.take(0)).toBeUndefined()
})

test('a body larger than the whole limit is taken when it is alone', () => {
  const bodies = createBodiesInFlight({ maxBodies: 3, maxBytes: 100 })
  expect(bodies.take(101)).toBeDefined()
  expect(bodies.take(1)).toBeUndefined()
})
