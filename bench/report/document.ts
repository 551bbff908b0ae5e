import type { Results } from './results.ts'
export const writeDocument = (_results: Results): string => ''
