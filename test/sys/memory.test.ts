import t from 'tap'
import { giveBackMemory } from '../../src/sys/memory.ts'

t.test('what nobody holds is given back', async t => {
  const left = new WeakRef({ rows: Array.from({ length: 100_000 }, (_, n) => ({ n })) })
  // a reference that has been looked through lasts until the end of the turn
  await new Promise(resolve => setImmediate(resolve))
  const before = process.memoryUsage()
  await giveBackMemory()
  const after = process.memoryUsage()
  t.equal(left.deref(), undefined)
  t.ok(after.heapUsed < before.heapUsed, `${before.heapUsed} to ${after.heapUsed} bytes in use`)
  t.equal('gc' in globalThis, false, 'nobody else is given the means')
})
