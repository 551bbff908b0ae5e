import { spawnSync } from 'node:child_process'
import { connect } from 'node:net'
import t from 'tap'
import { parseListenAddress } from '../../src/config/listen.ts'
import { serveObservation } from '../../src/observe/http.ts'
import { createMetrics } from '../../src/observe/metrics.ts'

const loopback = { host: '127.0.0.1', port: 0 }

t.test('metrics, health and readiness', async t => {
  let reason: string | undefined = 'not yet'
  const metrics = createMetrics(now => now.set('egress_router_agent_ready', {}, reason ? 0 : 1))
  metrics.add('egress_router_kubernetes_events_total', { outcome: 'sent' })
  await using served = await serveObservation(loopback, { metrics, notReady: () => reason })
  const get = async (path: string, method = 'GET') => {
    const response = await fetch(`http://${served.address}${path}`, { method })
    return { status: response.status, text: await response.text() }
  }
  t.same(await get('/healthz'), { status: 200, text: 'ok\n' })
  t.same(await get('/readyz'), { status: 503, text: 'not yet\n' })
  reason = undefined
  t.same(await get('/readyz?verbose'), { status: 200, text: 'ok\n' })
  t.match(await get('/metrics'), { status: 200, text: /^egress_router_agent_ready 1$/m })
  t.match(await get('/metrics'), { text: /^egress_router_kubernetes_events_total\{outcome="sent"\} 1$/m })
  t.equal((await get('/../etc/passwd')).status, 404)
  t.equal((await get('/__proto__')).status, 404)
  t.equal((await get('/constructor')).status, 404)
  t.equal((await get('/metrics', 'POST')).status, 405)
  t.same(await get('/healthz', 'HEAD'), { status: 200, text: '' })
  await t.rejects(
    serveObservation({ host: '127.0.0.1', port: Number(served.address.split(':')[1]) }, { metrics, notReady: () => undefined }),
    {
      code: 'EUSAGE'
    }
  )
})

t.test('nonsense on the wire ends nothing but its connection', async t => {
  await using served = await serveObservation(loopback, { metrics: createMetrics(), notReady: () => undefined })
  const port = Number(served.address.split(':')[1])
  for (const bytes of ['\u0000\u0001', 'GET', 'GET / HTTP/9.9\r\n\r\n', `GET /${'x'.repeat(20_000)} HTTP/1.1\r\n\r\n`]) {
    await new Promise<void>(resolve => {
      const socket = connect(port, '127.0.0.1', () => socket.end(bytes))
      socket.on('error', () => {}).on('close', () => resolve())
      socket.resume()
    })
  }
  t.equal((await fetch(`http://${served.address}/healthz`)).status, 200)
})

t.test('what the kernel counts is told as it stands, and what is gone is forgotten', async t => {
  const metrics = createMetrics()
  const pod = { kube_namespace: 'shop', pod: 'egress' }
  metrics.set('egress_router_sent_bytes_total', pod, 100)
  metrics.set('egress_router_sent_bytes_total', pod, 250)
  t.match(await metrics.read(), 'egress_router_sent_bytes_total{kube_namespace="shop",pod="egress"} 250')
  metrics.forget('egress_router_sent_bytes_total', pod)
  t.notMatch(await metrics.read(), 'pod="egress"')
})

const promtool = spawnSync('promtool', ['--version']).status === 0
t.test("Prometheus' own linter", { skip: promtool ? false : 'promtool is not here' }, async t => {
  const { status, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: await createMetrics().read(), encoding: 'utf8' })
  t.equal(status, 0, stderr)
})

t.test('where to listen', async t => {
  t.same(parseListenAddress('9180'), { host: undefined, port: 9180 })
  t.same(parseListenAddress(':9180'), { host: undefined, port: 9180 })
  t.same(parseListenAddress('127.0.0.1:0'), { host: '127.0.0.1', port: 0 })
  t.same(parseListenAddress('[::1]:9180'), { host: '::1', port: 9180 })
  for (const text of ['', 'x', '1.2.3.4', '::1:80', ':70000', '1:2:3', 'a b:80']) t.equal(parseListenAddress(text), undefined, text)
})
