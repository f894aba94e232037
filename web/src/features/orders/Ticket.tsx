export default function Ticket() {
  return null
}
