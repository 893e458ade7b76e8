import { type Database, fromPg } from '@altcontext/webhook-store'
import pg from 'pg'
import { rollupDirty } from '../src/rollups/rollup-dirty.ts'

// A worker for the tests of kill -9 and SIGSTOP: it says when it begins each statement, and never ends by itself. If a number is given,
// it stops as it begins that statement; if a deadline is given, it keeps to it.
const [, , connectionString, stopAt, timeoutMs = '120000'] = process.argv
const pool = new pg.Pool({ connectionString, max: 1 })
const database = fromPg(pool, { timeoutMs: Number(timeoutMs) })
let begun = 0
const telling = (told: Database): Database => ({
  query: (text, params) => {
    process.stdout.write('statement\n')
    begun += 1
    if (begun === Number(stopAt)) process.kill(process.pid, 'SIGSTOP')
    return told.query(text, params)
  },
  transaction: (run) => told.transaction((tx) => run(telling(tx))),
})
for (;;) await rollupDirty(telling(database), { maxCells: 2 })
