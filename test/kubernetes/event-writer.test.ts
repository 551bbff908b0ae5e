import type { CoreV1Event } from '@kubernetes/client-node'
import fc from 'fast-check'
import t from 'tap'
import { EventWriter, shortened } from '../../src/kubernetes/event-writer.ts'
import { TokenBucket } from '../../src/kubernetes/token-bucket.ts'
import { silent } from '../../src/observe/log.ts'

const pod = { kubeNamespace: 'shop', name: 'egress', uid: 'u1' }

/** A writer whose clock is the test's, and what reached the server. */
function writer(fails: (what: string) => unknown = () => undefined) {
  const created: CoreV1Event[] = []
  const counted: { name: string; count: number }[] = []
  const outcomes: string[] = []
  let now = 1_000_000
  const api = {
    async createEvent(event: CoreV1Event) {
      const error = fails('create')
      if (error) throw error
      created.push(event)
    },
    async countEvent(_kubeNamespace: string, name: string, count: number) {
      const error = fails('count')
      if (error) throw error
      counted.push({ name, count })
    }
  }
  const events = new EventWriter({ api, node: 'node1', log: silent, now: () => now, counted: outcome => outcomes.push(outcome) })
  const pass = (milliseconds: number) => {
    now += milliseconds
  }
  return { events, created, counted, outcomes, pass }
}

t.test('an Event as the server wants it', async t => {
  const { events, created, outcomes } = writer()
  events.write(pod, 'EgressFailed', 'no such parent')
  await events.settled()
  t.match(created, [
    {
      metadata: { namespace: 'shop', name: /^egress\./ },
      involvedObject: { kind: 'Pod', name: 'egress', namespace: 'shop', uid: 'u1' },
      type: 'Warning',
      reason: 'EgressFailed',
      message: 'no such parent',
      source: { component: 'egress-router', host: 'node1' },
      count: 1
    }
  ])
  t.same(outcomes, ['sent'])
})

t.test('the same words are one Event with a count, sent once a minute at most', async t => {
  const { events, created, counted, pass } = writer()
  for (let i = 0; i < 10; i++) {
    events.write(pod, 'EgressFailed', 'no such parent')
    await events.settled()
    pass(1000)
  }
  t.same([created.length, counted.length], [1, 0])
  pass(60_000)
  events.write(pod, 'EgressFailed', 'no such parent')
  await events.settled()
  t.same([created.length, counted], [1, [{ name: created[0]?.metadata.name, count: 11 }]])
  events.write(pod, 'EgressFailed', 'another trouble')
  events.write({ ...pod, uid: 'u2' }, 'EgressFailed', 'another trouble')
  await events.settled()
  t.equal(created.length, 3, 'other words, and other pods, have their own')
})

t.test('an Event that the server has forgotten is made anew', async t => {
  const { events, created, pass } = writer(what => (what === 'count' ? Object.assign(new Error('not found'), { code: 404 }) : undefined))
  events.write(pod, 'EgressRepaired', 'x')
  await events.settled()
  pass(61_000)
  events.write(pod, 'EgressRepaired', 'x')
  await events.settled()
  t.same(
    created.map(({ count }) => count),
    [1, 2]
  )
})

t.test('a server that refuses is nobody else’s trouble', async t => {
  const { events, outcomes } = writer(() => new Error('forbidden'))
  for (let i = 0; i < 5; i++) events.write({ ...pod, uid: String(i) }, 'EgressFailed', 'x')
  await events.settled()
  t.same(
    outcomes,
    Array.from({ length: 5 }, () => 'failed')
  )
})

t.test('a storm: the first are sent, the oldest of the rest are dropped, and memory has a bound', async t => {
  const { events, created, outcomes } = writer()
  for (let i = 0; i < 2000; i++) events.write({ ...pod, uid: String(i) }, 'EgressFailed', 'x')
  await new Promise(resolve => setTimeout(resolve, 50))
  t.ok(created.length <= 25, `${created.length} at once`)
  t.equal(outcomes.filter(outcome => outcome === 'dropped').length, 1500)
})

t.test('a pod that is always told something new silences no other', async t => {
  const { events, created, outcomes, pass } = writer()
  for (let i = 0; i < 400; i++) {
    events.write(pod, 'EgressInvalid', `nonsense ${i}`)
    pass(1000)
    if (i % 20 === 0) await events.settled()
  }
  await events.settled()
  t.equal(created.length, 50)
  t.equal(outcomes.filter(outcome => outcome === 'dropped').length, 350)
  events.write({ ...pod, uid: 'u2' }, 'EgressFailed', 'x')
  await events.settled()
  t.equal(created.length, 51, 'another pod is told of at once')
  pass(3_700_000)
  events.write(pod, 'EgressInvalid', 'nonsense again')
  await events.settled()
  t.equal(created.length, 52, 'later it may be told of again')
})

t.test('a message that is too long is cut between characters', async t => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 0, maxLength: 1200 }), text => {
      const cut = shortened(text)
      return Buffer.byteLength(cut) <= 1024 && !cut.includes('\uFFFD') === !text.includes('\uFFFD') && (cut === text || cut.endsWith('…'))
    })
  )
  t.pass()
})

t.test('so many at once, and then so many a second', async t => {
  let now = 0
  const bucket = new TokenBucket({ burst: 3, perSecond: 2, now: () => now })
  t.same([bucket.request(), bucket.request(), bucket.request(), bucket.request()], [0, 0, 0, 500])
  now = 499
  t.ok(bucket.request() > 0)
  now = 500
  t.equal(bucket.request(), 0)
  now = 100
  t.ok(bucket.request() > 0, 'a clock that was put back gives nothing')
})
