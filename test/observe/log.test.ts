import t from 'tap'
import { createLog } from '../../src/observe/log.ts'
import { timestamp } from '../../src/time.ts'

function lines(format: 'json' | 'text', debug: boolean): string[] {
  const written: string[] = []
  const log = createLog({ format, debug, stream: { write: line => written.push(line) } })
  log.debug('looking')
  log.info('ready', { sources: ['192.0.2.1'], mode: 'init', hint: undefined })
  log.warn('two\nlines "quoted"')
  log.error('failed', { code: 1 })
  return written
}

t.test('JSON: one object a line, fields beside the message', async t => {
  const written = lines('json', false)
  for (const line of written) t.match(line, /^\{.*\}\n$/)
  const events = written.map(line => JSON.parse(line))
  for (const { time } of events) t.equal(new Date(time).toISOString(), time)
  t.same(
    events.map(({ time: _, ...event }) => event),
    [
      { level: 'info', sources: ['192.0.2.1'], mode: 'init', msg: 'ready' },
      { level: 'warn', msg: 'two\nlines "quoted"' },
      { level: 'error', code: 1, msg: 'failed' }
    ]
  )
})

t.test('the time is what a Date says, on every day of two centuries', async t => {
  const DAY = 86_400_000
  const differing: string[] = []
  for (let day = 0; day < 200 * 366; day++) {
    const moment = day * DAY + ((day * 7_654_321) % DAY)
    if (timestamp(moment) !== new Date(moment).toISOString()) differing.push(new Date(moment).toISOString())
  }
  t.same(differing, [])
})

t.test('text: for people', async t => {
  t.match(lines('text', false), [
    /^\d\d:\d\d:\d\d info ready sources=\["192\.0\.2\.1"\] mode=init\n$/,
    /^\S+ warn two/,
    /^\S+ error failed code=1\n$/
  ])
})

t.test('detail only when it is asked for', async t => {
  t.equal(lines('json', false).length, 3)
  t.match(lines('json', true)[0], /"level":"debug".*"msg":"looking"/)
})
