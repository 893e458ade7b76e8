import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { executableName } from '../../packaging/src/executable/executable-name.ts'

const root = join(import.meta.dirname, '../../..')
const read = (file: string): string => readFileSync(join(root, file), 'utf8')
const node = (JSON.parse(read('package.json')) as { devDependencies: { node: string } }).devDependencies.node

const dockerfiles = globSync('{packages,examples}/**/{Dockerfile,Dockerfile.executable}', {
  cwd: root,
  exclude: ['**/node_modules'],
})

test.each(dockerfiles)(
  '%s is built from the tested Node, or from Debian, by an exact version or a digest',
  (file) => {
    const text = read(file)
    const [, name = '', image = ''] = /^ARG (\w+)_IMAGE=(.+)$/m.exec(text) ?? []
    const version = name === 'NODE' ? `node:${node}` : 'debian:12.11'
    expect(image).toMatch(new RegExp(`^${version.replaceAll('.', '\\.')}-[a-z]+(@sha256:[0-9a-f]{64})?$`))
    const bases = [...text.matchAll(/^FROM (\S+)/gm)].map(([, base]) => base)
    expect(bases.length).toBeGreaterThan(0)
    expect(bases.filter((base) => base !== `\${${name}_IMAGE}`)).toEqual([])
  },
)

test.each(dockerfiles)('%s installs nothing without a version', (file) => {
  for (const [, packages = ''] of read(file).matchAll(/npm install --global (.+?)(?: \\)?$/gm)) {
    for (const name of packages.split(' ').filter((word) => !word.startsWith('--'))) {
      expect(name.replaceAll('"', '')).toMatch(/^@?[\w/-]+@(\d+\.\d+\.\d+|\$\{\w+:\?.*)$/)
      // After a space comes the message for an argument that must be given.
      if (name.includes(':?')) break
    }
  }
  if (/pnpm install/.test(read(file))) expect(read(file)).toContain('pnpm install --frozen-lockfile')
})

test('the image of the executable copies the files by the names that "npm run executable" gives them', () => {
  const dockerfile = read('packages/relay/examples/Dockerfile.executable')
  const [, copied = ''] = /^COPY .*?(\S+) \/usr\/local\/bin\/webhook-relay$/m.exec(dockerfile) ?? []
  for (const [arch, docker] of [
    ['x64', 'amd64'],
    ['arm64', 'arm64'],
  ] as const) {
    const name = executableName(arch)
    expect(copied.replace(/\$\{\w+\}/, docker)).toBe(name)
    for (const text of [dockerfile, read('packages/relay/README.md')]) expect(text).toContain(name)
  }
})

test('the workflows use actions by their commits', () => {
  const uses = globSync('.github/workflows/*.yml', { cwd: root }).flatMap((file) =>
    [...read(file).matchAll(/uses: (\S+)/g)].map(([, action]) => action),
  )
  expect(uses.length).toBeGreaterThan(4)
  for (const action of uses) expect(action).toMatch(/^[\w/-]+@[0-9a-f]{40}$/)
})
