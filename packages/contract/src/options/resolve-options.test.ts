import { expect, test } from 'vitest'
import { z } from 'zod'
import {
  callback,
  clock,
  evenWhenOthersFail,
  falseOr,
  oneOf,
  text,
  wholeNumber,
  withMethods,
} from './option-schemas.ts'
import { resolveOptions } from './resolve-options.ts'

const schema = z
  .strictObject({
    url: text(),
    timeoutMs: z._default(wholeNumber(1, 300_000), 10_000),
    overflow: z._default(oneOf(['drop-newest', 'drop-oldest']), 'drop-newest'),
    retry: z.strictObject({ delaysMs: z.array(wholeNumber(1)).default(() => [1000]) }).prefault({}),
    rateLimit: z.prefault(falseOr(z.strictObject({ max: z._default(wholeNumber(1), 300) })), {}),
    pool: z.optional(withMethods<{ query(): void }>(['query'], 'a pg.Pool')),
    onDead: z.optional(callback<() => void>()),
    now: clock(),
  })
  .refine(({ timeoutMs, url }) => !(url === 'slow' && timeoutMs < 1000), {
    ...evenWhenOthersFail,
    error: 'a slow url needs a timeoutMs of at least 1000',
  })

const problemsOf = (input: unknown, names?: Record<string, string>): string => {
  try {
    resolveOptions(schema, input, { toError: (problems) => new RangeError(problems), names })
  } catch (error) {
    if (error instanceof RangeError) return error.message
    throw error
  }
  throw new Error('Nothing was refused.')
}

test('the defaults are filled in, and undefined leaves them as they are', () => {
  const toError = (problems: string) => new RangeError(problems)
  const resolved = resolveOptions(
    schema,
    {
      url: 'a',
      timeoutMs: undefined,
      overflow: undefined,
      retry: { delaysMs: undefined },
      rateLimit: undefined,
    },
    { toError },
  )
  expect(resolved).toEqual({
    url: 'a',
    timeoutMs: 10_000,
    overflow: 'drop-newest',
    retry: { delaysMs: [1000] },
    rateLimit: { max: 300 },
    now: Date.now,
  })
})

test('every problem is named at once, each with its path', () => {
  expect(
    problemsOf({
      timeoutMs: 0,
      overflow: 'block',
      retry: { delaysMs: [5, 0.5] },
      rateLimit: { max: 0, maxx: 3 },
      pool: {},
      onDead: 'tell me',
      now: null,
    }),
  ).toBe(
    'url is missing, expected text; ' +
      'timeoutMs is 0, expected a whole number from 1 to 300000; ' +
      'overflow is "block", expected "drop-newest" or "drop-oldest"; ' +
      'retry.delaysMs[1] is 0.5, expected a whole number of at least 1; ' +
      'rateLimit.max is 0, expected a whole number of at least 1; ' +
      'rateLimit.maxx is not an option; did you mean max?; ' +
      'pool is an object, expected a pg.Pool; ' +
      'onDead is text, expected a function; ' +
      'now is null, expected a function',
  )
})

test('a rule about several options is tried even when another option is wrong', () => {
  expect(problemsOf({ url: 'slow', timeoutMs: 5, overflow: 7 })).toBe(
    'overflow is 7, expected "drop-newest" or "drop-oldest"; a slow url needs a timeoutMs of at least 1000',
  )
})

test.each([
  [{ timeout: 5 }, 'timeout is not an option; did you mean timeoutMs?'],
  [{ timoutMs: 5 }, 'timoutMs is not an option; did you mean timeoutMs?'],
  [{ onDeath: () => {} }, 'onDeath is not an option; did you mean onDead?'],
  [{ colour: 'red' }, 'colour is not an option'],
  [{ a: 1, time: 2 }, 'a is not an option; time is not an option; did you mean timeoutMs?'],
  [{ retry: { delays: [] } }, 'retry.delays is not an option; did you mean delaysMs?'],
  [
    JSON.parse('{ "__proto__": 1, "constructor": 2 }'),
    '__proto__ is not an option; constructor is not an option',
  ],
])('an unknown option is refused, with the one that was probably meant: %j', (options, problems) => {
  expect(problemsOf({ url: 'a', ...options })).toBe(problems)
})

test.each([
  ['null', null, 'options is null, expected an object'],
  ['nothing', undefined, 'options is missing'],
  ['text', 'whsec_hush', 'options is text, expected an object'],
  ['a list', [], 'options is a list, expected an object'],
])('%s in place of the options is refused', (_title, input, problem) => {
  expect(problemsOf(input)).toBe(problem)
})

test.each([true, null, 0, 'off', [], () => {}])(
  'a choice between false and an object refuses %j',
  (rateLimit) => {
    expect(problemsOf({ url: 'a', rateLimit })).toMatch(/^rateLimit is [\w ]+, expected false or an object$/)
  },
)

test('an option that comes from the environment is called by its variable', () => {
  expect(problemsOf({ url: '', timeoutMs: -1 }, { url: 'WEBHOOK_URL' })).toBe(
    'WEBHOOK_URL is empty, expected text; timeoutMs is -1, expected a whole number from 1 to 300000',
  )
})

test('no message repeats a text that was given', () => {
  const secret = 'whsec_hush'
  const input = {
    url: 7,
    timeoutMs: secret,
    retry: secret,
    rateLimit: secret,
    pool: secret,
    onDead: secret,
    now: [secret],
  }
  expect(problemsOf(input)).not.toContain('hush')
})
