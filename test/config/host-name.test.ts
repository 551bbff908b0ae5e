import t from 'tap'
import { readHostName } from '../../src/config/host-name.ts'
import { Refusal } from '../../src/config/refusal.ts'

t.test('host names', async t => {
  const label = 'a'.repeat(63)
  for (const name of [
    'db',
    'a.b',
    'db.example.com.',
    'beef.cafe',
    '1.a',
    'a1',
    '3com.example',
    'a_b.c',
    'xn--nxasmq6b',
    label,
    `${label}.${label}.${label}.${'a'.repeat(61)}`
  ]) {
    t.equal(readHostName(name), name)
  }
  t.equal(readHostName('DB.Example'), 'db.example')
})

t.test('what is none', async t => {
  const reasons: Readonly<Record<string, string>> = {
    '999.4.5.6': '999 is above 255',
    '10.1.2': '3 numbers instead of 4',
    '10': '1 number instead of 4',
    '0x7f000001': 'ends in a number',
    'a.1': 'ends in a number',
    'a.0x': 'ends in a number',
    'a..b': 'two dots',
    '.a': 'two dots',
    '-': 'no letter',
    '-a.b': 'hyphen',
    'a-.b': 'hyphen',
    'a*b': "'*' cannot stand in it",
    'exämple.com': 'xn--',
    'a:b': 'not an IPv6 address',
    'a/24': 'prefix length',
    [`${'a'.repeat(64)}.b`]: 'longer than 63',
    [`${'a.'.repeat(127)}`]: '',
    [`${'ab.'.repeat(84)}ab`]: 'longer than 253'
  }
  for (const [name, reason] of Object.entries(reasons)) {
    const result = readHostName(name)
    if (reason === '') t.equal(result, name, 'the final dot does not count')
    else
      t.ok(
        result instanceof Refusal && `${result.reason} ${result.hint}`.includes(reason),
        `${name}: ${result instanceof Refusal ? result.reason : result}`
      )
  }
})
