import type { Results } from './results.ts'
export const plots = (_results: Results): { title: string; svg: string }[] => []
