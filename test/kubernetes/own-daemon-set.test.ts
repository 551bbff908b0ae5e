import t from 'tap'
import { OwnDaemonSet } from '../../src/kubernetes/own-daemon-set.ts'
import { silent } from '../../src/observe/log.ts'

/** A server that answers as the list says, each once. */
function answering(answers: ReadonlyArray<() => Promise<object>>) {
  const left = [...answers]
  return { ownNamespace: 'egress-router', readDaemonSet: () => (left.shift() ?? (() => Promise.reject(new Error('no more answers'))))() }
}

const there = async () => ({ metadata: {}, spec: { template: { env: 'EGRESS_CNI_CONF_DIR' } } })
const refused = async () => Promise.reject(Object.assign(new Error('ECONNREFUSED'), { code: 'ECONNREFUSED' }))
const broken = async () => Promise.reject(Object.assign(new Error('etcd is away'), { code: 500 }))
const nothing = () => new Promise<object>(() => {})

t.test('a server that does not answer, or not for now, says nothing about the DaemonSet', async t => {
  for (const answer of [refused, broken, nothing]) {
    const own = new OwnDaemonSet(answering([there, answer]), 'egress-router', silent, new AbortController().signal)
    await own.found
    t.equal(await own.hasLetGo(), false)
  }
})

t.test('it is asked for again until it has been seen', async t => {
  const gone = async () => Promise.reject(Object.assign(new Error('not found'), { code: 404 }))
  const own = new OwnDaemonSet(answering([refused, broken, there, gone]), 'egress-router', silent, new AbortController().signal)
  t.equal(await own.hasLetGo(), false, 'not known yet')
  await own.found
  t.equal(await own.hasLetGo(), true)
})
