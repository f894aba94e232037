/* A strategy's parameters as a form has them: what differs from the strategy's own values is what is sent. */
import type { Parameter } from '@/api/types.gen'

export type ParameterValues = Record<string, number>

export function valuesOf(parameters: readonly Parameter[], given: ParameterValues = {}): ParameterValues {
  return Object.fromEntries(parameters.map((p) => [p.name, given[p.name] ?? p.value]))
}

/** Only what was changed; undefined when nothing was. */
export function changedOf(parameters: readonly Parameter[], values: ParameterValues): ParameterValues | undefined {
  const changed = parameters.filter((p) => values[p.name] !== undefined && values[p.name] !== p.value)
  return changed.length ? Object.fromEntries(changed.map((p) => [p.name, values[p.name] as number])) : undefined
}

/** The step of the arrows: the strategy's own, else a hundredth of the value's order of magnitude. */
export function stepOf(parameter: Parameter): number {
  if (parameter.step) return parameter.step
  const size = Math.abs(parameter.value)
  if (size === 0) return 1
  return Number.isInteger(parameter.value) ? 1 : 10 ** (Math.floor(Math.log10(size)) - 1)
}

export function decimalsOf(parameter: Parameter): number {
  const decimals = (x: number) => (String(x).includes('e') ? 6 : (String(x).split('.')[1]?.length ?? 0))
  return Math.min(6, Math.max(decimals(parameter.value), decimals(stepOf(parameter))))
}
