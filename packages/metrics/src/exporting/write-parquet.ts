import type { ByteWriter, SchemaElement } from 'hyparquet-writer'
import type { ExportRow, ExportType } from './export-table.ts'

/** Rows that are compressed together, and held in memory. */
const rowGroupSize = 20_000

/** Writes rows as Parquet, a row group at a time, with the columns' types. */
export const writeParquet = async (
  batches: AsyncIterable<ExportRow[]>,
  columns: Readonly<Record<string, ExportType>>,
  write: (bytes: Uint8Array) => Promise<void>,
): Promise<void> => {
  // Loaded when it is used: no server and no other command needs it.
  const { ByteWriter: Bytes, parquetWriteRows } = await import('hyparquet-writer')
  const writer = new Bytes()
  const flush = () => writeOut(writer, write)
  const names = Object.keys(columns)
  await parquetWriteRows({
    writer: Object.assign(writer, { flush, finish: flush }),
    rows: typedRows(batches, columns),
    columns: names.map((name) => ({ name })),
    schema: [
      { name: 'root', num_children: names.length },
      ...names.map((name) => elementOf(name, columns[name] ?? 'text')),
    ],
    rowGroupSize,
  })
}

const writeOut = async (writer: ByteWriter, write: (bytes: Uint8Array) => Promise<void>): Promise<void> => {
  await write(writer.getBytes().slice())
  writer.index = 0
}

const elementOf = (name: string, type: ExportType): SchemaElement => {
  const element = { name, repetition_type: 'OPTIONAL' } as const
  switch (type) {
    case 'text':
      return { ...element, type: 'BYTE_ARRAY', converted_type: 'UTF8' }
    case 'json':
      return { ...element, type: 'BYTE_ARRAY', converted_type: 'JSON' }
    case 'count':
      return { ...element, type: 'INT64' }
    case 'number':
      return { ...element, type: 'DOUBLE' }
    case 'day':
      return { ...element, type: 'INT32', converted_type: 'DATE' }
    case 'instant':
      return { ...element, type: 'INT64', converted_type: 'TIMESTAMP_MILLIS' }
  }
}

async function* typedRows(
  batches: AsyncIterable<ExportRow[]>,
  columns: Readonly<Record<string, ExportType>>,
): AsyncGenerator<Record<string, unknown>, void> {
  const types = Object.entries(columns)
  for await (const rows of batches) {
    for (const row of rows) {
      yield Object.fromEntries(types.map(([name, type]) => [name, typed(row[name] ?? null, type)]))
    }
  }
}

const typed = (value: string | number | null, type: ExportType): unknown => {
  if (value === null) return null
  switch (type) {
    case 'count':
      return BigInt(value)
    case 'day':
    case 'instant':
      return new Date(value)
    case 'json':
      return JSON.parse(String(value))
    default:
      return value
  }
}
