// Every C structure of ours has the size of the kernel's, and each field its offset and width.
import t from 'tap'
import { askOracle } from './oracle.ts'
import { structs } from './subjects.ts'

const oracle = askOracle(t.testdir())

t.ok(structs.length >= 6, 'the structures are found')
for (const { file, key, value: struct } of structs) {
  t.test(`${file} ${key}: struct ${struct.name}`, async t => {
    const known = oracle.structs[struct.name]
    if (!known) return t.fail(`native/uapi does not know struct ${struct.name}: add it to structs.def there`)
    t.equal(struct.size, known.size, 'size')
    let offset = 0
    for (const [, name, payload, width] of struct.fields) {
      t.same({ offset, width }, known.fields[name], name)
      t.equal(payload.encode(0, {}).length, width, `${name}: the payload has the width of the field`)
      offset += width
    }
    t.same(
      struct.fields.map(field => field[1]),
      Object.keys(known.fields),
      'no field is left out'
    )
  })
}
