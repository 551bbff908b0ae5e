// Counts the leaf assertions of a TAP stream and prints the closing line: an `ok` that ends a subtest repeats its children and is left out.
import { readFileSync } from 'node:fs'

let passed = 0
let failed = 0
let skipped = 0
let deeper = 0
for (const line of readFileSync(process.argv[2] as string, 'utf8').split('\n')) {
  const point = /^( *)(not )?ok \d+/.exec(line)
  if (!point) continue
  const depth = (point[1] as string).length
  const closesSubtest = depth < deeper
  deeper = depth
  const excused = /# (skip|todo)\b/i.test(line)
  if (closesSubtest && !point[2]) continue
  if (excused) skipped++
  else if (point[2]) failed++
  else passed++
}
console.log(`${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0
