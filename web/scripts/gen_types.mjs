// The TypeScript of what travels, from the server's own tables.
//   node scripts/gen_types.mjs PROGRAM            writes src/api/types.gen.ts
//   node scripts/gen_types.mjs PROGRAM --check    ends with 1 when that file is not what it would write
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const file = fileURLToPath(new URL('../src/api/types.gen.ts', import.meta.url))

function comment(text, indent = '') {
  return text ? `${indent}/** ${text} */\n` : ''
}

function typeOf(schema) {
  if (schema.$ref) return schema.$ref.split('/').at(-1)
  if (schema.enum) return schema.enum.map((word) => (word === null ? 'null' : `'${word}'`)).join(' | ')
  const kinds = [schema.type ?? 'unknown'].flat()
  return kinds
    .map((kind) => {
      if (kind === 'array') {
        const item = typeOf(schema.items ?? {})
        return item.includes('|') ? `(${item})[]` : `${item}[]`
      }
      if (kind === 'object') return `Record<string, ${schema.additionalProperties ? typeOf(schema.additionalProperties) : 'unknown'}>`
      return { integer: 'number', number: 'number', string: 'string', boolean: 'boolean', null: 'null' }[kind] ?? 'unknown'
    })
    .join(' | ')
}

function nullable(schema) {
  const options = schema.anyOf ?? schema.oneOf
  return options ? options.map(typeOf).join(' | ') : typeOf(schema)
}

function writeSchema(name, schema) {
  const need = new Set(schema.required ?? [])
  let out = comment(schema.description) + `export interface ${name} {\n`
  for (const [field, of] of Object.entries(schema.properties ?? {}))
    out += comment(of.description, '  ') + `  ${field}${need.has(field) ? '' : '?'}: ${nullable(of)}\n`
  return out + '}\n'
}

function bodyType(operation) {
  const content = operation.requestBody?.content?.['application/json']?.schema
  return content ? nullable(content) : 'undefined'
}

function listOf(schema) {
  const items = schema.properties?.items?.items
  return items ? `List<${typeOf(items)}>` : null
}

function answerType(operation) {
  const good = Object.entries(operation.responses).find(([status]) => status.startsWith('2'))
  const body = good?.[1].content?.['application/json']
  if (body && !body.schema) return 'unknown'
  const content = body?.schema
  if (!content) return 'undefined'
  return listOf(content) ?? nullable(content)
}

function generate(api) {
  let out = '// Made by scripts/gen_types.mjs from `ironfly serve --openapi`; do not edit. `make web` makes it anew.\n\n'
  out += '/** A page of a list: `next` is the `after` of the page that follows, null at the end. */\n'
  out += 'export interface List<T> {\n  items: T[]\n  next?: string | null\n}\n\n'
  out += Object.entries(api.components.schemas).map(([name, schema]) => writeSchema(name, schema)).join('\n')
  out += '\n/** Every request: what it takes and what it answers. */\nexport interface Routes {\n'
  for (const [path, methods] of Object.entries(api.paths))
    for (const [method, operation] of Object.entries(methods)) {
      if (!operation.responses) continue
      out += comment(operation.summary, '  ')
      out += `  '${method.toUpperCase()} ${path}': { body: ${bodyType(operation)}; answer: ${answerType(operation)} }\n`
    }
  return out + '}\n'
}

const [program, mode] = process.argv.slice(2)
if (!program) {
  console.error('usage: gen_types.mjs PROGRAM [--check]')
  process.exit(2)
}
const made = generate(JSON.parse(execFileSync(program, ['serve', '--openapi'], { encoding: 'utf8', maxBuffer: 1 << 26 })))
if (mode === '--check') {
  if (readFileSync(file, 'utf8') !== made) {
    console.error('web/src/api/types.gen.ts is old: make web-types')
    process.exit(1)
  }
} else writeFileSync(file, made)
