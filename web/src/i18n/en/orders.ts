import { words } from '../words'

export const orders = words('orders', {
  newsFilled: 'Filled: {text}',
  newsExpired: 'Expired: {text}',
  newsRefused: 'Refused: {text}. {reason}',
  title: 'Orders',
})
