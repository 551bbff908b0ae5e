// Network sysctls of another namespace: the value there, not here; a missing one is not an error to read.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { openNamespace } from '../../src/sys/namespace.ts'
import { readSysctl, writeSysctl } from '../../src/sys/sysctl.ts'
import { root } from '../kit/process.ts'
import { openScratch } from '../netlink/scratch.ts'

t.test('read and write', async t => {
  const { namespace } = openScratch(t)
  using home = openNamespace()
  const key = 'net/ipv4/ip_local_port_range'
  const before = readFileSync(`/proc/sys/${key}`, 'utf8').trim()
  writeSysctl(namespace, key, '20000\t20999')
  t.equal(readSysctl(namespace, key), '20000\t20999')
  t.equal(readSysctl(home, key), before, 'here it is what it was')
  writeSysctl(namespace, 'net/ipv4/ip_forward', '1')
  t.equal(readSysctl(namespace, 'net/ipv4/ip_forward'), '1')
})

t.test('a link whose name holds a dot', async t => {
  const { namespace } = openScratch(t, 'link add p0.7 type veth peer name p1')
  writeSysctl(namespace, 'net/ipv4/conf/p0.7/rp_filter', '2')
  t.equal(readSysctl(namespace, 'net/ipv4/conf/p0.7/rp_filter'), '2')
})

t.test('what is not there', async t => {
  const { namespace } = openScratch(t)
  t.equal(readSysctl(namespace, 'net/ipv4/no_such_thing'), undefined)
  t.equal(readSysctl(namespace, 'net/ipv4/conf/nolink/rp_filter'), undefined)
  const write = (key: string, value: string) => () => writeSysctl(namespace, key, value)
  t.throws(write('net/ipv4/conf/nolink/rp_filter', '2'), {
    code: 'ESYSCTL',
    message: 'sysctl net.ipv4.conf.nolink.rp_filter cannot be set to 2: ENOENT'
  })
  t.throws(write('net/ipv4/ip_local_port_range', '9 1'), { code: 'ESYSCTL', message: /: EINVAL$/ })
})

t.test('a read-only /proc/sys, as containers have it', async t => {
  const { name } = openScratch(t)
  const script = `
    import { openNamespace } from '${root}src/sys/namespace.ts'
    import { readSysctl, writeSysctl } from '${root}src/sys/sysctl.ts'
    const namespace = openNamespace('${name}')
    try {
      writeSysctl(namespace, 'net/ipv4/ip_forward', '1')
    } catch ({ code, hint }) {
      console.log(code, /read-only/.test(hint), readSysctl(namespace, 'net/ipv4/ip_forward'))
    }`
  const mount = 'mount --bind /proc/sys /proc/sys && mount -o remount,bind,ro /proc/sys && exec "$@"'
  const node = [process.execPath, '--input-type=module-typescript', '-e', script]
  const { stdout, stderr } = spawnSync('unshare', ['--mount', 'sh', '-c', mount, 'sh', ...node], { encoding: 'utf8' })
  t.equal(stdout, 'ESYSCTL true 0\n', stderr)
})
