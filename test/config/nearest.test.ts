import fc from 'fast-check'
import t from 'tap'
import { distance, nearest } from '../../src/config/nearest.ts'

t.test('the name with the fewest edits', async t => {
  t.equal(nearest('gatway', ['source', 'gateway', 'table']), 'gateway')
  t.equal(nearest('tabel', ['label', 'table']), 'label', 'the first of equals')
  t.equal(nearest('x', []), undefined)
})

t.test('a distance', async t => {
  t.equal(distance('tabel', 'table'), 1, 'a swap is one edit')
  t.equal(distance('kitten', 'sitting'), 3)
  t.equal(distance('', 'abc'), 3)
  fc.assert(
    fc.property(fc.string({ maxLength: 8 }), fc.string({ maxLength: 8 }), (a, b) => {
      const edits = distance(a, b)
      return edits === distance(b, a) && (edits === 0) === (a === b) && edits <= Math.max(a.length, b.length)
    })
  )
})
