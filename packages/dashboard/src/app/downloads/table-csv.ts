import { fileName, saveFile } from './save-file.ts'

/** Saves lines of cells as CSV, as a spreadsheet reads it: UTF-8 with its mark, and no cell that it would take for a formula. */
export const saveCsv = (lines: readonly (readonly string[])[], title: string): void => {
  const text = lines.map((line) => line.map(cell).join(',')).join('\r\n')
  saveFile(new Blob(['\uFEFF', text, '\r\n'], { type: 'text/csv' }), fileName(title, 'csv'))
}

const cell = (text: string): string => {
  const harmless = /^[=+\-@\t\r]/.test(text) && !/^[-+]?[\d.,\s]+%?$/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}
