import { isBuiltin } from 'node:module'
import { createContext, runInContext } from 'node:vm'
import { createSigningSecret, parseSigningSecret, verifyWebhook } from '@altcontext/webhook-contract'
import { build } from 'esbuild'
import { expect, test } from 'vitest'

const signingSecret = createSigningSecret()
const adminKey = 'a-key-of-the-runtimes-tests-0001'

const program = `
  import { createEmitter } from '@altcontext/webhook-emitter'
  globalThis.start = (options) => createEmitter(options)`

const bundle = async (conditions: string[]) => {
  const { outputFiles, metafile } = await build({
    stdin: { contents: program, resolveDir: import.meta.dirname },
    bundle: true,
    format: 'iife',
    platform: 'neutral',
    mainFields: ['browser', 'module', 'main'],
    conditions: ['@altcontext/source', 'import', ...conditions],
    // No module of Node can be bundled for a neutral platform; imports of them are found below.
    external: ['node:*'],
    metafile: true,
    write: false,
    logLevel: 'silent',
  })
  const [output] = Object.values(metafile.outputs)
  // Code that was left out of the bundle as unused imports nothing.
  const inputs = Object.entries(output?.inputs ?? {}).flatMap(([path, { bytesInOutput }]) =>
    bytesInOutput > 0 ? [path] : [],
  )
  return {
    code: outputFiles[0]?.text ?? '',
    inputs,
    builtins: (output?.imports ?? []).map(({ path }) => path).filter((path) => isBuiltin(path)),
    ownBuiltins: inputs
      .filter((path) => !path.includes('node_modules/'))
      .flatMap((path) => metafile.inputs[path]?.imports.map((imported) => imported.path) ?? [])
      .filter((path) => isBuiltin(path)),
  }
}

test.each([
  { conditions: ['workerd', 'worker'] },
  { conditions: ['browser'] },
  { conditions: ['bun', 'node'] },
  { conditions: ['deno', 'node'] },
  { conditions: [] },
])(
  'with the conditions $conditions the core imports no module of Node, and sends with fetch',
  async ({ conditions }) => {
    const { inputs, builtins, ownBuiltins } = await bundle(conditions)
    expect(ownBuiltins).toEqual([])
    // Dependencies may use the modules of Node that Bun and Deno have.
    if (!conditions.includes('node')) expect(builtins).toEqual([])
    expect(inputs.some((path) => path.endsWith('transport/ky-transport.ts'))).toBe(true)
    expect(inputs.some((path) => path.endsWith('transport/http-transport.ts'))).toBe(false)
    // A single schema of zod itself brings all of zod: decision 0021.
    expect(inputs.filter((path) => path.includes('zod/v4/classic'))).toEqual([])
  },
)

test('with the condition "node" it sends with node:http', async () => {
  const { inputs, ownBuiltins } = await bundle(['node'])
  expect(inputs.some((path) => path.endsWith('transport/http-transport.ts'))).toBe(true)
  expect(ownBuiltins).toContain('node:http')
})

test('the bundle delivers a signed event where there are only web APIs: no Buffer, no process, no setImmediate', async () => {
  const { code } = await bundle(['workerd'])
  const requests: { headers: Headers; body: string }[] = []
  const context = createContext({
    ...{ AbortController, AbortSignal, Headers, Request, Response, TextDecoder, TextEncoder, URL },
    ...{ URLSearchParams, FormData, ReadableStream, TransformStream, WritableStream, Blob, DOMException },
    ...{ setTimeout, clearTimeout, setInterval, clearInterval, queueMicrotask, performance, crypto },
    ...{ atob, btoa, structuredClone, console },
    fetch: async (input: Request) => {
      const body = await input.text()
      requests.push({ headers: input.headers, body })
      return Response.json({ ok: true, eventId: input.headers.get('webhook-id') })
    },
  })
  runInContext('globalThis.self = globalThis', context)
  runInContext(code, context)
  const emitter = context.start({ url: 'https://receiver.example/hooks', adminKey, signingSecret })
  const outcome = await emitter.deliver('apikey.created', { tenantId: 'tenant-1', keyPrefix: 'ac_live_4f' })
  expect(outcome).toMatchObject({ status: 'stored' })
  expect(await emitter.close()).toMatchObject({ isComplete: true })
  const [{ headers, body } = { headers: new Headers(), body: '' }] = requests
  const header = (name: string) => headers.get(name) ?? undefined
  const message = {
    id: header('webhook-id'),
    timestamp: header('webhook-timestamp'),
    signature: header('webhook-signature'),
    body,
  }
  expect(verifyWebhook(message, [parseSigningSecret(signingSecret)], { nowMs: Date.now() })).toEqual({
    ok: true,
  })
})
