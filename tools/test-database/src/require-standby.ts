import pg from 'pg'

/**
 * From now on each commit on the server waits for a synchronous standby, and there is none; or none waits any more. Resolves
 * when that is so: PostgreSQL heeds the setting only some time after it was told to.
 */
export const requireStandby = async (url: string, isRequired: boolean): Promise<void> => {
  const [owner, writer] = [0, 1].map(() => new pg.Client({ connectionString: url })) as [pg.Client, pg.Client]
  await Promise.all([owner.connect(), writer.connect()])
  try {
    await owner.query(`ALTER SYSTEM SET synchronous_standby_names = '${isRequired ? 'nobody' : ''}'`)
    await owner.query('SELECT pg_reload_conf()')
    await writer.query('SET synchronous_commit = on')
    let hasWaited = false
    do {
      let isDone = false
      const commit = writer.query(`SELECT pg_logical_emit_message(true, 'test', 'a commit')`).then(() => {
        isDone = true
      })
      while (isRequired && !isDone && !hasWaited) {
        const { rowCount } = await owner.query(cancelWait, [writerPid(writer)])
        hasWaited = rowCount === 1
      }
      await commit
    } while (isRequired && !hasWaited)
  } finally {
    await Promise.all([owner.end(), writer.end()])
  }
}

const cancelWait = `SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'SyncRep'`

// pg knows it; its types do not.
const writerPid = (client: pg.Client): number => (client as unknown as { processID: number }).processID
