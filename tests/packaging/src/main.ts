import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import './build.ts'
import { checkInstalledElsewhere } from './install-elsewhere.ts'
import { pack } from './pack.ts'
import { findPublicPackages } from './public-packages.ts'

const destination = mkdtempSync(join(tmpdir(), 'altcontext-tarballs-'))
try {
  const packages = findPublicPackages().map((each) => {
    const tarball = pack(each, destination)
    console.log(`packed ${each.name}: publint and attw have nothing to say`)
    return { ...each, tarball }
  })
  checkInstalledElsewhere(packages)
  console.log(`installed, imported and type-checked ${packages.length} packages in an empty project`)
} finally {
  rmSync(destination, { recursive: true, force: true })
}
