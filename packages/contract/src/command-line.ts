export { type CommandOutput, createProgram, type ProgramSettings } from './command-line/create-program.ts'
export { loadContract } from './command-line/load-contract.ts'
export { type CommandFailure, runProgram } from './command-line/run-program.ts'
export { startCommandLine } from './command-line/start-command-line.ts'
