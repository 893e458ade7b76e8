import { execFile, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { promisify } from 'node:util'
import { expect, test, vi } from 'vitest'
import { adminKey, useReceiver } from './receiver-app.ts'

const receiver = useReceiver()
const folder = new URL('..', import.meta.url)
const readme = readFileSync(new URL('README.md', folder), 'utf8')
const blocks = [...readme.matchAll(/```(ts|sh)\n(.*?)```/gs)].map(([, language, code = '']) => ({
  language,
  code,
}))
const typescript = blocks.filter(({ language }) => language === 'ts').map(({ code }) => code)
const node = ['--conditions=@altcontext/source', '--input-type=module-typescript', '--eval']

test('the first example serves, and the curl lines print what their comments say', async () => {
  const port = await freePort()
  const env = {
    ...process.env,
    DATABASE_URL: receiver.url,
    ADMIN_API_KEY: adminKey,
    PORT: String(port),
  }
  const server = spawn(process.execPath, [...node, typescript[0] as string], {
    cwd: folder,
    env,
    stdio: 'inherit',
  })
  try {
    const curl = (blocks.find(({ code }) => code.startsWith('curl'))?.code ?? '').replaceAll(
      '3000',
      String(port),
    )
    const responses = [...curl.matchAll(/^# (\{.*)$/gm)].map(([, response]) => response)
    const run = async () =>
      (await promisify(execFile)('sh', ['-c', `curl() { command curl -s "$@"; }\n${curl}`], { env })).stdout
    await vi.waitFor(() => fetch(`http://127.0.0.1:${port}`), { timeout: 60_000, interval: 100 })
    expect(await run()).toBe(responses[0])
    expect(await run()).toBe(responses[1])
    expect(responses).toHaveLength(2)
  } finally {
    const exit = new Promise((resolve) => server.once('exit', resolve))
    server.kill('SIGKILL')
    await exit
  }
})

test('the example for tests prints what its comment says', async () => {
  const code = typescript.at(-1) as string
  const { stdout } = await promisify(execFile)(process.execPath, [...node, code], { cwd: folder })
  expect(stdout.trim()).toBe(/\/\/ => (.+)/.exec(code)?.[1])
})

test('the example of a host sets up a receiver', async () => {
  const example = typescript.find((code) => code.includes('onRefused: recordIngestRejections('))
  const code = `${example}\nawait app.ready()\nconsole.log(app.hasRoute({ method: 'POST', url: '/v1/webhooks/description-service/batch' }))`
  const { stdout } = await promisify(execFile)(process.execPath, [...node, code], {
    cwd: folder,
    env: { ...process.env, ADMIN_API_KEY: adminKey },
  })
  expect(stdout.trim()).toBe('true')
})

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}
