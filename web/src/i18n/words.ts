/*
 * Words of the page. Each area keeps its English in i18n/en/AREA.ts:
 *
 *     export const chain = words('chain', { title: 'Option chain', rows: { one: '{n} row', other: '{n} rows' } })
 *
 * and says chain('title') or chain('rows', { n: 3 }). Numbers in {braces} are written as the language does.
 * Other languages are dictionaries of "area.key", loaded when chosen; what one lacks stays English.
 */
import { create } from 'zustand'

type Plural = { one: string; other: string }
type Entry = string | Plural
export type Values = Record<string, string | number>
export type Dictionary = Record<string, Entry>

export type Locale = 'en' | 'pseudo'

interface Language {
  locale: Locale
  dictionary: Dictionary | null
}

export const useLanguage = create<Language>(() => ({ locale: 'en', dictionary: null }))

/** Every letter changed and a third longer: what is not in a file of words, or too tight, is seen at once. */
export function pseudo(text: string): string {
  const from = 'aeiouAEIOUcnsy'
  const to = 'áéíóúÁÉÍÓÚçñšý'
  const changed = text.replace(/\{[^}]*\}|[a-zA-Z]/g, (c) => (c.length === 1 && from.includes(c) ? (to[from.indexOf(c)] ?? c) : c))
  return `⟦${changed}${'·'.repeat(Math.ceil(text.length / 3))}⟧`
}

function pick(entry: Entry, values: Values | undefined, locale: string): string {
  if (typeof entry === 'string') return entry
  const n = typeof values?.n === 'number' ? values.n : 0
  return new Intl.PluralRules(locale).select(n) === 'one' ? entry.one : entry.other
}

export function fill(text: string, values: Values | undefined, locale = 'en'): string {
  if (!values) return text
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name]
    if (value === undefined) return whole
    return typeof value === 'number' ? value.toLocaleString(locale) : value
  })
}

export type Words<T extends Record<string, Entry>> = (key: keyof T & string, values?: Values) => string

export function words<const T extends Record<string, Entry>>(area: string, english: T): Words<T> {
  return (key, values) => {
    const { locale, dictionary } = useLanguage.getState()
    const entry = dictionary?.[`${area}.${key}`] ?? english[key] ?? key
    const intl = locale === 'pseudo' ? 'en' : locale
    const text = pick(entry, values, intl)
    return fill(locale === 'pseudo' ? pseudo(text) : text, values, intl)
  }
}
