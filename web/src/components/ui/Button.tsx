import type { ButtonHTMLAttributes, Ref } from 'react'
import { cx } from './cx'
import { Icon, type IconName } from './Icon'
import { Tooltip } from './Tooltip'

type Look = 'plain' | 'quiet' | 'primary' | 'buy' | 'sell' | 'danger'

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: Look
  size?: 'small' | 'normal' | 'large'
  icon?: IconName
  /** Why it cannot be pressed now. The button stays where it is and says so. */
  whyNot?: string | null | false
  ref?: Ref<HTMLButtonElement>
}

const looks: Record<Look, string> = {
  plain: 'border-line bg-raised text-text hover:bg-hover hover:border-line-strong',
  quiet: 'border-transparent bg-transparent text-muted hover:bg-hover hover:text-text',
  primary: 'border-transparent bg-accent text-on-accent font-semibold hover:brightness-110',
  buy: 'border-transparent bg-up text-panel font-semibold hover:brightness-110',
  sell: 'border-transparent bg-down text-panel font-semibold hover:brightness-110',
  danger: 'border-down/60 bg-down-soft text-down hover:border-down',
}

const sizes = { small: 'h-6 px-2 text-xs coarse:h-11', normal: 'h-control px-2.5', large: 'h-9 px-4 text-sm coarse:h-12' }

export function Button({ look = 'plain', size = 'normal', icon, whyNot, className, children, onClick, type = 'button', ...rest }: Props) {
  const blocked = Boolean(whyNot)
  const button = (
    <button
      type={type}
      aria-disabled={blocked || undefined}
      onClick={blocked ? (event) => event.preventDefault() : onClick}
      className={cx(
        'inline-flex shrink-0 items-center justify-center gap-1.5 rounded-[5px] border whitespace-nowrap transition-[background-color,border-color,filter] duration-100 select-none',
        looks[look],
        sizes[size],
        (blocked || rest.disabled) && 'opacity-55 saturate-50 hover:brightness-100',
        className,
      )}
      {...rest}
    >
      {icon && <Icon name={icon} size={14} />}
      {children}
    </button>
  )
  // One that may be blocked keeps its place and the focus when it no longer is.
  return whyNot === undefined ? button : <Tooltip text={whyNot || ''}>{button}</Tooltip>
}

interface IconButtonProps extends Omit<Props, 'children' | 'icon'> {
  icon: IconName
  label: string
  keys?: string
}

export function IconButton({ icon, label, keys, look = 'quiet', className, ...rest }: IconButtonProps) {
  return (
    <Tooltip text={label} keys={keys}>
      <Button look={look} aria-label={label} className={cx('aspect-square !px-0', className)} {...rest}>
        <Icon name={icon} size={15} />
      </Button>
    </Tooltip>
  )
}
