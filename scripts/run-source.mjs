import { runTypeScript } from './run.mjs'

/** `npm run metrics -- rollup` and its like: `node scripts/run-source.mjs packages/metrics/src/cli.ts rollup`. */
const [file, ...args] = process.argv.slice(2)
process.exitCode = await runTypeScript(file, args)
