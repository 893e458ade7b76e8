import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { findPython } from '../../../../python/src/find-python.ts'
import { pythonEnvironment } from '../../../../python/src/run-python.ts'
import type { RunningProcess } from '../bench/start-process.ts'

/** `python -m altcontext_webhooks deliver` from source, on a schema of a PostgreSQL outbox; it delivers as soon as it can. */
export const startPythonDeliver = (
  ending: AsyncDisposableStack,
  schema: string,
  env: Record<string, string>,
): Pick<RunningProcess, 'child' | 'errors'> => {
  const child = spawn(
    findPython() ?? 'python3',
    ['-m', 'altcontext_webhooks', 'deliver', '--schema', schema],
    { env: pythonEnvironment(env), stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let errors = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      errors = `${errors}${chunk}`.slice(-2000)
    })
  ending.defer(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  })
  return { child, errors: () => errors }
}
