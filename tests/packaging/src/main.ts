import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readCommandLine } from '../../../scripts/read-command-line.ts'
import { oldestNodes } from '../../../tools/oldest-nodes/src/oldest-nodes.ts'
import { buildPackages } from './build-packages.ts'
import { checkBundles } from './check-bundles.ts'
import { installElsewhere, typeCheckEntries } from './install-elsewhere.ts'
import { checkNamedDependencies } from './named-dependencies.ts'
import { packAndCheck } from './pack.ts'
import { findPublicPackages } from './public-packages.ts'
import { reportSizes } from './report-sizes.ts'
import { runCommand } from './run-command.ts'
import { runInstalled } from './run-installed.ts'
import { typeCheckHost } from './type-check-host.ts'

readCommandLine({
  usage: `Usage: npm run packaging

Builds and packs every package, installs it in an empty folder and checks it.
`,
  options: {},
})
await buildPackages()
const folder = mkdtempSync(join(tmpdir(), 'altcontext-packaging-'))
// CI packs once and keeps it for the consumer pair.
const tarballs = process.env.TARBALLS ?? join(folder, 'tarballs')
const project = join(folder, 'project')
mkdirSync(tarballs, { recursive: true })
mkdirSync(project)
try {
  const packages = await packAndCheck(findPublicPackages(), tarballs)
  for (const { name } of packages) {
    console.log(`packed ${name}: the listed contents; publint and attw find nothing`)
  }
  const entries = packages.flatMap((each) => each.entries)

  await installElsewhere(packages, project)
  for (const { name } of packages) checkNamedDependencies(join(project, 'node_modules', name))
  await typeCheckEntries(packages, project)
  console.log(
    `installed in an empty project; ${entries.length} entries type-check under nodenext and bundler`,
  )

  if (packages.some(({ name }) => name === '@altcontext/webhook-backend')) {
    await typeCheckHost(packages, join(folder, 'host'))
    console.log(
      'the stand-in for the host, with only the READMEs: installed, checked, type-checks with its TypeScript 5.9',
    )
  }

  const promised = new Set(packages.map(({ oldestNode }) => oldestNode))
  const nodes = [...promised].map((version) => {
    const node = oldestNodes.find((each) => each.version === version)
    if (node === undefined) throw new Error(`Failed to find Node ${version}. Name it in tools/oldest-nodes.`)
    return node.path
  })
  for (const node of [...nodes, process.execPath]) {
    await runInstalled(packages, project, node)
    console.log(`every entry, every command and a delivery run on Node ${await versionOf(node)}`)
  }
  console.log(reportSizes(packages, join(project, 'node_modules')))
  console.log(await checkBundles(packages, project))
} finally {
  rmSync(folder, { recursive: true, force: true })
}

async function versionOf(node: string): Promise<string> {
  return (await runCommand(node, ['--version'], folder)).trim()
}
