import { words } from '../words'

export const plots = words('plots', {
  table: 'Show as table',
  plot: 'Show as plot',
  time: 'Time',
  day: 'Day',
  none: 'no value',
  step: 'Step',
  value: 'Value',
})
