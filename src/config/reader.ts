import type { ConfigIssue } from '../errors.ts'
import type { Layer } from './layer.ts'
import { type Found, issueAt, type Place, refusedAt, type Text } from './place.ts'
import { Refusal } from './refusal.ts'
import type { Setting, SettingWithDefault } from './setting.ts'
import type { SettingKey } from './settings.ts'

/** Reads settings from layers, the first layer that gives one winning, and collects every problem on the way. */
export class Reader {
  readonly layers: readonly Layer[]
  readonly issues: ConfigIssue[] = []
  readonly warnings: ConfigIssue[] = []

  constructor(layers: readonly Layer[]) {
    this.layers = layers
  }

  /** The texts that give a setting; empty when nothing does. */
  texts(setting: Setting<unknown>): readonly Text[] {
    for (const layer of this.layers) {
      const texts = layer.get(setting.key as SettingKey)
      if (texts) return texts
    }
    return []
  }

  /** The value of a setting. What stands here after an issue is never used, since the issues are thrown. */
  one<T>(setting: SettingWithDefault<T>): T
  one<T>(setting: Setting<T>): T | undefined
  one<T>(setting: Setting<T>): T | undefined {
    const [text, second] = this.texts(setting)
    if (second) this.issue(second, 'one value is expected, not a list')
    const value = text && this.#parse(setting, text)?.value
    if (value !== undefined || setting.default === undefined) return value
    return setting.parse(setting.default) as T
  }

  /** The values of a setting that may have several; `whole` when none was refused. */
  all<T>(setting: Setting<T>): { found: Found<T>[]; whole: boolean } {
    const separator = setting.separator ?? /$^/
    const parts = this.texts(setting).flatMap(text => text.text.split(separator).map(part => ({ ...text, text: part })))
    // where blanks separate, an end or a comma beside them makes no empty value
    const given = separator.test(' ') ? parts.filter(({ text }) => text !== '') : parts
    const found = given.map(part => this.#parse(setting, part)).filter(value => value !== undefined)
    return { found, whole: found.length === given.length }
  }

  issue(place: Place, message: string, hint?: string): void {
    this.issues.push(issueAt(place, message, hint))
  }

  #parse<T>(setting: Setting<T>, text: Text): Found<T> | undefined {
    // a switch is on by any text, even a blank one
    const value = setting.parse(setting.value === undefined ? text.text : text.text.trim())
    if (!(value instanceof Refusal)) return { ...text, value }
    this.issues.push(refusedAt(text, value))
    return undefined
  }
}
