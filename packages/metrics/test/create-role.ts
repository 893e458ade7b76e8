import { randomBytes } from 'node:crypto'
import type { TestBridge } from './test-bridge.ts'

/**
 * A role that may do everything in this database except bypass row-level security, with the statements that limit it further: `%`
 * stands for its name.
 */
export const createRole = async (
  bridge: TestBridge,
  ...limits: readonly string[]
): Promise<AsyncDisposable & { url: string }> => {
  const role = `role_${randomBytes(6).toString('hex')}`
  await bridge.sql(`CREATE ROLE ${role} LOGIN PASSWORD 'secret'`)
  for (const statement of ['GRANT ALL ON ALL TABLES IN SCHEMA public TO %', ...limits]) {
    await bridge.sql(statement.replaceAll('%', role))
  }
  const url = new URL(bridge.test.url)
  url.username = role
  url.password = 'secret'
  return {
    url: String(url),
    [Symbol.asyncDispose]: async () => {
      await bridge.sql(`DROP OWNED BY ${role}`)
      await bridge.sql(`DROP ROLE ${role}`)
    },
  }
}
