/* The look of the tables under the payoff. The last column keeps clear of the frame. */
export const head = 'h-7 border-b border-line bg-raised px-2 text-right text-2xs font-medium text-muted whitespace-nowrap last:pr-4'
export const cell = 'h-row border-b border-line px-2 text-right whitespace-nowrap last:pr-4'
