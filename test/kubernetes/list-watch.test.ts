import t from 'tap'
import { Backoff } from '../../src/kubernetes/backoff.ts'
import { type Collection, follow, type Versioned, type WatchEvent } from '../../src/kubernetes/list-watch.ts'
import { silent } from '../../src/observe/log.ts'

interface Thing extends Versioned {
  readonly metadata: { readonly uid: string; readonly resourceVersion: string }
}

const thing = (uid: string, version: number): Thing => ({ metadata: { uid, resourceVersion: String(version) } })

type Answer = { readonly list: readonly Thing[]; readonly version: number } | { readonly fails: unknown }
type Watched = { readonly events: readonly WatchEvent<Thing>[]; readonly fails?: unknown }

/** A server that follows a script: what it answers to each list, and what each watch hears. After the last one the follower is stopped. */
async function play(lists: readonly Answer[], watches: readonly Watched[]) {
  const stop = new AbortController()
  const asked: string[] = []
  const told: string[] = []
  const [answers, heard] = [[...lists], [...watches]]
  const collection: Collection<Thing> = {
    name: 'things',
    async list() {
      asked.push('list')
      const answer = answers.shift()
      if (!answer) throw new Error('no more lists')
      if ('fails' in answer) throw answer.fails
      return { items: answer.list, resourceVersion: String(answer.version) }
    },
    async watch(version, hear) {
      asked.push(`watch ${version}`)
      const watched = heard.shift()
      for (const event of watched?.events ?? []) hear(event)
      if (heard.length === 0) stop.abort()
      if (watched?.fails) throw watched.fails
    }
  }
  const name = ({ metadata }: Thing) => `${metadata.uid}@${metadata.resourceVersion}`
  const hearer = {
    changed: (object: Thing, before?: Thing) => void told.push(`${name(object)}${before ? ` after ${name(before)}` : ''}`),
    gone: (object: Thing) => void told.push(`gone ${object.metadata.uid}`),
    synced: () => void told.push('synced'),
    unreachable: (error: unknown) => void told.push(`unreachable: ${(error as Error).message}`)
  }
  await follow(collection, hearer, { log: silent, signal: stop.signal, backoff: new Backoff({ first: 1, longest: 1 }) })
  return { asked, told }
}

const event = (type: 'ADDED' | 'MODIFIED' | 'DELETED', uid: string, version: number): WatchEvent<Thing> => ({
  type,
  object: thing(uid, version)
})
const expired = { type: 'ERROR', object: { code: 410, message: 'too old resource version' } } as const

t.test('one list, then what changes, from where the watch before it stopped', async t => {
  const { asked, told } = await play(
    [{ list: [thing('a', 1)], version: 5 }],
    [
      { events: [event('ADDED', 'b', 6), event('MODIFIED', 'a', 7)] },
      { events: [{ type: 'BOOKMARK', object: { metadata: { resourceVersion: '90' } } }] },
      { events: [event('DELETED', 'a', 91)] }
    ]
  )
  t.same(asked, ['list', 'watch 5', 'watch 7', 'watch 90'])
  t.same(told, ['a@1', 'synced', 'b@6', 'a@7 after a@1', 'gone a'])
})

t.test('what vanished while the version expired is told as gone, and what stayed is not told again', async t => {
  for (const first of [{ events: [expired] }, { events: [], fails: Object.assign(new Error('Gone'), { statusCode: 410 }) }]) {
    const { asked, told } = await play(
      [
        { list: [thing('a', 1), thing('b', 2), thing('c', 3)], version: 5 },
        { list: [thing('b', 2), thing('c', 8)], version: 9 }
      ],
      [first, { events: [] }]
    )
    t.same(asked, ['list', 'watch 5', 'list', 'watch 9'])
    t.same(
      told.filter(line => !line.startsWith('unreachable')),
      ['a@1', 'b@2', 'c@3', 'synced', 'gone a', 'c@8 after c@3', 'synced']
    )
  }
})

t.test('a server that is away is asked again, from the same version, and after some failures with a new list', async t => {
  const away = new Error('ECONNREFUSED')
  const failed = { events: [], fails: away }
  const { asked, told } = await play(
    [{ fails: away }, { list: [thing('a', 1)], version: 5 }, { list: [thing('a', 1)], version: 2 }],
    [failed, failed, failed, { events: [] }]
  )
  t.same(asked, ['list', 'list', 'watch 5', 'watch 5', 'watch 5', 'list', 'watch 2'])
  t.ok(
    told.every(line => !line.startsWith('gone')),
    'nothing is taken for gone because nobody answers'
  )
})

t.test('pauses double up to the longest, scattered over their upper half', async t => {
  const low = new Backoff({ first: 100, longest: 1000, random: () => 0 })
  t.same(
    Array.from({ length: 6 }, () => low.next()),
    [50, 100, 200, 400, 500, 500]
  )
  low.reset()
  t.equal(low.next(), 50)
  const high = new Backoff({ first: 100, longest: 1000, random: () => 1 })
  t.same(
    Array.from({ length: 6 }, () => high.next()),
    [100, 200, 400, 800, 1000, 1000]
  )
  t.equal(Array.from({ length: 2000 }, () => high.next()).at(-1), 1000, 'for ever')
})
