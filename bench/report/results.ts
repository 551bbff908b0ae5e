import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Mistake } from '../choices.ts'
import { type Question, questions, type Row } from '../measure/row.ts'
import type { Machine } from './machine.ts'

/** A result file: rows by question; what is printed with `--output json` has only these. */
export type Rows = Partial<Record<Question, readonly Row[]>>
export interface Results extends Rows {
  readonly machine?: Machine
  readonly taken?: string
  /** Peers that could not be had, and why. */
  readonly missing?: Readonly<Record<string, string>>
}

const resultsFolder = fileURLToPath(new URL('../results/', import.meta.url))

export function save(name: string, text: string): string {
  mkdirSync(resultsFolder, { recursive: true })
  writeFileSync(`${resultsFolder}${name}`, text)
  return `bench/results/${name}`
}

export const rowsOf = (results: Results): Rows =>
  Object.fromEntries(questions.flatMap(name => (results[name] ? [[name, results[name]]] : [])))

/** Errors: Mistake, when the file is not there or is no result file. */
export function readResults(path: string): Results {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new Mistake(`cannot read ${path}: ${(error as NodeJS.ErrnoException).code}`)
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new Mistake(`${path} is not JSON`)
  }
  const results = (typeof value === 'object' && value !== null ? value : {}) as Results
  const found = questions.filter(name => name in results)
  if (found.length === 0) throw new Mistake(`${path} holds no results: none of ${questions.join(', ')}`)
  for (const name of found) {
    const rows: unknown = results[name]
    const whole = Array.isArray(rows) && rows.every(row => typeof row?.peer === 'string' && Number.isFinite(row?.p50_us) && row.p50_us >= 0)
    if (!whole) throw new Mistake(`${path}: '${name}' is not a list of rows with peer and p50_us`)
  }
  return results
}
