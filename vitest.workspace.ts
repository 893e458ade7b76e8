import { readdirSync } from 'node:fs'
import { defineConfig } from 'vitest/config'

const root = import.meta.dirname
const foldersIn = (parent: string) =>
  readdirSync(`${root}/${parent}`, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => ({ name: entry.name, root: `${root}/${parent}/${entry.name}` }))

export default defineConfig({
  test: {
    // Most files wait for a retry, a process or a database; one file at a time would leave the processor idle, and with
    // more than three beside the browser a slow machine keeps none of the waits that are tested.
    maxWorkers: 3,
    globalSetup: `${root}/tools/test-database/src/global-setup.ts`,
    projects: [
      ...foldersIn('packages'),
      ...foldersIn('examples'),
      ...foldersIn('tools'),
      ...foldersIn('tests'),
    ].map(({ name, root: folder }) => ({
      resolve: { conditions: ['@altcontext/source'] },
      ssr: { resolve: { conditions: ['@altcontext/source'] } },
      test: {
        name,
        root: folder,
        include: ['{src,test}/**/*.test.ts'],
        passWithNoTests: true,
        // Databases, processes and sockets on two busy cores: a test that hangs fails all the same.
        testTimeout: 60_000,
        hookTimeout: 60_000,
        expect: { poll: { timeout: 20_000 } },
        // Far from UTC and with quarter hours; test databases are in America/New_York.
        env: { TZ: 'Asia/Kathmandu' },
      },
    })),
  },
})
