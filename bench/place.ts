// Two namespaces with a wire between them: a router's, and a LAN on which the gateway answers.
import { execFileSync, spawnSync } from 'node:child_process'

export interface Place extends Disposable {
  readonly router: string
}

export function openPlace(): Place {
  const router = `erb${process.pid}-router`
  const lan = `erb${process.pid}-lan`
  const remove = () => {
    for (const name of [router, lan]) spawnSync('ip', ['netns', 'delete', name])
  }
  process.once('exit', remove)
  for (const name of [router, lan]) execFileSync('ip', ['netns', 'add', name])
  const batch = (name: string, input: string) => execFileSync('ip', ['-n', name, '-batch', '-'], { input })
  batch(router, `link set lo up\nlink add up0 type veth peer name lan netns ${lan}\nlink add eth0 type veth peer name pod netns ${lan}\n`)
  batch(router, 'link set up0 up\nlink set eth0 up\naddr add 10.128.0.2/24 dev eth0\nroute add default via 10.128.0.1\n')
  batch(lan, 'link set lan up\nlink set pod up\naddr add 192.168.12.1/24 dev lan\naddr add 10.128.0.1/24 dev pod\n')
  return {
    router,
    [Symbol.dispose]() {
      process.removeListener('exit', remove)
      remove()
    }
  }
}
