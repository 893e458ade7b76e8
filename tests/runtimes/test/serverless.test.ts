import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { createContext, runInContext } from 'node:vm'
import { serveDouble } from '@altcontext/webhook-contract-tests'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const adminKey = 'a-key-of-the-serverless-tests-01'
const root = join(import.meta.dirname, '..')
const readme = readFileSync(join(root, '../../packages/emitter/README.md'), 'utf8')
const blocks = [...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code ?? '')
const find = (text: string): string => blocks.find((code) => code.includes(text)) ?? ''
const lambda = find('export const handler')
const worker = find('waitUntil(work')

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(root, '.serverless-'))
  writeFileSync(join(folder, 'handler.ts'), lambda)
  writeFileSync(
    join(folder, 'without-flush.ts'),
    lambda.replace(/await emitter\.flush\(.*\)/, '{ pending: 1 }'),
  )
  // Reads one event from each line, responds with a line, and is frozen by whoever reads that line.
  writeFileSync(
    join(folder, 'instance.mjs'),
    `import { createInterface } from 'node:readline'
     const { handler } = await import(process.argv[2])
     for await (const line of createInterface({ input: process.stdin })) {
       console.log(JSON.stringify(await handler(JSON.parse(line))))
     }`,
  )
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const require = createRequire(import.meta.url)
const programIn = (name: string, file: string) => join(dirname(require.resolve(`${name}/package.json`)), file)
const condition = '--conditions=@altcontext/source'
const runtimes: [name: string, program: string, args: string[]][] = [
  ['Node', process.execPath, [condition]],
  ['Bun', programIn('bun', 'bin/bun.exe'), [condition, 'run']],
  [
    'Deno',
    programIn('deno', 'deno'),
    ['run', condition, '--node-modules-dir=manual', '--allow-all', '--no-check'],
  ],
]

const started: ChildProcess[] = []
afterAll(() => {
  for (const child of started) child.kill('SIGKILL')
})

/** An instance of a function: frozen between requests, as Lambda does. */
const startInstance = (program: string, args: string[], handler: string, url: string) => {
  const { NODE_OPTIONS: _options, ...env } = process.env
  const child = spawn(program, [...args, 'instance.mjs', `./${handler}`], {
    cwd: folder,
    env: { ...env, WEBHOOK_URL: url, ADMIN_API_KEY: adminKey },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  started.push(child)
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    async invoke(event: object): Promise<unknown> {
      child.kill('SIGCONT')
      child.stdin.write(`${JSON.stringify(event)}\n`)
      const { value = '' } = await lines.next()
      child.kill('SIGSTOP')
      return JSON.parse(value)
    },
    async end(): Promise<void> {
      child.kill('SIGKILL')
      await once(child, 'close')
    },
  }
}

describe.each(runtimes)('the Lambda example of the README on %s', (_, program, args) => {
  test('has delivered when it responds, also after it was frozen', async () => {
    await using receiver = await serveDouble({ adminKey })
    const instance = startInstance(program, args, 'handler.ts', receiver.url)
    for (const jobId of ['job-1', 'job-2']) {
      expect(await instance.invoke({ tenantId: 'tenant-1', jobId })).toEqual({ statusCode: 200, pending: 0 })
    }
    expect(receiver.double.stored.map(({ event }) => event.payload.jobId)).toEqual(['job-1', 'job-2'])
    await instance.end()
  })
})

test('without flush the instance is frozen with its event: the example waits for a reason', async () => {
  await using receiver = await serveDouble({ adminKey })
  // Whether or not the first request gets out, the retry after a second does not.
  receiver.double.failNext({ kind: 'status', status: 503 })
  const instance = startInstance(process.execPath, [condition], 'without-flush.ts', receiver.url)
  await instance.invoke({ tenantId: 'tenant-1', jobId: 'job-1' })
  await instance.end()
  expect(receiver.double.stored).toEqual([])
})

test('the example with waitUntil responds at once, and has delivered when its work is done', async () => {
  const { outputFiles } = await build({
    stdin: { contents: worker, resolveDir: import.meta.dirname, loader: 'ts' },
    bundle: true,
    format: 'iife',
    globalName: 'worker',
    platform: 'neutral',
    mainFields: ['browser', 'module', 'main'],
    conditions: ['@altcontext/source', 'import', 'workerd', 'worker'],
    external: ['node:*'],
    write: false,
  })
  const stored: string[] = []
  let respond: () => void = () => {}
  const isAsked = new Promise<void>((resolve) => {
    respond = resolve
  })
  const context = createContext({
    ...{ AbortController, AbortSignal, Headers, Request, Response, TextDecoder, TextEncoder, URL },
    ...{ URLSearchParams, FormData, ReadableStream, TransformStream, WritableStream, Blob, DOMException },
    ...{ setTimeout, clearTimeout, setInterval, clearInterval, queueMicrotask, performance, crypto },
    ...{ atob, btoa, structuredClone, console },
    fetch: async (input: Request) => {
      await isAsked
      stored.push(await input.text())
      return Response.json({ ok: true, eventId: input.headers.get('webhook-id') })
    },
  })
  runInContext(`globalThis.self = globalThis; ${outputFiles[0]?.text}; globalThis.worker = worker`, context)
  const work: Promise<unknown>[] = []
  const response = await context.worker.default.fetch(
    new Request('https://product.example/accept?suggestion=suggestion-1'),
    { WEBHOOK_URL: 'https://receiver.example/hooks', ADMIN_API_KEY: adminKey },
    { waitUntil: (promise: Promise<unknown>) => void work.push(promise) },
  )
  expect(await response.text()).toBe('Thank you.')
  expect(stored).toEqual([])
  respond()
  expect(await Promise.all(work)).toEqual([{ isComplete: true, pending: 0, dropped: 0 }])
  expect(stored).toHaveLength(1)
  expect(JSON.parse(stored[0] ?? '')).toMatchObject({ payload: { suggestionId: 'suggestion-1' } })
})
