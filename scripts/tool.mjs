import { runTool } from './run.mjs'

/** `node scripts/tool.mjs typescript/bin/tsc -p tsconfig.json` */
const [file, ...args] = process.argv.slice(2)
process.exitCode = await runTool(file, args)
