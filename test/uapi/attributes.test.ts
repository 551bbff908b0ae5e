// Every row of every attribute table has the number that the kernel's headers give its name.
import t from 'tap'
import { askOracle } from './oracle.ts'
import { tables } from './subjects.ts'

const { constants, kernel } = askOracle(t.testdir())

t.ok(tables.length >= 9, 'the tables are found')
for (const { file, key, value: table } of tables) {
  t.test(`${file} ${key}`, async t => {
    const rows = Object.values(table)
    for (const { name, type } of rows) {
      const known = constants[name]
      if (known === undefined) t.fail(`native/uapi does not know ${name}: add a line to a .def file there`)
      else if (known === null) t.pass(`${name} is younger than the headers of Linux ${kernel}`, { skip: true })
      else t.equal(type, known, name)
    }
    t.equal(new Set(rows.map(row => row.type)).size, rows.length, 'no number stands for two rows')
  })
}
