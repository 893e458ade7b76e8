import { readCommandLine } from '../../../scripts/read-command-line.ts'
import { buildPackages } from './build-packages.ts'

readCommandLine({
  usage: `Usage: npm run build

Writes dist of every package, as it is published.
`,
  options: {},
})
await buildPackages()
