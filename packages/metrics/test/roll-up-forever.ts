import { type Database, fromPg } from '@altcontext/webhook-store'
import pg from 'pg'
import { rollupDirty } from '../src/rollups/rollup-dirty.ts'

// A worker for the kill test: says when it begins each statement, and never ends by itself.
const pool = new pg.Pool({ connectionString: process.argv[2], max: 1 })
const database = fromPg(pool)
const telling = (told: Database): Database => ({
  query: (text, params) => {
    process.stdout.write('statement\n')
    return told.query(text, params)
  },
  transaction: (run) => told.transaction((tx) => run(telling(tx))),
})
for (;;) await rollupDirty(telling(database), { maxCells: 2 })
