import type { ReactNode } from 'react'
import { auth as t } from '@/i18n/en/auth'

/** The frame of every page before the desk: who we are on the left, the form on the right. */
export function Gate({ title, children }: { title: string; children: ReactNode }) {
  return (
    <main className="grid min-h-dvh bg-canvas md:grid-cols-2">
      <div className="relative hidden overflow-hidden border-r border-line bg-panel md:block">
        <div className="absolute inset-x-10 top-10 flex items-center gap-3">
          <img src="/icon.svg" alt="" className="size-9" />
          <span className="text-xl font-semibold tracking-tight">Ironfly</span>
        </div>
        <Payoff />
        <p className="absolute inset-x-10 bottom-10 max-w-sm text-lg leading-7 text-muted">{t('tagline')}</p>
      </div>
      <div className="grid place-items-center p-6">
        <div className="w-full max-w-sm">
          <img src="/icon.svg" alt="" className="mb-6 size-10 md:hidden" />
          <h1 className="mb-4 text-xl font-semibold tracking-tight">{title}</h1>
          {children}
        </div>
      </div>
    </main>
  )
}

/** The shape that the program is named after. */
function Payoff() {
  return (
    <svg viewBox="0 0 600 400" preserveAspectRatio="xMidYMid slice" aria-hidden="true" className="absolute inset-0 h-full w-full">
      {[80, 140, 200, 260, 320].map((y) => (
        <line key={y} x1="0" x2="600" y1={y} y2={y} stroke="var(--line)" />
      ))}
      <line x1="0" x2="600" y1="230" y2="230" stroke="var(--line-strong)" strokeDasharray="4 5" />
      <path d="M0 300H160L300 130L440 300H600" fill="none" stroke="var(--accent)" strokeWidth="2.5" strokeLinejoin="round" />
      <path d="M0 292C150 288 210 214 300 208S450 288 600 292" fill="none" stroke="var(--paper)" strokeWidth="1.75" strokeDasharray="5 5" />
      <circle cx="217.6" cy="230" r="4" fill="var(--accent)" />
      <circle cx="382.4" cy="230" r="4" fill="var(--accent)" />
    </svg>
  )
}
