import { create } from 'zustand'
import { Failure } from './States'

/* What somebody asked for and did not get, where a decision is theirs now: it stays until they have seen to it. */
interface Problem {
  /** One for each thing that was asked: the same that fails again takes its place. */
  id: string
  title: string
  advice: string
  error: unknown
  retry: () => void
}

export const useProblems = create<{ problems: Problem[] }>(() => ({ problems: [] }))

export function settle(id: string): void {
  useProblems.setState((s) => ({ problems: s.problems.filter((problem) => problem.id !== id) }))
}

export function complain(problem: Problem): void {
  useProblems.setState((s) => ({ problems: [...s.problems.filter(({ id }) => id !== problem.id), problem] }))
}

export function Problems() {
  const problems = useProblems((s) => s.problems)
  return (
    <div className="pointer-events-none fixed bottom-16 left-3 z-50 grid max-h-[70dvh] w-96 max-w-[calc(100vw-1.5rem)] gap-2 overflow-auto md:bottom-4">
      {problems.map(({ id, title, advice, error, retry }) => (
        <div key={id} className="pointer-events-auto rounded-md bg-panel shadow-float">
          <Failure
            error={error}
            title={title}
            advice={advice}
            className="!m-0"
            onDismiss={() => settle(id)}
            retry={() => {
              settle(id)
              retry()
            }}
          />
        </div>
      ))}
    </div>
  )
}
