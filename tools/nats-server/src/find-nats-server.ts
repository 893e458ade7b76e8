import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The path of the machine's `nats-server`; `undefined` when it has none. Debian puts it in a folder that only root searches. */
export const findNatsServer = (): string | undefined =>
  [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/bin']
    .map((folder) => join(folder, 'nats-server'))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK)
        return true
      } catch {
        return false
      }
    })
