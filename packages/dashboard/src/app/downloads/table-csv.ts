import type { CellValue, CsvColumn } from '../components/column.ts'
import { fileName, saveFile } from './save-file.ts'

interface Table<Row> {
  title: string
  rows: readonly Row[]
  columns: readonly CsvColumn<Row>[]
}

/**
 * Saves rows as CSV, as the routes return it: numbers, shares and moments as a program reads them, not as the page writes
 * them. UTF-8 with the mark by which a spreadsheet recognises it, and no cell that it would take for a formula.
 */
export const saveCsv = <Row>({ title, rows, columns }: Table<Row>): void => {
  const lines = [
    columns.map(({ label, unit }) => (unit === undefined ? label : `${label} (${unit})`)),
    ...rows.map((row) => columns.map(({ text, value = text }) => value?.(row) ?? null)),
  ]
  const text = lines.map((line) => line.map(cell).join(',')).join('\r\n')
  saveFile(new Blob(['\uFEFF', text, '\r\n'], { type: 'text/csv' }), fileName(title, 'csv'))
}

const cell = (value: CellValue): string => {
  if (typeof value !== 'string') return String(value ?? '')
  const harmless = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}
