import t from 'tap'
import { Refusal } from '../../src/config/refusal.ts'
import type { Setting } from '../../src/config/setting.ts'
import { settingKeys, settings } from '../../src/config/settings.ts'

const kebab = (key: string) => key.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)

t.test('the three names of a setting are one name', async t => {
  for (const key of settingKeys) {
    const setting: Setting<unknown> = settings[key]
    t.equal(setting.key, key)
    t.equal(setting.flag, `--${kebab(key)}`)
    t.equal(setting.variable.replace(/^EGRESS_(ROUTER_)?/, ''), kebab(key).replaceAll('-', '_').toUpperCase())
    t.ok(setting.doc.length > 10, `${key} is documented`)
    if (setting.default !== undefined) t.notOk(setting.parse(setting.default) instanceof Refusal, `the default of ${key} can be read`)
  }
})
