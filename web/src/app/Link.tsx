import type { AnchorHTMLAttributes } from 'react'
import { hrefTo, navigate } from '@/lib/router'

interface Props extends AnchorHTMLAttributes<HTMLAnchorElement> {
  to: string
}

/** A real link, so that it can be opened beside; a plain click stays in the page. */
export function Link({ to, children, onClick, ...rest }: Props) {
  return (
    <a
      href={hrefTo(to)}
      onClick={(event) => {
        onClick?.(event)
        if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
        event.preventDefault()
        navigate(hrefTo(to))
      }}
      {...rest}
    >
      {children}
    </a>
  )
}
